package translate

import (
	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	matcherv3 "github.com/envoyproxy/go-control-plane/envoy/type/matcher/v3"
)

func routeMatch(m *match) *routev3.RouteMatch {
	out := &routev3.RouteMatch{}
	switch {
	case m.path.kind == pathExact:
		out.PathSpecifier = &routev3.RouteMatch_Path{Path: m.path.value}
	case m.path.kind == pathRegex:
		out.PathSpecifier = &routev3.RouteMatch_SafeRegex{SafeRegex: &matcherv3.RegexMatcher{Regex: m.path.value}}
	case m.path.value == "":
		out.PathSpecifier = &routev3.RouteMatch_Prefix{Prefix: "/"}
	default:
		out.PathSpecifier = &routev3.RouteMatch_PathSeparatedPrefix{PathSeparatedPrefix: m.path.value}
	}
	if m.grpc {
		out.Grpc = &routev3.RouteMatch_GrpcRouteMatchOptions{}
	}
	if m.method != "" {
		out.Headers = append(out.Headers, headerMatcher(valueMatch{name: ":method", value: m.method}))
	}
	for _, h := range m.headers {
		out.Headers = append(out.Headers, headerMatcher(h))
	}
	for _, q := range m.query {
		out.QueryParameters = append(out.QueryParameters, queryMatcher(q))
	}
	return out
}

func queryMatcher(v valueMatch) *routev3.QueryParameterMatcher {
	return &routev3.QueryParameterMatcher{
		Name:                         v.name,
		QueryParameterMatchSpecifier: &routev3.QueryParameterMatcher_StringMatch{StringMatch: stringMatcher(v)},
	}
}

func headerMatcher(v valueMatch) *routev3.HeaderMatcher {
	return &routev3.HeaderMatcher{
		Name:                 v.name,
		HeaderMatchSpecifier: &routev3.HeaderMatcher_StringMatch{StringMatch: stringMatcher(v)},
	}
}

func stringMatcher(v valueMatch) *matcherv3.StringMatcher {
	if v.regex {
		return &matcherv3.StringMatcher{MatchPattern: &matcherv3.StringMatcher_SafeRegex{
			SafeRegex: &matcherv3.RegexMatcher{Regex: v.value},
		}}
	}
	return &matcherv3.StringMatcher{MatchPattern: &matcherv3.StringMatcher_Exact{Exact: v.value}}
}
