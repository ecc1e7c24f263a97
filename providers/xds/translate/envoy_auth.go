package translate

import (
	"time"

	xdscorev3 "github.com/cncf/xds/go/xds/core/v3"
	xdsmatcherv3 "github.com/cncf/xds/go/xds/type/matcher/v3"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	matchingv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/common/matching/v3"
	compositev3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/composite/v3"
	authv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/ext_authz/v3"
	matcherv3 "github.com/envoyproxy/go-control-plane/envoy/type/matcher/v3"
	"google.golang.org/protobuf/types/known/durationpb"
)

// authTimeout is how long a server may take to judge a request.
const authTimeout = 5 * time.Second

// authBase stands in every listener. Which headers a server is told of is a
// setting of Envoy's filter as a whole: so the filter is made by the route, inside
// of this one.
func authBase() *matchingv3.ExtensionWithMatcher {
	return &matchingv3.ExtensionWithMatcher{ExtensionConfig: &corev3.TypedExtensionConfig{
		Name: "envoy.filters.http.composite", TypedConfig: pack(&compositev3.Composite{}),
	}}
}

func authPolicy(a *auth, cluster string) *matchingv3.ExtensionWithMatcherPerRoute {
	return &matchingv3.ExtensionWithMatcherPerRoute{XdsMatcher: &xdsmatcherv3.Matcher{
		OnNoMatch: &xdsmatcherv3.Matcher_OnMatch{OnMatch: &xdsmatcherv3.Matcher_OnMatch_Action{Action: &xdscorev3.TypedExtensionConfig{
			Name: "ask", TypedConfig: pack(&compositev3.ExecuteFilterAction{TypedConfig: &corev3.TypedExtensionConfig{
				Name: "envoy.filters.http.ext_authz", TypedConfig: pack(authSettings(a, cluster)),
			}}),
		}}},
	}}
}

// authSettings fail closed, as Envoy's do unless told otherwise.
func authSettings(a *auth, cluster string) *authv3.ExtAuthz {
	out := &authv3.ExtAuthz{TransportApiVersion: corev3.ApiVersion_V3}
	if len(a.told) > 0 {
		out.AllowedHeaders = exactly(a.told)
	}
	if a.body > 0 { // a longer one is refused
		out.WithRequestBody = &authv3.BufferSettings{MaxRequestBytes: a.body}
	}
	if a.grpc {
		out.Services = &authv3.ExtAuthz_GrpcService{GrpcService: &corev3.GrpcService{
			Timeout:         durationpb.New(authTimeout),
			TargetSpecifier: &corev3.GrpcService_EnvoyGrpc_{EnvoyGrpc: &corev3.GrpcService_EnvoyGrpc{ClusterName: cluster}},
		}}
		return out
	}
	taken := exactly(a.answered)
	if len(a.answered) == 0 {
		taken = &matcherv3.ListStringMatcher{Patterns: []*matcherv3.StringMatcher{stringMatcher(valueMatch{value: otherThan(ofOneMessage), regex: true})}}
	}
	out.Services = &authv3.ExtAuthz_HttpService{HttpService: &authv3.HttpService{
		ServerUri: &corev3.HttpUri{
			Uri: "http://" + cluster, HttpUpstreamType: &corev3.HttpUri_Cluster{Cluster: cluster}, Timeout: durationpb.New(authTimeout),
		},
		PathPrefix:            a.path,
		AuthorizationResponse: &authv3.AuthorizationResponse{AllowedUpstreamHeaders: taken},
	}}
	return out
}

func exactly(names []string) *matcherv3.ListStringMatcher {
	out := &matcherv3.ListStringMatcher{}
	for _, name := range names {
		out.Patterns = append(out.Patterns, &matcherv3.StringMatcher{MatchPattern: &matcherv3.StringMatcher_Exact{Exact: name}, IgnoreCase: true})
	}
	return out
}

// ofOneMessage are headers about the message that they came with: a request
// that went on with those of an answer would be another one.
var ofOneMessage = []string{
	":status", "host", "connection", "content-encoding", "content-length", "content-type", "date", "keep-alive", "server", "te", "trailer", "transfer-encoding", "upgrade",
}
