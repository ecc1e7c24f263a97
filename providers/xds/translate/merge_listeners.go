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
		problems = append(problems, refuseConflicts(g)...)
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
func refuseConflicts(g *gateway) []Problem {
	owners := [][]*listener{g.listeners}
	for _, s := range g.sets {
		owners = append(owners, s.listeners)
	}
	var problems []Problem
	taken := ground{hosts: map[spot]*listener{}, ports: map[port][]*listener{}}
	for _, listeners := range owners {
		var own []*listener
		for _, l := range listeners {
			l.conflict = Condition{}
			if l.refused.Type != "" {
				continue
			}
			if c, first := taken.clash(l); first != nil {
				l.conflict = c.condition()
				problems = append(problems, Problem{Origin{l.Owner, l.path}, fmt.Sprintf("listeners %q of %s and %q %s: the first is served, so give this one %s", first.Name, first.Owner, l.Name, c.both, c.give)})
				continue // what is not served takes nothing from those that follow
			}
			own = append(own, l)
		}
		for i, l := range own {
			said := false
			for _, other := range own[:i] {
				c, ok := l.clash(other)
				if !ok {
					continue
				}
				l.conflict, other.conflict = c.condition(), c.condition()
				if !said {
					said = true
					problems = append(problems, Problem{Origin{l.Owner, l.path}, fmt.Sprintf("listeners %q and %q %s: give one of them %s", other.Name, l.Name, c.both, c.give)})
				}
			}
		}
		for _, l := range own { // refused or not, nobody else gets it
			taken.take(l)
		}
	}
	return problems
}

// clash is why two listeners cannot both be served.
type clash struct {
	reason  gatewayv1.ListenerConditionReason
	message string
	both    string // what both are, for people
	give    string // what one of them needs
}

func (c clash) condition() Condition {
	return Condition{Type: string(gatewayv1.ListenerConditionConflicted), Status: true, Reason: string(c.reason), Message: c.message}
}

func (l *listener) clash(other *listener) (clash, bool) {
	switch {
	case l.port() != other.port():
	case !l.sharesPort(other):
		return clash{
			gatewayv1.ListenerReasonProtocolConflict, "Another listener speaks another protocol on the same port.",
			fmt.Sprintf("have the same port and speak %s and %s", other.Protocol, l.Protocol), "another port",
		}, true
	case !l.named():
		return clash{gatewayv1.ListenerReasonProtocolConflict, "Another listener has the same port.", "have the same port", "another"}, true
	case l.Hostname == other.Hostname:
		return clash{
			gatewayv1.ListenerReasonHostnameConflict, "Another listener has the same port and hostname.",
			"have the same port and hostname", "another",
		}, true
	}
	return clash{}, false
}

// ground is what listeners have taken.
type ground struct {
	hosts map[spot]*listener
	ports map[port][]*listener // one for each way to speak there
}

// spot is what one listener alone can have.
type spot struct {
	port
	hostname string
}

func (g ground) take(l *listener) {
	g.hosts[spot{l.port(), l.Hostname}] = l
	if !slices.ContainsFunc(g.ports[l.port()], l.sharesPort) {
		g.ports[l.port()] = append(g.ports[l.port()], l)
	}
}

// clash returns a listener that leaves no room for another one; nil if none
// does.
func (g ground) clash(l *listener) (clash, *listener) {
	others := g.ports[l.port()]
	if other := g.hosts[spot{l.port(), l.Hostname}]; other != nil {
		others = append(slices.Clip(others), other)
	}
	for _, other := range others {
		if c, ok := l.clash(other); ok {
			return c, other
		}
	}
	return clash{}, nil
}
