package translate

import (
	"fmt"
	"slices"

	"github.com/gwctl/gwctl/internal/attachment"
	"github.com/gwctl/gwctl/internal/resource"
	"k8s.io/apimachinery/pkg/labels"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// attachedRoute is a route at a listener, with the hosts that they have in common.
type attachedRoute struct {
	listener *listener
	route    *route
	hosts    []attachment.Host
	held     [][]*trafficPolicy // for each rule; nil where there is none for any
}

func (a *attachedRoute) compare(other *attachedRoute) int { return a.route.compare(other.route) }

// place is where a route stands: which listeners take it, and where its
// references lead. It holds as long as the inventory that it was found in.
type place struct {
	route       *route
	attachments []*attachedRoute
	through     [][]*attachedRoute  // of these, what each parent reference leads to
	backends    []*backend          // one for each reference of each rule; nil where it leads nowhere
	clusters    map[egress][]string // their clusters, by where they are sent to from; "" where there is none
	policies    []policyUse
	status      *Status
}

func (p *place) compare(other *place) int { return p.route.compare(other.route) }

// placeIn finds the place of a route; nil if there is no such route.
func placeIn(places []*place, route resource.ID) *place {
	i, ok := slices.BinarySearchFunc(places, route, func(p *place, id resource.ID) int { return p.route.id.Compare(id) })
	if !ok {
		return nil
	}
	return places[i]
}

// placeOf finds out where a route stands.
func (inv *inventory) placeOf(r *route) *place {
	p := &place{route: r, status: &Status{}}
	backends, resolved := inv.resolve(r)
	p.backends, p.clusters = backends, map[egress][]string{}
	taken := map[*listener]*attachedRoute{}
	p.through = make([][]*attachedRoute, len(r.parents))
	for i, parent := range r.parents {
		accepted := r.refused
		if r.refused.Type == "" {
			to := inv.follow(parent.id)
			accepted = attachTo(inv, to, r, parent, func(l *listener, hosts []attachment.Host) {
				if taken[l] == nil { // two parentRefs may name one listener
					taken[l] = &attachedRoute{l, r, hosts, inv.traffic.at(to.gateway, l, r)}
					p.attachments = append(p.attachments, taken[l])
					out := l.egress(to.gateway)
					if p.clusters[out] == nil {
						p.clusters[out] = inv.clustersOf(r, backends, out)
					}
					if !out.through {
						p.policies = append(p.policies, policiesOf(backends, to.gateway)...)
					}
				}
				p.through[i] = append(p.through[i], taken[l])
			})
		}
		status := ParentStatus{
			Parent: parent.id, SectionName: parent.SectionName, Port: parent.Port,
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

// attachTo calls yield for each listener of the parent that takes the route.
func attachTo(inv *inventory, to destination, r *route, p parent, yield func(*listener, []attachment.Host)) Condition {
	refuse := func(reason gatewayv1.RouteConditionReason, format string, args ...any) Condition {
		return Condition{Type: string(gatewayv1.RouteConditionAccepted), Reason: string(reason), Message: fmt.Sprintf(format, args...)}
	}
	if to.gateway == nil {
		return refuse(gatewayv1.RouteReasonNoMatchingParent, to.missing, p.id)
	}
	var named, served, allowed, attached bool
	of := attachment.Route{Kind: r.id.GroupKind(), Namespace: r.id.Namespace, Hostnames: r.hostnames}
	for _, l := range to.listeners {
		hosts, outcome := attachment.At(&l.Listener, of, p.Parent, inv.namespaceLabels)
		if outcome == attachment.NotMeant {
			continue
		}
		named = true
		if !l.served() {
			continue
		}
		served = true
		switch outcome {
		case attachment.Attached:
			allowed, attached = true, true
			yield(l, hosts)
		case attachment.NoHostname:
			allowed = true
		}
	}
	switch {
	case !named:
		return refuse(gatewayv1.RouteReasonNoMatchingParent, "%s has no such listener.", p.id)
	case !served:
		return refuse(gatewayv1.RouteReasonNoMatchingParent, "The listener of %s is not valid.", p.id)
	case !allowed:
		return refuse(gatewayv1.RouteReasonNotAllowedByListeners, "No listener of %s takes a %s of namespace %s.", p.id, r.id.Kind, r.id.Namespace)
	case !attached:
		return refuse(gatewayv1.RouteReasonNoMatchingListenerHostname, "No listener of %s has a hostname in common with the route.", p.id)
	}
	return Condition{Type: string(gatewayv1.RouteConditionAccepted), Status: true, Reason: string(gatewayv1.RouteReasonAccepted)}
}

// destination is what a parent reference leads to.
type destination struct {
	gateway   *gateway    // that serves the listeners; nil where it leads nowhere
	listeners []*listener // of the Gateway or of the ListenerSet: one never means those of the other
	missing   string      // says of the object why it leads nowhere
}

func (inv *inventory) follow(id resource.ID) destination {
	if g := inv.byID[id]; g != nil {
		return destination{gateway: g, listeners: g.listeners}
	}
	switch s := inv.setsByID[id]; {
	case s == nil:
		return destination{missing: "There is no %s."}
	case s.gateway == nil:
		return destination{missing: "%s is attached to no Gateway."}
	default:
		return destination{gateway: s.gateway, listeners: s.listeners}
	}
}

// namespaceLabels returns the labels that were applied to a namespace.
func (inv *inventory) namespaceLabels(name string) labels.Set { return inv.namespaces[name] }
