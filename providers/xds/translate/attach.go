package translate

import (
	"fmt"

	"github.com/gwctl/gwctl/internal/hostname"

	"k8s.io/apimachinery/pkg/labels"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// attachment is a route at a listener, with the hosts that they have in common.
type attachment struct {
	listener *listener
	route    *route
	hosts    []host
}

// host is one hostname of a route at a listener.
type host struct {
	own    string // as the route has it: decides precedence
	common string // what the listener leaves of it: the requests it is for
}

// place is where a route stands: which listeners take it, and where its
// references lead. It holds as long as no object but routes changes.
type place struct {
	epoch       uint64
	attachments []attachment
	clusters    []string // one for each backendRef of each rule; "" where it leads nowhere
	status      *Status
}

// placeOf finds out where a route stands, if that is not known any more.
func (inv *inventory) placeOf(r *route) *place {
	if r.place != nil && r.place.epoch == inv.epoch {
		return r.place
	}
	p := &place{epoch: inv.epoch, status: &Status{}}
	clusters, resolved := inv.resolve(r)
	p.clusters = clusters
	taken := map[*listener]bool{}
	for _, parent := range r.parents {
		accepted := r.refused
		if r.refused.Type == "" {
			accepted = attachTo(inv, inv.gateway(parent), r, parent, func(l *listener, hosts []host) {
				if !taken[l] { // two parentRefs may name one listener
					taken[l] = true
					p.attachments = append(p.attachments, attachment{l, r, hosts})
				}
			})
		}
		status := ParentStatus{
			Gateway: parent.gateway, SectionName: parent.sectionName, Port: parent.port,
			Conditions: []Condition{accepted, resolved},
		}
		if r.partly != "" && accepted.Status {
			status.Conditions = append(status.Conditions, Condition{
				Type: string(gatewayv1.RouteConditionPartiallyInvalid), Status: true,
				Reason: string(gatewayv1.RouteReasonUnsupportedValue), Message: r.partly,
			})
		}
		p.status.Parents = append(p.status.Parents, status)
	}
	r.place = p
	return p
}

// attachments says which routes are at each listener.
type attachments map[*listener][]attachment

// attach places all routes.
func attach(inv *inventory) attachments {
	out := attachments{}
	for _, r := range inv.routes {
		for _, a := range inv.placeOf(r).attachments {
			out[a.listener] = append(out[a.listener], a)
		}
	}
	return out
}

// attachTo calls yield for each listener of the parent that takes the route.
func attachTo(inv *inventory, g *gateway, r *route, p parent, yield func(*listener, []host)) Condition {
	refuse := func(reason gatewayv1.RouteConditionReason, format string, args ...any) Condition {
		return Condition{Type: string(gatewayv1.RouteConditionAccepted), Reason: string(reason), Message: fmt.Sprintf(format, args...)}
	}
	if g == nil {
		return refuse(gatewayv1.RouteReasonNoMatchingParent, "There is no %s.", p.gateway)
	}
	var named, served, allowed, attached bool
	for _, l := range g.listeners {
		if p.sectionName != "" && p.sectionName != l.name || p.port != 0 && p.port != l.port {
			continue
		}
		named = true
		if !l.served() {
			continue
		}
		served = true
		if !inv.allows(g, l, r) {
			continue
		}
		allowed = true
		var hosts []host
		for _, h := range r.hostnames {
			if common, ok := hostname.Intersect(l.hostname, h); ok {
				hosts = append(hosts, host{own: h, common: common})
			}
		}
		if len(hosts) > 0 {
			attached = true
			yield(l, hosts)
		}
	}
	switch {
	case !named:
		return refuse(gatewayv1.RouteReasonNoMatchingParent, "%s has no such listener.", p.gateway)
	case !served:
		return refuse(gatewayv1.RouteReasonNoMatchingParent, "The listener of %s is not valid.", p.gateway)
	case !allowed:
		return refuse(gatewayv1.RouteReasonNotAllowedByListeners, "No listener of %s takes routes of namespace %s.", p.gateway, r.id.Namespace)
	case !attached:
		return refuse(gatewayv1.RouteReasonNoMatchingListenerHostname, "No listener of %s has a hostname in common with the route.", p.gateway)
	}
	return Condition{Type: string(gatewayv1.RouteConditionAccepted), Status: true, Reason: string(gatewayv1.RouteReasonAccepted)}
}

// allows reports whether a listener takes routes of this kind and namespace.
func (inv *inventory) allows(g *gateway, l *listener, r *route) bool {
	if !l.kinds {
		return false
	}
	switch l.from {
	case gatewayv1.NamespacesFromAll:
		return true
	case gatewayv1.NamespacesFromSame:
		return r.id.Namespace == g.id.Namespace
	case gatewayv1.NamespacesFromSelector:
		return l.selector.Matches(inv.namespaceLabels(r.id.Namespace))
	}
	return false
}

// namespaceLabels returns the labels of a namespace. Every one has its name.
func (inv *inventory) namespaceLabels(name string) labels.Set {
	set := labels.Set{"kubernetes.io/metadata.name": name}
	for k, v := range inv.namespaces[name] {
		set[k] = v
	}
	set["kubernetes.io/metadata.name"] = name
	return set
}
