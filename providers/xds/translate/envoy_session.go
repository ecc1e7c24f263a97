package translate

import (
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	sessionv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/stateful_session/v3"
	cookiev3 "github.com/envoyproxy/go-control-plane/envoy/extensions/http/stateful_session/cookie/v3"
	headerv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/http/stateful_session/header/v3"
	httpv3 "github.com/envoyproxy/go-control-plane/envoy/type/http/v3"
	"google.golang.org/protobuf/types/known/durationpb"
)

func sessionPolicy(s *session) *sessionv3.StatefulSessionPerRoute {
	state := &corev3.TypedExtensionConfig{
		Name: "envoy.http.stateful_session.cookie",
		TypedConfig: pack(&cookiev3.CookieBasedSessionState{Cookie: &httpv3.Cookie{
			Name: s.name, Path: s.path, Ttl: durationpb.New(s.lifetime),
		}}),
	}
	if s.header {
		state = &corev3.TypedExtensionConfig{
			Name:        "envoy.http.stateful_session.header",
			TypedConfig: pack(&headerv3.HeaderBasedSessionState{Name: s.name}),
		}
	}
	return &sessionv3.StatefulSessionPerRoute{Override: &sessionv3.StatefulSessionPerRoute_StatefulSession{
		StatefulSession: &sessionv3.StatefulSession{SessionState: state},
	}}
}
