package routing

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/gwctl/gwctl/internal/attachment"
	"github.com/gwctl/gwctl/internal/hostname"
)

var otherKind = map[string]string{"HTTPRoute": "GRPCRoute", "GRPCRoute": "HTTPRoute"}

// settleRivals decides between routes of two kinds. Of an HTTPRoute and a
// GRPCRoute that have hosts in common there, a listener takes one
// (GRPCRouteSpec.Hostnames): the older, then the first by name. Where both have
// one name, which the specification passes over, it is the GRPCRoute.
func (w *World) settleRivals() {
	if !slices.ContainsFunc(w.routes, func(r *route) bool { return r.Kind != w.routes[0].Kind }) {
		return
	}
	for _, g := range w.gateways {
		for _, l := range g.listeners {
			l.lost = w.rivals(l)
		}
	}
}

// rivals returns the routes that a listener does not take, with those that it
// takes instead.
func (w *World) rivals(l *listener) map[*route]*route {
	type claim struct {
		*route
		hosts []string
	}
	var all []claim
	for _, r := range w.routes {
		var hosts []string
		for _, p := range r.parents {
			if p.To == l.Owner {
				common, _ := attachment.At(l.Listener, r.Route, p.Parent, w.labelsOf)
				for _, h := range common {
					hosts = append(hosts, h.Common)
				}
			}
		}
		if hosts != nil {
			all = append(all, claim{r, hosts})
		}
	}
	slices.SortStableFunc(all, func(a, b claim) int {
		return cmp.Or(strings.Compare(a.age(), b.age()), strings.Compare(a.fullName(), b.fullName()), strings.Compare(a.Kind.Kind, b.Kind.Kind))
	})
	lost := map[*route]*route{}
	taken := map[string][]claim{} // by kind
	for _, c := range all {
		others := taken[otherKind[c.Kind.Kind]]
		if i := slices.IndexFunc(others, func(other claim) bool { return meet(other.hosts, c.hosts) }); i >= 0 {
			lost[c.route] = others[i].route
			continue
		}
		taken[c.Kind.Kind] = append(taken[c.Kind.Kind], c)
	}
	return lost
}

func meet(a, b []string) bool {
	return slices.ContainsFunc(a, func(a string) bool {
		return slices.ContainsFunc(b, func(b string) bool {
			_, ok := hostname.Intersect(a, b)
			return ok
		})
	})
}

// rivalText says to whom a route lost a listener.
func rivalText(winner, loser *route) string {
	why := "is older"
	if winner.age() == loser.age() {
		why = "comes first by its name"
	}
	return fmt.Sprintf("a listener takes one kind of route for a host, and %s %s", winner.id, why)
}
