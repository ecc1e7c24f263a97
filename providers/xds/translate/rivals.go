package translate

import (
	"cmp"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// losses say to whom routes lost a listener. An HTTPRoute and a GRPCRoute cannot
// share the requests for a host at a listener: the older one gets all, the first
// by namespace and name among equals (GRPCRouteSpec.Hostnames).
type losses map[*route]*route

// settle leaves out the routes that lose a listener. All are ordered by kind
// first.
func settle(all []*attachedRoute) ([]*attachedRoute, losses) {
	if len(all) == 0 || all[0].route.id.Kind == all[len(all)-1].route.id.Kind {
		return all, nil
	}
	lost := losses{}
	byAge := slices.Clone(all)
	slices.SortFunc(byAge, func(a, b *attachedRoute) int {
		return cmp.Or(a.route.created.Compare(b.route.created), a.route.id.CompareNames(b.route.id), cmp.Compare(a.route.id.Kind, b.route.id.Kind))
	})
	taken := map[schema.GroupKind]*territory{}
	for _, a := range byAge {
		kind := a.route.id.GroupKind()
		for other, t := range taken {
			if winner := t.owner(a); other != kind && winner != nil {
				lost[a.route] = winner
			}
		}
		if lost[a.route] == nil {
			if taken[kind] == nil {
				taken[kind] = &territory{hosts: map[string]*route{}, above: map[string]*route{}}
			}
			taken[kind].take(a)
		}
	}
	return slices.DeleteFunc(slices.Clone(all), func(a *attachedRoute) bool { return lost[a.route] != nil }), lost
}

// territory is the hosts that routes of one kind have at a listener, and the
// wildcards above those.
type territory struct{ hosts, above map[string]*route }

func (t *territory) take(a *attachedRoute) {
	for _, h := range a.hosts {
		t.hosts[h.Common] = cmp.Or(t.hosts[h.Common], a.route)
		for _, wider := range around(h.Common) {
			t.above[wider] = cmp.Or(t.above[wider], a.route)
		}
	}
}

// owner returns a route that has some of the hosts of another one.
func (t *territory) owner(a *attachedRoute) *route {
	for _, h := range a.hosts {
		if r := t.above[h.Common]; r != nil {
			return r
		}
		for _, wider := range around(h.Common) {
			if r := t.hosts[wider]; r != nil {
				return r
			}
		}
	}
	return nil
}

// lostTo says that a route lost all listeners that a parent leads to.
func (p ParentStatus) lostTo(winner *route) ParentStatus {
	p.Conditions = slices.Clone(p.Conditions)
	p.Conditions[0] = Condition{
		Type: string(gatewayv1.RouteConditionAccepted), Reason: string(gatewayv1.ListenerReasonHostnameConflict),
		Message: fmt.Sprintf("%s is older, or first by its name, and has hostnames in common with the route: a listener takes either an HTTPRoute or a GRPCRoute for a host.", winner.id),
	}
	p.Conditions = slices.DeleteFunc(p.Conditions, func(c Condition) bool {
		return c.Type == string(gatewayv1.RouteConditionPartiallyInvalid)
	})
	return p
}
