package translate

import (
	"strconv"
	"strings"

	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	corsv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/cors/v3"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

func corsPolicy(c *cors) *corsv3.CorsPolicy {
	out := &corsv3.CorsPolicy{
		AllowMethods:     strings.Join(c.methods, ", "),
		AllowHeaders:     strings.Join(c.headers, ", "),
		ExposeHeaders:    strings.Join(c.expose, ", "),
		MaxAge:           strconv.Itoa(int(c.maxAge)),
		AllowCredentials: wrapperspb.Bool(c.credentials),
		// A preflight is the gateway's to answer, whatever it says.
		ForwardNotMatchingPreflights: wrapperspb.Bool(false),
	}
	for _, o := range c.origins {
		out.AllowOriginStringMatch = append(out.AllowOriginStringMatch, stringMatcher(o))
	}
	return out
}

// preflight matches what browsers ask before they send what m matches: a
// request of another method, so it needs a route of its own. It is nil where m
// takes any method, or that one.
func preflight(m *match) *routev3.RouteMatch {
	if m.method == "" || m.method == "OPTIONS" {
		return nil
	}
	asked := *m
	asked.method = "OPTIONS"
	out := routeMatch(&asked)
	out.Headers = append(out.Headers,
		headerMatcher(valueMatch{name: "access-control-request-method", value: m.method}),
		&routev3.HeaderMatcher{Name: "origin", HeaderMatchSpecifier: &routev3.HeaderMatcher_PresentMatch{PresentMatch: true}},
	)
	return out
}
