package translate

import (
	"regexp"
	"strings"

	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// auth is a server that is asked about each request before it goes on.
type auth struct {
	server   backendRef
	grpc     bool     // it speaks Envoy's protocol, and not plain HTTP
	path     string   // put before that of the request; over HTTP
	told     []string // headers; empty: all over gRPC, the least over HTTP
	answered []string // headers that the request goes on with, over HTTP; empty: all
	body     uint32   // how many bytes of the request's body it gets
}

var authPath = regexp.MustCompile(`^/(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|%[0-9a-fA-F]{2})*$`)

func decodeAuth(d *decoding, path string, in *gatewayv1.HTTPExternalAuthFilter) *auth {
	a := &auth{server: decodeReference(d, path+".backendRef", &in.BackendRef)}
	names := func(field string, in []string) []string {
		var out []string
		for i, name := range in {
			if !validHeaderName(name) {
				d.problem(index(path+"."+field, i), "%q is no name of a header", name)
			}
			out = append(out, strings.ToLower(name))
		}
		return out
	}
	switch in.ExternalAuthProtocol {
	case gatewayv1.HTTPRouteExternalAuthGRPCProtocol:
		a.grpc, a.server.http2 = true, true
		if in.HTTPAuthConfig != nil {
			d.problem(path+".http", "the server speaks gRPC: remove http, or make protocol HTTP")
		}
		if in.GRPCAuthConfig != nil {
			a.told = names("grpc.allowedHeaders", in.GRPCAuthConfig.AllowedRequestHeaders)
		}
	case gatewayv1.HTTPRouteExternalAuthHTTPProtocol:
		if in.GRPCAuthConfig != nil {
			d.problem(path+".grpc", "the server speaks HTTP: remove grpc, or make protocol GRPC")
		}
		if in.HTTPAuthConfig == nil {
			break
		}
		a.path = strings.TrimRight(in.HTTPAuthConfig.Path, "/")
		if a.path != "" && !authPath.MatchString(a.path) {
			d.problem(path+".http.path", "%q is no path: it begins with a slash and has neither ? nor #", in.HTTPAuthConfig.Path)
		}
		a.told = names("http.allowedHeaders", in.HTTPAuthConfig.AllowedRequestHeaders)
		a.answered = names("http.allowedResponseHeaders", in.HTTPAuthConfig.AllowedResponseHeaders)
	default:
		d.problem(path+".protocol", "protocol %q is not supported: allowed are HTTP and GRPC", in.ExternalAuthProtocol)
	}
	if in.ForwardBody != nil {
		a.body = uint32(in.ForwardBody.MaxSize)
	}
	return a
}
