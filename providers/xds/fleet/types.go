package fleet

import (
	"github.com/envoyproxy/go-control-plane/pkg/resource/v3"

	"github.com/gwctl/gwctl/providers/xds/translate"
)

// kind is how one resource type behaves on the wire.
type kind struct {
	typ translate.Type
	url string
	// wildcard types are subscribed to as a whole and removed by the server;
	// the others by name, and Envoy drops them itself with what named them.
	wildcard bool
	// routing types send requests to clusters: they wait on a stream until
	// the clusters before them are acknowledged.
	routing bool
}

// kinds lists the types that are served, in the order in which additions are
// sent. A new type is a new line here.
var kinds = []kind{
	{typ: translate.Cluster, url: resource.ClusterType, wildcard: true},
	{typ: translate.Endpoint, url: resource.EndpointType},
	{typ: translate.Listener, url: resource.ListenerType, wildcard: true, routing: true},
	{typ: translate.Route, url: resource.RouteType, routing: true},
	// Asked for by what names them, which waits until they come.
	{typ: translate.Secret, url: resource.SecretType},
	{typ: translate.Extension, url: resource.ExtensionConfigType, routing: true},
	// On the streams of limiters, and there nothing else. What is gone goes at
	// once, as listeners do.
	{typ: translate.RateLimit, url: resource.RateLimitConfigType, wildcard: true, routing: true},
}

// Places of the types in kinds that others depend on.
const (
	clusters  = 0
	endpoints = 1
	secrets   = 4
)

func kindOf(typ translate.Type) (int, bool) {
	for i := range kinds {
		if kinds[i].typ == typ {
			return i, true
		}
	}
	return 0, false
}

// kindOf finds the type that a message on the stream is about, of those that its
// peer is served.
func (s *stream) kindOf(url string) (int, bool) {
	for i := range kinds {
		if kinds[i].url == url && (url == resource.RateLimitConfigType) == (s.gateway.name == Limiters) {
			return i, true
		}
	}
	return 0, false
}
