package translate

import (
	"regexp"
	"strings"

	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// The names that the schema takes for exact matches.
var (
	grpcService = regexp.MustCompile(`^(?i)\.?[a-z_][a-z_0-9]*(\.[a-z_][a-z_0-9]*)*$`)
	grpcMethod  = regexp.MustCompile(`^[A-Za-z_][A-Za-z_0-9]*$`)
)

// decodeGRPCMatch also reports whether the match can be used.
func decodeGRPCMatch(d *decoding, path string, in *gatewayv1.GRPCRouteMatch) (match, bool) {
	before := len(d.problems)
	m := match{grpc: true, path: pathMatch{kind: pathPrefix}}
	for i, h := range in.Headers {
		at := index(path+".headers", i)
		v := decodeValue(d, at, string(value(h.Type, gatewayv1.GRPCHeaderMatchExact)), strings.ToLower(string(h.Name)), h.Value)
		if !validHeaderName(v.name) {
			d.problem(at+".name", "%q is no name of a header", h.Name)
		}
		m.headers = appendFirst(m.headers, v)
	}
	if in.Method != nil {
		m.path = decodeMethod(d, path+".method", in.Method)
		m.rank = rank{len(value(in.Method.Service, "")), len(value(in.Method.Method, ""))}
	}
	m.rank[2] = len(m.headers) // behind the service and the method
	return m, len(d.problems) == before
}

// decodeMethod returns the path that a service and a method of it are called by.
func decodeMethod(d *decoding, path string, in *gatewayv1.GRPCMethodMatch) pathMatch {
	service, method := value(in.Service, ""), value(in.Method, "")
	if service == "" && method == "" {
		d.problem(path, "a match of methods names a service, a method, or both")
	}
	switch typ := value(in.Type, gatewayv1.GRPCMethodMatchExact); typ {
	case gatewayv1.GRPCMethodMatchExact:
		if service != "" && !grpcService.MatchString(service) {
			d.problem(path+".service", "%q is no name of a service: allowed are such as shop.v1.Orders", service)
		}
		if method != "" && !grpcMethod.MatchString(method) {
			d.problem(path+".method", "%q is no name of a method: allowed are letters, digits and underscores", method)
		}
		switch {
		case method == "":
			return pathMatch{pathPrefix, "/" + service}
		case service == "":
			return pathMatch{pathRegex, "/[^/]+/" + method}
		}
		return pathMatch{pathExact, "/" + service + "/" + method}
	case gatewayv1.GRPCMethodMatchRegularExpression: // whether they are some, Envoy says
		return pathMatch{pathRegex, "/" + anyIfEmpty(service) + "/" + anyIfEmpty(method)}
	default:
		d.problem(path+".type", "methods of type %q are not supported: allowed are Exact and RegularExpression", typ)
		return pathMatch{}
	}
}

// anyIfEmpty makes a regular expression a part of another one.
func anyIfEmpty(regex string) string {
	if regex == "" {
		return "[^/]+"
	}
	return "(?:" + regex + ")"
}
