package routing

import (
	"slices"

	"github.com/gwctl/gwctl/internal/attachment"
	"github.com/gwctl/gwctl/internal/resource"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// serve finds the listeners that a gateway serves: first its own, then those of
// the sets that it takes, which come in their order. Of two that exclude each
// other the one of the earlier object is served, or none where one object has
// both (Gateway.spec.listeners, ListenerSet.spec.listeners).
func (w *World) serve(g *gateway, sets []*attachment.Set) {
	owners := [][]*attachment.Listener{g.own}
	for _, s := range sets {
		if s.Gateway == g.id && g.sets.Allow(g.id.Namespace, s.ID.Namespace, w.labelsOf) {
			owners = append(owners, s.Listeners)
		}
	}
	var before []*attachment.Listener
	for _, own := range owners {
		own = slices.DeleteFunc(slices.Clone(own), func(l *attachment.Listener) bool { return excluded(l, before) })
		for _, l := range own {
			if !excluded(l, own) {
				g.listeners = append(g.listeners, &listener{Listener: l})
			}
		}
		before = append(before, own...)
	}
}

func excluded(l *attachment.Listener, by []*attachment.Listener) bool {
	return slices.ContainsFunc(by, func(other *attachment.Listener) bool {
		return other != l && other.Port == l.Port && transport(other) == transport(l) &&
			(speech(other) != speech(l) || speech(l) == "" || other.Hostname == l.Hostname)
	})
}

func transport(l *attachment.Listener) string {
	if l.Protocol == gatewayv1.UDPProtocolType {
		return "packets"
	}
	return "connections"
}

// speech is by what clients of a port say which host they want, and so which
// listener; "" where they do not.
func speech(l *attachment.Listener) string {
	switch l.Protocol {
	case gatewayv1.HTTPProtocolType:
		return "Host"
	case gatewayv1.HTTPSProtocolType, gatewayv1.TLSProtocolType:
		return "SNI"
	}
	return ""
}

// has reports whether listeners of an object are the gateway's.
func (g *gateway) has(owner resource.ID) bool {
	return g.id == owner || slices.ContainsFunc(g.listeners, func(l *listener) bool { return l.Owner == owner })
}
