package translate_test

import (
	"github.com/gwctl/gwctl/internal/routing"
	"pgregory.net/rapid"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// The words of routes of gRPC, and of calls.
var (
	services       = []string{"shop.Orders", "shop.Orders2", "a.B", "a"}
	methods        = []string{"Get", "Gets", "Put"}
	serviceRegexes = []string{"shop[.].*", ".*", "a([.]B)?"}
	methodRegexes  = []string{"Get.*", "[A-Z][a-z]+", "Get|Put"}
)

func (d draw) callRule() map[string]any {
	r := map[string]any{}
	if matches := d.list("matches", 0, 3, func() any { return d.callMatch() }); matches != nil {
		r["matches"] = matches
	}
	var filters []any
	if d.odds("request headers", 4) {
		filters = append(filters, d.headers("RequestHeaderModifier", "requestHeaderModifier"))
	}
	if d.odds("response headers", 4) {
		filters = append(filters, d.headers("ResponseHeaderModifier", "responseHeaderModifier"))
	}
	if filters != nil {
		r["filters"] = filters
	}
	if refs := d.list("backends", 0, 3, func() any { return d.backend() }); refs != nil {
		r["backendRefs"] = refs
	}
	return r
}

func (d draw) callMatch() map[string]any {
	m := map[string]any{}
	method := map[string]any{}
	switch d.of("call", "service and method", "service", "method", "any") {
	case "service and method":
		method["service"], method["method"] = d.of("service", services...), d.of("method", methods...)
	case "service":
		method["service"] = d.of("service", services...)
	case "method":
		method["method"] = d.of("method", methods...)
	}
	if len(method) > 0 {
		if d.odds("regex", 4) {
			method["type"] = "RegularExpression"
			if method["service"] != nil {
				method["service"] = d.of("service expression", serviceRegexes...)
			}
			if method["method"] != nil {
				method["method"] = d.of("method expression", methodRegexes...)
			}
		}
		m["method"] = method
	}
	if list := d.list("headers", 0, 2, func() any { return d.condition("x-a", "X-A", "x-b") }); list != nil {
		m["headers"] = list
	}
	return m
}

// callAt draws a call that aims at a match of a route.
func (d draw) callAt(route *gatewayv1.GRPCRoute) routing.Request {
	r := d.address(route.Spec.Hostnames)
	m := gatewayv1.GRPCRouteMatch{}
	if rule := rapid.SampledFrom(route.Spec.Rules).Draw(d.T, "rule aimed at"); len(rule.Matches) > 0 {
		m = rapid.SampledFrom(rule.Matches).Draw(d.T, "match aimed at")
	}
	service, method := d.of("service", services...), d.of("method", methods...)
	if m.Method != nil && m.Method.Type == nil {
		if m.Method.Service != nil && !d.odds("miss service", 4) {
			service = *m.Method.Service
		}
		if m.Method.Method != nil && !d.odds("miss method", 4) {
			method = *m.Method.Method
		}
	}
	r.Method, r.Path = "POST", "/"+service+d.of("slash", "/", "/", "/", "/", "//", "/./", "/x/../", "%2F")+method
	r.Header.Set("Content-Type", d.of("content type", "application/grpc", "application/grpc+proto", "application/grpc", "application/grpc-web", "text/plain"))
	for _, h := range m.Headers {
		if !d.odds("miss header", 5) {
			r.Header.Set(string(h.Name), d.of("value", h.Value, "1"))
		}
	}
	return r
}
