package translate

import (
	"cmp"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// losses say to whom routes lost listeners. An HTTPRoute and a GRPCRoute cannot
// share the requests for a host at a listener: the older one gets all, the first
// by namespace and name among equals (GRPCRouteSpec.Hostnames).
type losses map[*route]map[*listener]*route

// settle leaves out the routes that lose the listener.
func (lost losses) settle(l *listener, attached []attachedRoute) []attachedRoute {
	if !slices.ContainsFunc(attached, func(a attachedRoute) bool { return a.route.id.Kind != attached[0].route.id.Kind }) {
		return attached
	}
	byAge := slices.Clone(attached)
	slices.SortFunc(byAge, func(a, b attachedRoute) int {
		return cmp.Or(a.route.created.Compare(b.route.created), a.route.id.CompareNames(b.route.id), cmp.Compare(a.route.id.Kind, b.route.id.Kind))
	})
	taken := map[schema.GroupKind]*territory{}
	for _, a := range byAge {
		kind := a.route.id.GroupKind()
		for other, t := range taken {
			if winner := t.owner(a); other != kind && winner != nil {
				if lost[a.route] == nil {
					lost[a.route] = map[*listener]*route{}
				}
				lost[a.route][l] = winner
			}
		}
		if lost[a.route][l] == nil {
			if taken[kind] == nil {
				taken[kind] = &territory{hosts: map[string]*route{}, above: map[string]*route{}}
			}
			taken[kind].take(a)
		}
	}
	return slices.DeleteFunc(slices.Clone(attached), func(a attachedRoute) bool { return lost[a.route][l] != nil })
}

// territory is the hosts that routes of one kind have at a listener, and the
// wildcards above those.
type territory struct{ hosts, above map[string]*route }

func (t *territory) take(a attachedRoute) {
	for _, h := range a.hosts {
		t.hosts[h.Common] = cmp.Or(t.hosts[h.Common], a.route)
		for _, wider := range around(h.Common) {
			t.above[wider] = cmp.Or(t.above[wider], a.route)
		}
	}
}

// owner returns a route that has some of the hosts of another one.
func (t *territory) owner(a attachedRoute) *route {
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

// status is that of the route where it lost some listeners: a parent is lost
// with the last of those that it leads to.
func (lost losses) status(r *route) *Status {
	mine := lost[r]
	if mine == nil {
		return r.place.status
	}
	out := &Status{Parents: slices.Clone(r.place.status.Parents)}
	for i := range out.Parents {
		parent := &out.Parents[i]
		listeners := r.place.listeners[i]
		if len(listeners) == 0 || slices.ContainsFunc(listeners, func(l *listener) bool { return mine[l] == nil }) {
			continue
		}
		parent.Conditions = slices.Clone(parent.Conditions)
		parent.Conditions[0] = Condition{
			Type: string(gatewayv1.RouteConditionAccepted), Reason: string(gatewayv1.ListenerReasonHostnameConflict),
			Message: fmt.Sprintf("%s is older, or first by its name, and has hostnames in common with the route: a listener takes either an HTTPRoute or a GRPCRoute for a host.", mine[listeners[0]].id),
		}
		parent.Conditions = slices.DeleteFunc(parent.Conditions, func(c Condition) bool {
			return c.Type == string(gatewayv1.RouteConditionPartiallyInvalid)
		})
	}
	return out
}
