package translate

import (
	"cmp"
	"fmt"
	"slices"

	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// mergeListeners brings the sets to their gateways, and returns what is wrong
// with listeners beside each other.
func (inv *inventory) mergeListeners() []Problem {
	for _, g := range inv.gateways {
		g.sets = nil
	}
	for _, s := range inv.sets {
		if s.gateway, s.refused = inv.gatewayFor(s); s.gateway == nil {
			continue
		}
		s.gateway.sets = append(s.gateway.sets, s)
		for _, l := range s.listeners {
			s.gateway.clients.apply(l)
		}
	}
	var problems []Problem
	for _, g := range inv.gateways {
		slices.SortFunc(g.sets, func(a, b *listenerSet) int {
			return cmp.Or(a.created.Compare(b.created), a.id.CompareNames(b.id))
		})
		problems = append(problems, refuseConflicts(g.merged())...)
	}
	return problems
}

// gatewayFor returns the gateway that takes a set, or why there is none.
func (inv *inventory) gatewayFor(s *listenerSet) (*gateway, Condition) {
	refuse := func(reason gatewayv1.ListenerSetConditionReason, format string, args ...any) (*gateway, Condition) {
		return nil, Condition{Type: string(gatewayv1.ListenerSetConditionAccepted), Reason: string(reason), Message: fmt.Sprintf(format, args...)}
	}
	g := inv.byID[s.parent]
	switch {
	case s.invalid:
		return refuse(gatewayv1.ListenerSetReasonInvalid, "The object is not valid.")
	case g == nil:
		return refuse(gatewayv1.ListenerSetReasonParentNotAccepted, "There is no %s.", s.parent)
	case !g.allowed.Allow(g.id.Namespace, s.id.Namespace, inv.namespaceLabels):
		return refuse(gatewayv1.ListenerSetReasonNotAllowed, "%s takes no listeners of namespace %s.", g.id, s.id.Namespace)
	case g.refuses(gatewayv1.GatewayConditionAccepted):
		return refuse(gatewayv1.ListenerSetReasonParentNotAccepted, "%s is not accepted.", g.id)
	}
	return g, Condition{}
}

// refuseConflicts refuses listeners that no request could tell apart, or that
// cannot share a port. Of two of one object both are refused: the specification
// forbids to pick one. Of two objects, the one that comes first is served.
func refuseConflicts(listeners []*listener) []Problem {
	type key struct {
		port
		hostname string
	}
	var problems []Problem
	taken := map[key]*listener{}
	spoken := map[port]*listener{}
	for _, l := range listeners {
		l.conflict = Condition{}
	}
	for _, l := range listeners {
		if l.refused.Type != "" {
			continue
		}
		at := key{l.port(), l.Hostname}
		first, other := spoken[at.port], taken[at]
		var rival *listener
		switch {
		case first != nil && !first.sharesPort(l):
			rival = first
			problems = append(problems, l.clash(rival, gatewayv1.ListenerReasonProtocolConflict,
				"Another listener speaks another protocol on the same port.",
				fmt.Sprintf("have the same port and speak %s and %s", first.protocol, l.protocol), "another port"))
		case other != nil && !l.named():
			rival = other
			problems = append(problems, l.clash(rival, gatewayv1.ListenerReasonProtocolConflict,
				"Another listener has the same port.", "have the same port", "another"))
		case other != nil:
			rival = other
			problems = append(problems, l.clash(rival, gatewayv1.ListenerReasonHostnameConflict,
				"Another listener has the same port and hostname.", "have the same port and hostname", "another"))
		}
		if rival != nil && rival.owner != l.owner {
			continue // what is not served takes nothing from those that follow
		}
		// What is in the maps stays there, so that a third one conflicts as well.
		spoken[at.port], taken[at] = cmp.Or(first, l), cmp.Or(other, l)
	}
	return problems
}

// clash refuses a listener beside an earlier one, and that one too where one
// object has both.
func (l *listener) clash(rival *listener, reason gatewayv1.ListenerConditionReason, message, have, give string) Problem {
	l.conflict = Condition{Type: string(gatewayv1.ListenerConditionConflicted), Status: true, Reason: string(reason), Message: message}
	if rival.owner == l.owner {
		rival.conflict = l.conflict
		return Problem{Origin{l.owner, l.path}, fmt.Sprintf("listeners %q and %q %s: give one of them %s", rival.Name, l.Name, have, give)}
	}
	return Problem{Origin{l.owner, l.path}, fmt.Sprintf("listeners %q of %s and %q %s: the first is served, so give this one %s", rival.Name, rival.owner, l.Name, have, give)}
}
