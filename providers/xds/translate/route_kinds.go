package translate

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// Kinds of routes that are translated.
var (
	kindHTTPRoute = schema.GroupKind{Group: groupGateway, Kind: "HTTPRoute"}
	kindGRPCRoute = schema.GroupKind{Group: groupGateway, Kind: "GRPCRoute"}
	kindTLSRoute  = schema.GroupKind{Group: groupGateway, Kind: "TLSRoute"}
	kindTCPRoute  = schema.GroupKind{Group: groupGateway, Kind: "TCPRoute"}
	kindUDPRoute  = schema.GroupKind{Group: groupGateway, Kind: "UDPRoute"}
)

// requests reports whether the route is one of requests, rather than of
// connections or packets.
func (r *route) requests() bool {
	return r.id.GroupKind() == kindHTTPRoute || r.id.GroupKind() == kindGRPCRoute
}

// routeKinds are the kinds that a listener of a protocol takes where it does
// not say which. What is not here is not translated.
var routeKinds = map[gatewayv1.ProtocolType][]schema.GroupKind{
	gatewayv1.HTTPProtocolType:  {kindHTTPRoute, kindGRPCRoute},
	gatewayv1.HTTPSProtocolType: {kindHTTPRoute, kindGRPCRoute},
	gatewayv1.TLSProtocolType:   {kindTLSRoute},
	gatewayv1.TCPProtocolType:   {kindTCPRoute},
	gatewayv1.UDPProtocolType:   {kindUDPRoute},
}

// decodeRouteKinds returns those that a listener allows and can have.
func decodeRouteKinds(d *decoding, l *listener, path string, in []gatewayv1.RouteGroupKind) []schema.GroupKind {
	can := routeKinds[l.Protocol]
	if can == nil { // of the protocol itself enough is said
		return nil
	}
	var out []schema.GroupKind
	for i, k := range in {
		kind := schema.GroupKind{Group: text(k.Group, groupGateway), Kind: string(k.Kind)}
		switch {
		case slices.Contains(out, kind):
		case slices.Contains(can, kind):
			out = append(out, kind)
		default:
			l.badKinds = true
			d.problem(index(path, i), "routes of kind %q are not supported at a listener of protocol %s: allowed are %s", k.Kind, l.Protocol, kindNames(can))
		}
	}
	return out
}

func kindNames(kinds []schema.GroupKind) string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = k.Kind
	}
	if n := len(names) - 1; n > 1 {
		names = []string{strings.Join(names[:n], ", "), names[n]}
	}
	return strings.Join(names, " and ")
}
