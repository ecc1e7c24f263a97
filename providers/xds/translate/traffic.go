package translate

import (
	"slices"

	"github.com/gwctl/gwctl/internal/policy"
	"github.com/gwctl/gwctl/internal/resource"
)

// traffic is which policies hold where.
type traffic struct {
	epoch    uint64 // of the objects, routes apart
	policies map[resource.ID]*trafficPolicy
	resolved *policy.Resolved
}

func newTraffic(epoch uint64, policies []*trafficPolicy) *traffic {
	t := &traffic{epoch: epoch, policies: make(map[resource.ID]*trafficPolicy, len(policies))}
	attached := make([]policy.Attached, len(policies))
	for i, p := range policies {
		t.policies[p.ID], attached[i] = p, p.Attached
	}
	t.resolved = policy.Resolve(attached)
	return t
}

// held is the policies that hold for the rules of a route at listeners: for each
// rule a list, the more general first.
type held struct {
	epoch uint64
	at    map[*listener][][]*trafficPolicy
}

// at returns the policies for each rule of a route at a listener; nil where
// there is none for any.
func (t *traffic) at(g *gateway, l *listener, r *route) [][]*trafficPolicy {
	if len(t.policies) == 0 {
		return nil
	}
	if r.held.epoch != t.epoch {
		r.held = held{t.epoch, map[*listener][][]*trafficPolicy{}}
	}
	known, ok := r.held.at[l]
	if !ok {
		known = t.find(g, l, r)
		r.held.at[l] = known
	}
	return known
}

func (t *traffic) find(g *gateway, l *listener, r *route) [][]*trafficPolicy {
	place := policy.Place{Gateway: g.id, Listener: l.Name, Route: r.id}
	if l.Owner != g.id {
		place.Set = l.Owner
	}
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

// sameHeld reports whether the same policies hold, as they were.
func sameHeld(a, b [][]*trafficPolicy) bool { return slices.EqualFunc(a, b, slices.Equal) }

// cannot reports whether the policy cannot be done.
func (p *trafficPolicy) cannot() bool { return p.invalid != "" }

// origins are the fields of the policies that hold for routes at listeners.
func (t *traffic) origins(g *gateway, listeners []*listener, attached attachments) []Origin {
	if len(t.policies) == 0 {
		return nil
	}
	var out []Origin
	seen := map[*trafficPolicy]bool{}
	for _, l := range listeners {
		for _, a := range attached[l] {
			for _, policies := range t.at(g, l, a.route) {
				for _, p := range policies {
					if !seen[p] {
						seen[p] = true
						out = append(out, Origin{p.ID, "spec"})
					}
				}
			}
		}
	}
	return out
}
