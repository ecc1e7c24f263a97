package translate

import (
	"fmt"
	"time"

	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	endpointv3 "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	dnscommonv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/clusters/common/dns/v3"
	dnsv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/clusters/dns/v3"
	httpv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/upstreams/http/v3"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// Limits of a cluster. Envoy's own 1,024 requests and 3 retries would answer 503
// to a busy gateway: these are out of the way of the limit on connections from
// clients.
const (
	connectTimeout     = 5 * time.Second
	maxRequests        = 1 << 16
	fetchTimeout       = 15 * time.Second // for endpoints and secrets, until Envoy goes on without them
	dnsRefresh         = 5 * time.Second
	dnsFailureRefresh  = time.Second
	dnsFailureRefreshM = 10 * time.Second
)

// backendResources is what a backend is in Envoy's words.
type backendResources struct {
	cluster   *Resource
	endpoints *Resource // nil where the cluster has them: names that it resolves, or none
	secrets   []*Resource
}

// build returns the cluster for an approach to a backend, and its endpoints
// apart. The cluster is named by what it is: another definition is another
// cluster, because a change in place would tear down its connections.
func (b *backend) build(a approach) *backendResources {
	a = b.settled(a)
	if built := b.clusters[a]; built != nil {
		return built
	}
	tls := b.tls
	if a.through {
		tls = nil
	}
	closed := tls != nil && tls.broken
	definition := &clusterv3.Cluster{
		ConnectTimeout:                durationpb.New(connectTimeout),
		PerConnectionBufferLimitBytes: wrapperspb.UInt32(connectionBuffer),
		LbPolicy:                      clusterv3.Cluster_LEAST_REQUEST,
		CircuitBreakers: &clusterv3.CircuitBreakers{Thresholds: []*clusterv3.CircuitBreakers_Thresholds{{
			MaxConnections:     wrapperspb.UInt32(maxRequests),
			MaxPendingRequests: wrapperspb.UInt32(maxRequests),
			MaxRequests:        wrapperspb.UInt32(maxRequests),
			MaxRetries:         wrapperspb.UInt32(maxRequests),
		}}},
	}
	switch {
	case closed: // with no endpoint at all
	case b.byName:
		resolveNames(definition)
		definition.LoadAssignment = b.assignment("")
	default:
		askForEndpoints(definition)
	}
	if a.http2 {
		definition.TypedExtensionProtocolOptions = map[string]*anypb.Any{"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": pack(&httpv3.HttpProtocolOptions{
			UpstreamProtocolOptions: &httpv3.HttpProtocolOptions_ExplicitHttpConfig_{ExplicitHttpConfig: &httpv3.HttpProtocolOptions_ExplicitHttpConfig{
				ProtocolConfig: &httpv3.HttpProtocolOptions_ExplicitHttpConfig_Http2ProtocolOptions{Http2ProtocolOptions: &corev3.Http2ProtocolOptions{}},
			}},
		})}
	}
	spec, endpoints := "spec", "spec.endpoints"
	if b.port != 0 {
		spec, endpoints = b.origin, b.origin
	}
	origins := []Origin{{b.id, spec}}
	built := &backendResources{}
	if tls != nil {
		origins = append(origins, tls.origins...)
	}
	if tls != nil && !closed {
		built.secrets = tls.secure(definition, a.client)
	}
	name := fmt.Sprintf("%s-%s", b.key(), digest(marshal(definition))[:8])
	definition.Name = name
	switch {
	case closed:
	case b.byName:
		definition.LoadAssignment.ClusterName = name
	default:
		built.endpoints = newResource(Endpoint, name, marshal(b.assignment(name)), nil, []Origin{{b.id, endpoints}})
	}
	built.cluster = newResource(Cluster, name, marshal(definition), nil, origins)
	for _, secret := range built.secrets {
		built.cluster.Secrets = append(built.cluster.Secrets, secret.Name)
	}
	if b.clusters == nil {
		b.clusters = map[approach]*backendResources{}
	}
	b.clusters[a] = built
	return built
}

// key names a backend among others.
func (b *backend) key() string {
	key := b.id.Namespace + "/" + b.id.Name
	if b.port != 0 {
		key = fmt.Sprintf("%s:%d", key, b.port)
	}
	if b.udp {
		key += "/udp"
	}
	return key
}

// resolveNames makes a cluster one whose endpoints Envoy resolves: all addresses
// of a name are used, and several names can be given.
func resolveNames(definition *clusterv3.Cluster) {
	definition.ClusterDiscoveryType = &clusterv3.Cluster_ClusterType{ClusterType: &clusterv3.Cluster_CustomClusterType{
		Name: "envoy.cluster.dns",
		TypedConfig: pack(&dnsv3.DnsCluster{
			DnsRefreshRate: durationpb.New(dnsRefresh),
			DnsFailureRefreshRate: &dnsv3.DnsCluster_RefreshRate{
				BaseInterval: durationpb.New(dnsFailureRefresh),
				MaxInterval:  durationpb.New(dnsFailureRefreshM),
			},
			RespectDnsTtl:   true,
			DnsLookupFamily: dnscommonv3.DnsLookupFamily_V4_PREFERRED,
		}),
	}}
}

// askForEndpoints makes a cluster one whose endpoints come apart from it.
func askForEndpoints(definition *clusterv3.Cluster) {
	definition.ClusterDiscoveryType = &clusterv3.Cluster_Type{Type: clusterv3.Cluster_EDS}
	definition.EdsClusterConfig = &clusterv3.Cluster_EdsClusterConfig{EdsConfig: overADS(fetchTimeout)}
}

func (b *backend) assignment(cluster string) *endpointv3.ClusterLoadAssignment {
	out := &endpointv3.ClusterLoadAssignment{ClusterName: cluster}
	if len(b.endpoints) > 0 {
		out.Endpoints = []*endpointv3.LocalityLbEndpoints{locality(b.endpoints, 1)}
	}
	return out
}

// locality is a group of endpoints that get a share by weight; with 0 none.
func locality(endpoints []endpoint, weight uint32) *endpointv3.LocalityLbEndpoints {
	locality := &endpointv3.LocalityLbEndpoints{}
	if weight > 0 { // Envoy refuses a weight of 0, and takes none for it
		locality.LoadBalancingWeight = wrapperspb.UInt32(weight)
	}
	for _, e := range endpoints {
		locality.LbEndpoints = append(locality.LbEndpoints, &endpointv3.LbEndpoint{
			HostIdentifier: &endpointv3.LbEndpoint_Endpoint{Endpoint: &endpointv3.Endpoint{
				Hostname: e.hostname,
				Address:  socketAddress(corev3.SocketAddress_TCP, e.address, e.port),
			}},
		})
	}
	return locality
}
