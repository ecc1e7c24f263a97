package translate

import (
	"slices"

	"github.com/gwctl/gwctl/internal/policy"
	"github.com/gwctl/gwctl/internal/resource"
)

// traffic is which policies hold where.
type traffic struct {
	policies map[resource.ID]*trafficPolicy
	resolved *policy.Resolved
	limits   map[string]*Resource             // what the limiter is told, by domain
	targeted map[resource.ID][]*trafficPolicy // by the objects that they are for
}

func newTraffic(policies []*trafficPolicy) *traffic {
	t := &traffic{
		policies: make(map[resource.ID]*trafficPolicy, len(policies)),
		limits:   map[string]*Resource{}, targeted: map[resource.ID][]*trafficPolicy{},
	}
	attached := make([]policy.Attached, len(policies))
	for i, p := range policies {
		t.policies[p.ID], attached[i] = p, p.Attached
		if p.limits != nil {
			t.limits[p.limits.Name] = p.limits
		}
		for _, target := range p.Targets {
			t.targeted[target.ID] = append(t.targeted[target.ID], p)
		}
	}
	t.resolved = policy.Resolve(attached)
	return t
}

// at returns the policies for each rule of a route at a listener, the more
// general first; nil where there is none for any.
func (t *traffic) at(g *gateway, l *listener, r *route) [][]*trafficPolicy {
	if len(t.policies) == 0 {
		return nil
	}
	place := g.placeOf(l)
	place.Route = r.id
	out := make([][]*trafficPolicy, len(r.rules))
	any := false
	for i, rule := range r.rules {
		place.Rule = rule.name
		for _, id := range t.resolved.At(place) {
			out[i], any = append(out[i], t.policies[id]), true
		}
	}
	if !any {
		return nil
	}
	return out
}

// placeOf is where policies for a listener are looked for.
func (g *gateway) placeOf(l *listener) policy.Place {
	place := policy.Place{Gateway: g.id, Listener: l.Name}
	if l.Owner != g.id {
		place.Set = l.Owner
	}
	return place
}

// sameHeld reports whether the same policies hold, as they were.
func sameHeld(a, b [][]*trafficPolicy) bool { return slices.EqualFunc(a, b, slices.Equal) }

// cannot reports whether the policy cannot be done.
func (p *trafficPolicy) cannot() bool { return p.invalid != "" }
