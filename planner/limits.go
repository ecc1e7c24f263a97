package planner

import (
	"cmp"
	"slices"

	"github.com/gwctl/gwctl/internal/policy"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/internal/topology"
)

// LimitChange says which rate limits held for requests of a route, and which
// will: all of them, whatever blocks they come from.
type LimitChange struct {
	Route  string // address of its block, else its identity
	At     string // "listener https, rule api": of which requests; "" is all of them
	Before []policy.Limit
	After  []policy.Limit
}

// limits compares the limits of each route that the plan's changes have an
// effect on: its own changes, and those of policies and what they are for.
func (pl *planning) limits() []LimitChange {
	if pl.in.Mode == RefreshOnly {
		return nil
	}
	var out []LimitChange
	for _, provider := range pl.limited() {
		before, after := pl.worlds(provider)
		was, becomes := topology.ReadLimits(before), topology.ReadLimits(after)
		for _, id := range pl.routesAffected(provider, before, after) {
			places := map[string]*LimitChange{}
			note := func(w *topology.World, l *topology.Limits, put func(*LimitChange, []policy.Limit)) {
				route, _ := w.Find(id)
				if route == nil {
					return
				}
				for _, at := range l.OfRoute(route) {
					c := places[at.String()]
					if c == nil {
						c = &LimitChange{Route: pl.routeName(key{provider, id}), At: at.String()}
						places[c.At] = c
					}
					put(c, at.Limits)
				}
			}
			note(before, was, func(c *LimitChange, l []policy.Limit) { c.Before = l })
			note(after, becomes, func(c *LimitChange, l []policy.Limit) { c.After = l })
			for _, c := range places {
				if !holdAlike(c.Before, c.After) {
					out = append(out, *c)
				}
			}
		}
	}
	slices.SortFunc(out, func(a, b LimitChange) int { return cmp.Or(cmp.Compare(a.Route, b.Route), cmp.Compare(a.At, b.At)) })
	return out
}

// holdAlike reports whether two lists have the same limits, whatever blocks they
// come from.
func holdAlike(before, after []policy.Limit) bool {
	texts := func(all []policy.Limit) []string {
		out := make([]string, len(all))
		for i, l := range all {
			out[i] = l.Scope + " " + l.Text
		}
		slices.Sort(out)
		return out
	}
	return slices.Equal(texts(before), texts(after))
}

// limited are the providers that have policies or get some, and on whose targets
// something changes.
func (pl *planning) limited() []string {
	changed, has := map[string]bool{}, map[string]bool{}
	for k, oc := range pl.objects {
		changed[k.provider] = changed[k.provider] || oc.Action != NoOp
		has[k.provider] = has[k.provider] || k.id.GroupKind() == topology.TrafficPolicy
	}
	for k := range pl.live {
		has[k.provider] = has[k.provider] || k.id.GroupKind() == topology.TrafficPolicy
	}
	var out []string
	for provider := range changed {
		if changed[provider] && has[provider] {
			out = append(out, provider)
		}
	}
	slices.Sort(out)
	return out
}

// worlds are the objects of a target as they are, and as they will be.
func (pl *planning) worlds(provider string) (before, after *topology.World) {
	before, after = &topology.World{}, &topology.World{}
	for k, l := range pl.live {
		if k.provider != provider {
			continue
		}
		before.Add(l.Object)
		if oc := pl.objects[k]; oc == nil || oc.Action == NoOp {
			after.Add(l.Object)
		}
	}
	for k, oc := range pl.objects {
		if k.provider == provider && oc.Action != NoOp && oc.After != nil {
			after.Add(oc.After)
		}
	}
	return before, after
}

// routesAffected are the routes that change, and all of them where something does
// that may hold for any.
func (pl *planning) routesAffected(provider string, worlds ...*topology.World) []resource.ID {
	all := false
	var out []resource.ID
	for k, oc := range pl.objects {
		switch {
		case k.provider != provider || oc.Action == NoOp:
		case topology.IsRoute(k.id):
			out = append(out, k.id)
		case k.id.GroupKind() == topology.TrafficPolicy, k.id.GroupKind() == topology.Gateway, k.id.GroupKind() == topology.ListenerSet:
			all = true
		}
	}
	if all {
		for _, w := range worlds {
			for _, o := range w.All(topology.Routes...) {
				out = append(out, resource.IDOf(o))
			}
		}
	}
	slices.SortFunc(out, resource.ID.Compare)
	return slices.Compact(out)
}

// routeName is what HCL calls a route, else its identity.
func (pl *planning) routeName(k key) string {
	if a, ok := pl.makerOf(k); ok {
		return a.String()
	}
	return k.id.String()
}
