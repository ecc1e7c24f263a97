package translate

import (
	"fmt"

	cncfcorev3 "github.com/cncf/xds/go/xds/core/v3"
	matcherv3 "github.com/cncf/xds/go/xds/type/matcher/v3"
	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	endpointv3 "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	listenerv3 "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	udpproxyv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/udp/udp_proxy/v3"
	"google.golang.org/protobuf/types/known/durationpb"
)

// discard is where packets go that nobody gets: by RFC 863 who listens there
// throws them away.
var discard = endpoint{address: "127.0.0.1", port: 9}

// newPacketCluster returns a cluster of all backends of a route, each a locality
// with its weight. Envoy makes the filter of a listener for packets once and
// for all, and it knows no weights: so they are told with the endpoints, which
// change without an end of sessions.
func newPacketCluster(r *route) *backendResources {
	definition := &clusterv3.Cluster{
		ConnectTimeout: durationpb.New(connectTimeout),
		LbPolicy:       clusterv3.Cluster_ROUND_ROBIN,
		CommonLbConfig: &clusterv3.Cluster_CommonLbConfig{
			LocalityConfigSpecifier: &clusterv3.Cluster_CommonLbConfig_LocalityWeightedLbConfig_{
				LocalityWeightedLbConfig: &clusterv3.Cluster_CommonLbConfig_LocalityWeightedLbConfig{},
			},
		},
	}
	assignment, byName := packetShares(r)
	if byName {
		resolveNames(definition)
		definition.LoadAssignment = assignment
	} else {
		askForEndpoints(definition)
	}
	name := fmt.Sprintf("udp:%s/%s-%s", r.id.Namespace, r.id.Name, digest(marshal(definition))[:8])
	definition.Name, assignment.ClusterName = name, name
	out := &backendResources{cluster: newResource(Cluster, name, marshal(definition), nil, r.origins)}
	if !byName {
		out.endpoints = newResource(Endpoint, name, marshal(assignment), nil, r.origins)
	}
	return out
}

// packetShares returns the endpoints of a route by backend, and whether some of
// them are names. Backends of weight 0 are among them, for the sessions that they
// have, unless all are: Envoy would choose between those.
func packetShares(r *route) (out *endpointv3.ClusterLoadAssignment, byName bool) {
	out = &endpointv3.ClusterLoadAssignment{}
	weights := map[string]uint32{}
	endpoints := map[string][]endpoint{}
	var order []string
	var total uint32
	for _, s := range r.shares() {
		key, to := "nobody", []endpoint{discard}
		if s.backend != nil && len(s.backend.endpoints) > 0 {
			key, to = s.backend.key(), s.backend.endpoints
			byName = byName || s.backend.byName
		}
		if _, known := weights[key]; !known {
			order = append(order, key)
		}
		weights[key] += s.weight
		total += s.weight
		endpoints[key] = to
	}
	if total == 0 {
		return out, byName
	}
	for _, key := range order {
		l := locality(endpoints[key], weights[key])
		l.Locality = &corev3.Locality{SubZone: key}
		out.Endpoints = append(out.Endpoints, l)
	}
	return out, byName
}

// packetListenerBody builds a listener for packets.
func packetListenerBody(name, address string, number int32, cluster string) []byte {
	return marshal(&listenerv3.Listener{
		Name:    name,
		Address: socketAddress(corev3.SocketAddress_UDP, address, uint32(number)),
		ListenerFilters: []*listenerv3.ListenerFilter{{
			Name: "envoy.filters.udp_listener.udp_proxy",
			ConfigType: &listenerv3.ListenerFilter_TypedConfig{TypedConfig: pack(&udpproxyv3.UdpProxyConfig{
				StatPrefix: name,
				RouteSpecifier: &udpproxyv3.UdpProxyConfig_Matcher{Matcher: &matcherv3.Matcher{
					OnNoMatch: &matcherv3.Matcher_OnMatch{OnMatch: &matcherv3.Matcher_OnMatch_Action{Action: &cncfcorev3.TypedExtensionConfig{
						Name: "route", TypedConfig: pack(&udpproxyv3.Route{Cluster: cluster}),
					}}},
				}},
			})},
		}},
	})
}
