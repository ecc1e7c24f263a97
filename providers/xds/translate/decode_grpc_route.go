package translate

import (
	"fmt"
	"time"

	"github.com/gwctl/gwctl/internal/resource"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

func decodeGRPCRoute(d *decoding, o *resource.Object, created time.Time) *route {
	r := &route{id: d.id, created: created}
	var typed gatewayv1.GRPCRoute
	if !d.typed(o, &typed) {
		r.refuse(gatewayv1.RouteReasonUnsupportedValue, "The object is not of the form of a GRPCRoute.")
		return r
	}
	spec := &typed.Spec
	decodeParents(d, r, &spec.CommonRouteSpec)
	r.takeRules(d, len(spec.Rules), func(i int) *rule { return decodeGRPCRule(d, i, &spec.Rules[i]) })
	r.takeHostnames(d, spec.Hostnames)
	return r
}

func decodeGRPCRule(d *decoding, i int, in *gatewayv1.GRPCRouteRule) *rule {
	path := index("spec.rules", i)
	r := &rule{index: i, name: text(in.Name, ""), label: text(in.Name, fmt.Sprint(i))}
	matches := in.Matches
	if len(matches) == 0 {
		matches = make([]gatewayv1.GRPCRouteMatch, 1)
	}
	for j := range matches {
		if m, ok := decodeGRPCMatch(d, index(path+".matches", j), &matches[j]); ok {
			m.index = j
			r.matches = append(r.matches, m)
		}
	}
	before := len(d.problems)
	r.filters = decodeGRPCFilters(d, path, in.Filters)
	for j := range in.BackendRefs {
		at := index(path+".backendRefs", j)
		b := decodeShare(d, at, &in.BackendRefs[j].BackendRef)
		b.filters = decodeGRPCFilters(d, at, in.BackendRefs[j].Filters)
		r.backends = append(r.backends, b)
	}
	r.takeSoleBackend()
	r.checkShares(d)
	if in.SessionPersistence != nil {
		r.takeSession(d, path+".sessionPersistence", in.SessionPersistence)
	}
	r.broken = len(d.problems) > before
	return r
}

// decodeGRPCFilters decodes the filters that a GRPCRoute may have, which are
// the same as those of an HTTPRoute.
func decodeGRPCFilters(d *decoding, at string, in []gatewayv1.GRPCRouteFilter) filters {
	same := make([]gatewayv1.HTTPRouteFilter, 0, len(in))
	for i, f := range in {
		switch f.Type {
		case gatewayv1.GRPCRouteFilterRequestHeaderModifier, gatewayv1.GRPCRouteFilterResponseHeaderModifier, gatewayv1.GRPCRouteFilterRequestMirror:
		default:
			d.problem(index(at+".filters", i)+".type", "filters of type %q are not supported in a GRPCRoute: allowed are RequestHeaderModifier, ResponseHeaderModifier and RequestMirror", f.Type)
			return filters{}
		}
		same = append(same, gatewayv1.HTTPRouteFilter{
			Type: gatewayv1.HTTPRouteFilterType(f.Type), RequestHeaderModifier: f.RequestHeaderModifier,
			ResponseHeaderModifier: f.ResponseHeaderModifier, RequestMirror: f.RequestMirror,
		})
	}
	return decodeFilters(d, at, nil, same)
}
