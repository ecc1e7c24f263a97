package rollout_test

import (
	"crypto/sha256"
	"encoding/hex"
	"net"
	"strconv"
	"strings"
	"time"

	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	endpointv3 "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	listenerv3 "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	routerv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/router/v3"
	hcmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	matcherv3 "github.com/envoyproxy/go-control-plane/envoy/type/matcher/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/gwctl/gwctl/providers/xds/translate"
)

// snapshot makes what a gateway is served.
func snapshot(gateway string, resources ...[]*translate.Resource) *translate.Snapshot {
	s := &translate.Snapshot{Gateway: gateway, Resources: map[translate.Type]map[string]*translate.Resource{}}
	for _, some := range resources {
		for _, r := range some {
			if s.Resources[r.Type] == nil {
				s.Resources[r.Type] = map[string]*translate.Resource{}
			}
			s.Resources[r.Type][r.Name] = r
		}
	}
	return s
}

func made(typ translate.Type, name string, m proto.Message) *translate.Resource {
	body := must(proto.MarshalOptions{Deterministic: true}.Marshal(m))
	sum := sha256.Sum256(body)
	return &translate.Resource{Type: typ, Name: name, Version: hex.EncodeToString(sum[:8]), Body: body}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func overADS() *corev3.ConfigSource {
	return &corev3.ConfigSource{
		ResourceApiVersion:    corev3.ApiVersion_V3,
		ConfigSourceSpecifier: &corev3.ConfigSource_Ads{Ads: &corev3.AggregatedConfigSource{}},
	}
}

func address(hostPort string) *corev3.Address {
	host, port, err := net.SplitHostPort(hostPort)
	if err != nil {
		panic(err)
	}
	return &corev3.Address{Address: &corev3.Address_SocketAddress{SocketAddress: &corev3.SocketAddress{
		Address:       host,
		PortSpecifier: &corev3.SocketAddress_PortValue{PortValue: uint32(must(strconv.ParseUint(port, 10, 16)))},
	}}}
}

// cluster is a cluster with its endpoints.
func cluster(name string, endpoints ...string) []*translate.Resource {
	return clusterWith(name, time.Second, endpoints...)
}

func clusterWith(name string, connect time.Duration, endpoints ...string) []*translate.Resource {
	return []*translate.Resource{
		made(translate.Cluster, name, &clusterv3.Cluster{
			Name:                 name,
			ClusterDiscoveryType: &clusterv3.Cluster_Type{Type: clusterv3.Cluster_EDS},
			EdsClusterConfig:     &clusterv3.Cluster_EdsClusterConfig{EdsConfig: overADS()},
			ConnectTimeout:       durationpb.New(connect),
		}),
		assignment(name, endpoints...),
	}
}

func assignment(name string, endpoints ...string) *translate.Resource {
	var all []*endpointv3.LbEndpoint
	for _, e := range endpoints {
		all = append(all, &endpointv3.LbEndpoint{HostIdentifier: &endpointv3.LbEndpoint_Endpoint{
			Endpoint: &endpointv3.Endpoint{Address: address(e)},
		}})
	}
	return made(translate.Endpoint, name, &endpointv3.ClusterLoadAssignment{
		ClusterName: name,
		Endpoints:   []*endpointv3.LocalityLbEndpoints{{LbEndpoints: all}},
	})
}

// listener listens on an address, for the route table of the given name.
func listener(name, hostPort, routes string) []*translate.Resource {
	router := must(anypb.New(&routerv3.Router{}))
	manager := must(anypb.New(&hcmv3.HttpConnectionManager{
		StatPrefix: name,
		RouteSpecifier: &hcmv3.HttpConnectionManager_Rds{Rds: &hcmv3.Rds{
			ConfigSource: overADS(), RouteConfigName: routes,
		}},
		HttpFilters: []*hcmv3.HttpFilter{{
			Name:       "envoy.filters.http.router",
			ConfigType: &hcmv3.HttpFilter_TypedConfig{TypedConfig: router},
		}},
	}))
	return []*translate.Resource{made(translate.Listener, name, &listenerv3.Listener{
		Name:    name,
		Address: address(hostPort),
		FilterChains: []*listenerv3.FilterChain{{Filters: []*listenerv3.Filter{{
			Name:       "envoy.filters.network.http_connection_manager",
			ConfigType: &listenerv3.Filter_TypedConfig{TypedConfig: manager},
		}}}},
	})}
}

// routes is a route table of lines like `prefix / a=90 b=10` and `regex /x a`.
func routes(name string, lines ...string) []*translate.Resource {
	host := &routev3.VirtualHost{Name: "all", Domains: []string{"*"}}
	for _, line := range lines {
		fields := strings.Fields(line)
		match := &routev3.RouteMatch{PathSpecifier: &routev3.RouteMatch_Prefix{Prefix: fields[1]}}
		if fields[0] == "regex" {
			match.PathSpecifier = &routev3.RouteMatch_SafeRegex{SafeRegex: &matcherv3.RegexMatcher{Regex: fields[1]}}
		}
		split := &routev3.WeightedCluster{}
		for _, target := range fields[2:] {
			to, weight, weighted := strings.Cut(target, "=")
			if !weighted {
				weight = "1"
			}
			split.Clusters = append(split.Clusters, &routev3.WeightedCluster_ClusterWeight{
				Name: to, Weight: wrapperspb.UInt32(uint32(must(strconv.ParseUint(weight, 10, 31)))),
			})
		}
		host.Routes = append(host.Routes, &routev3.Route{
			Match: match,
			Action: &routev3.Route_Route{Route: &routev3.RouteAction{
				ClusterSpecifier: &routev3.RouteAction_WeightedClusters{WeightedClusters: split},
			}},
		})
	}
	return []*translate.Resource{made(translate.Route, name, &routev3.RouteConfiguration{
		Name:             name,
		VirtualHosts:     []*routev3.VirtualHost{host},
		ValidateClusters: wrapperspb.Bool(false),
	})}
}
