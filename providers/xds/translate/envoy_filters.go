package translate

import (
	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	corsv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/cors/v3"
	routerv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/router/v3"
	sessionv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/stateful_session/v3"
	hcmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
)

// Names of the HTTP filters that routes turn on.
const (
	corsFilter    = "envoy.filters.http.cors"
	authFilter    = "envoy.filters.http.match_delegate"
	sessionFilter = "envoy.filters.http.stateful_session"
)

// httpFilters are those of every listener, whatever its routes ask for: a
// filter that only some routes need is off until one turns it on, so that no
// change of routes changes a listener. A preflight is
// answered first: it has no credentials.
func httpFilters() []*hcmv3.HttpFilter {
	filter := func(name string, off bool, config proto.Message) *hcmv3.HttpFilter {
		return &hcmv3.HttpFilter{Name: name, Disabled: off, ConfigType: &hcmv3.HttpFilter_TypedConfig{TypedConfig: pack(config)}}
	}
	return []*hcmv3.HttpFilter{
		filter(corsFilter, true, &corsv3.Cors{}),
		filter(authFilter, true, authBase()),
		filter(sessionFilter, true, &sessionv3.StatefulSession{}),
		filter("envoy.filters.http.router", false, &routerv3.Router{SuppressEnvoyHeaders: true}),
	}
}

// perFilter turns on the filters that a rule needs, for all its requests.
func (r *rule) perFilter(authCluster string) map[string]*anypb.Any {
	if r.cors == nil && r.session == nil && r.auth == nil {
		return nil
	}
	out := map[string]*anypb.Any{}
	if r.cors != nil && !r.corsPerBackend() {
		out[corsFilter] = pack(corsPolicy(r.cors))
	}
	if r.auth != nil {
		out[authFilter] = pack(authPolicy(r.auth, authCluster))
	}
	if r.session != nil {
		out[sessionFilter] = pack(sessionPolicy(r.session))
	}
	return out
}

// preflights are the routes for what browsers ask before they send what m
// matches.
func preflights(r *rule, m *match, routes []*routev3.Route) []*routev3.Route {
	asked := preflight(m)
	if asked == nil || r.cors == nil && !r.corsPerBackend() {
		return nil
	}
	return []*routev3.Route{{Match: asked, Action: routes[0].Action}}
}
