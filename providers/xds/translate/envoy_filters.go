package translate

import (
	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	corsv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/cors/v3"
	customv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/custom_response/v3"
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
	localFilter   = "envoy.filters.http.local_ratelimit"
	refusalFilter = "envoy.filters.http.custom_response"
)

// httpFilters are those of every listener, whatever its routes ask for: a
// filter that only some routes need is off until one turns it on, so that no
// change of routes changes a listener. Answers pass them in the reverse order, so
// that the first one sees all refusals. A preflight is answered before anything
// is asked: it has no credentials. Requests that nobody let in are not counted.
// Those that ask the limiter, which is a cluster, stand there where it is known.
func httpFilters(limiter string) []*hcmv3.HttpFilter {
	filter := func(name string, off bool, config proto.Message) *hcmv3.HttpFilter {
		return &hcmv3.HttpFilter{Name: name, Disabled: off, ConfigType: &hcmv3.HttpFilter_TypedConfig{TypedConfig: pack(config)}}
	}
	out := []*hcmv3.HttpFilter{
		filter(refusalFilter, true, &customv3.CustomResponse{}),
		filter(corsFilter, true, &corsv3.Cors{}),
		filter(authFilter, true, authBase()),
		filter(sessionFilter, true, &sessionv3.StatefulSession{}),
		filter(localFilter, true, localBase()),
	}
	if limiter != "" {
		for _, merged := range []bool{true, false} {
			for _, closed := range []bool{true, false} {
				out = append(out, filter(globalFilter(merged, closed), true, globalBase(limiter, closed)))
			}
		}
	}
	return append(out, filter("envoy.filters.http.router", false, &routerv3.Router{SuppressEnvoyHeaders: true}))
}

// turnOn turns on the filters that a rule needs, for all its requests, beside
// those that are on already.
func (r *rule) turnOn(out *routev3.Route, authCluster string) {
	turn := func(filter string, config proto.Message) {
		if out.TypedPerFilterConfig == nil {
			out.TypedPerFilterConfig = map[string]*anypb.Any{}
		}
		out.TypedPerFilterConfig[filter] = pack(config)
	}
	if r.cors != nil && !r.corsPerBackend() {
		turn(corsFilter, corsPolicy(r.cors))
	}
	if r.auth != nil {
		turn(authFilter, authPolicy(r.auth, authCluster))
	}
	if r.session != nil {
		turn(sessionFilter, sessionPolicy(r.session))
	}
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
