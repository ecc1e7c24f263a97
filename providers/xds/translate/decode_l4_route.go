package translate

import (
	"fmt"
	"time"

	"github.com/gwctl/gwctl/internal/resource"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

func decodeTLSRoute(d *decoding, o *resource.Object, created time.Time) *route {
	r := &route{id: d.id, created: created}
	var typed gatewayv1.TLSRoute
	if !d.typed(o, &typed) {
		r.refuse(gatewayv1.RouteReasonUnsupportedValue, "The object is not of the form of a TLSRoute.")
		return r
	}
	decodeParents(d, r, &typed.Spec.CommonRouteSpec)
	if len(typed.Spec.Hostnames) == 0 { // none is not any
		d.problem("spec.hostnames", "a TLSRoute names the hosts that it is for: give at least one")
		r.refuse(gatewayv1.RouteReasonUnsupportedValue, "No host is named.")
	} else {
		r.takeHostnames(d, typed.Spec.Hostnames)
	}
	var rules []gatewayv1.TCPRouteRule
	for _, rule := range typed.Spec.Rules {
		rules = append(rules, gatewayv1.TCPRouteRule(rule))
	}
	decodeForwarding(d, r, rules)
	return r
}

// decodeConnectionRoute decodes TCPRoutes, and UDPRoutes, which have the same
// fields.
func decodeConnectionRoute(d *decoding, o *resource.Object, created time.Time) *route {
	r := &route{id: d.id, created: created, hostnames: []string{""}}
	var typed gatewayv1.TCPRoute
	if !d.typed(o, &typed) {
		r.refuse(gatewayv1.RouteReasonUnsupportedValue, fmt.Sprintf("The object is not of the form of a %s.", d.id.Kind))
		return r
	}
	decodeParents(d, r, &typed.Spec.CommonRouteSpec)
	decodeForwarding(d, r, typed.Spec.Rules)
	return r
}

// decodeForwarding decodes the one rule of a route of connections or packets.
func decodeForwarding(d *decoding, r *route, rules []gatewayv1.TCPRouteRule) {
	const path = "spec.rules"
	if len(rules) != 1 {
		d.problem(path, "a %s has one rule, and this one has %d: without matches no more than one can apply", d.id.Kind, len(rules))
		r.refuse(gatewayv1.RouteReasonUnsupportedValue, fmt.Sprintf("A %s has one rule.", d.id.Kind))
		return
	}
	only := &rule{}
	refs := rules[0].BackendRefs
	for i := range refs {
		only.backends = append(only.backends, decodeShare(d, index(index(path, 0)+".backendRefs", i), &refs[i]))
	}
	r.rules = []*rule{only}
	r.origins = append(r.origins, Origin{d.id, index(path, 0)})
}
