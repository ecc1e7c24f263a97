// Package bootstrap writes the configuration that an Envoy starts with: who it
// is, and where its xDS server is. All else comes from that server.
package bootstrap

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	bootstrapv3 "github.com/envoyproxy/go-control-plane/envoy/config/bootstrap/v3"
	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	endpointv3 "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	overloadv3 "github.com/envoyproxy/go-control-plane/envoy/config/overload/v3"
	connectionsv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/resource_monitors/downstream_connections/v3"
	httpv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/upstreams/http/v3"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/util/validation"
	"sigs.k8s.io/yaml"
)

// serverClusterName is the name of the cluster that leads to the xDS server.
const serverClusterName = "gwctl_xds"

// maxConnections is how many downstream connections an Envoy accepts, so that
// a flood of them cannot take all memory.
const maxConnections = 50_000

// maxRegexSize bounds the size of a compiled regular expression. Envoy's own
// default of 100 refuses what people write by hand, such as [a-z0-9]{1,63}.
const maxRegexSize = 32_768

// Options say what an Envoy must know before it can ask.
type Options struct {
	Gateway string // "default/public": whose configuration it serves
	// NodeID tells this Envoy from the gateway's others. Without one the same
	// bootstrap serves a fleet, and each Envoy is started with --service-node.
	NodeID string
	Server string // host:port of the xDS server
	Admin  string // host:port of Envoy's own admin interface, on loopback; default "127.0.0.1:0"
	// StateOfTheWorld asks for all resources with every change instead of the
	// changed ones.
	StateOfTheWorld bool
}

// Bootstrap returns the bootstrap as YAML. The same options give the same
// bytes.
func Bootstrap(opts Options) ([]byte, error) {
	if err := checkGateway(opts.Gateway); err != nil {
		return nil, err
	}
	server, err := parseHostPort("the xDS server", opts.Server)
	if err != nil {
		return nil, err
	}
	if server.port == 0 {
		return nil, fmt.Errorf("the xDS server %q has port 0: give the port it listens on, 1 to 65535", opts.Server)
	}
	if opts.Admin == "" {
		opts.Admin = "127.0.0.1:0"
	}
	admin, err := parseHostPort("Envoy's admin interface", opts.Admin)
	if err != nil {
		return nil, err
	}
	if ip, err := netip.ParseAddr(admin.host); err != nil || !ip.IsLoopback() {
		return nil, fmt.Errorf("the admin interface of Envoy is not protected and can stop the proxy, so %q is not allowed: give a loopback address, such as 127.0.0.1:9901", opts.Admin)
	}
	message, err := build(opts, server, admin)
	if err != nil {
		return nil, err
	}
	json, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(message)
	if err != nil {
		return nil, fmt.Errorf("writing the bootstrap: %w", err)
	}
	return yaml.JSONToYAML(json) // sorts keys: protojson's spacing is random
}

func checkGateway(gateway string) error {
	namespace, name, ok := strings.Cut(gateway, "/")
	if !ok || len(validation.IsDNS1123Label(namespace)) > 0 || len(validation.IsDNS1123Subdomain(name)) > 0 {
		return fmt.Errorf("%q names no gateway: give NAMESPACE/NAME, such as default/public", gateway)
	}
	return nil
}

type hostPort struct {
	host string
	port uint32
}

func parseHostPort(what, s string) (hostPort, error) {
	host, port, err := net.SplitHostPort(s)
	if err != nil || host == "" {
		return hostPort{}, fmt.Errorf("%q is no address of %s: give HOST:PORT, such as 127.0.0.1:18000", s, what)
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return hostPort{}, fmt.Errorf("the port of %s in %q is no number from 0 to 65535", what, s)
	}
	return hostPort{host, uint32(n)}, nil
}

func (h hostPort) address() *corev3.Address {
	return &corev3.Address{Address: &corev3.Address_SocketAddress{SocketAddress: &corev3.SocketAddress{
		Address:       h.host,
		PortSpecifier: &corev3.SocketAddress_PortValue{PortValue: h.port},
	}}}
}

func build(opts Options, server, admin hostPort) (*bootstrapv3.Bootstrap, error) {
	cluster, err := serverCluster(server)
	if err != nil {
		return nil, err
	}
	overload, err := overloadManager()
	if err != nil {
		return nil, err
	}
	runtime, err := layeredRuntime()
	if err != nil {
		return nil, err
	}
	api := corev3.ApiConfigSource_DELTA_GRPC
	if opts.StateOfTheWorld {
		api = corev3.ApiConfigSource_GRPC
	}
	return &bootstrapv3.Bootstrap{
		Node:  &corev3.Node{Id: opts.NodeID, Cluster: opts.Gateway},
		Admin: &bootstrapv3.Admin{Address: admin.address()},
		DynamicResources: &bootstrapv3.Bootstrap_DynamicResources{
			AdsConfig: &corev3.ApiConfigSource{
				ApiType:                   api,
				TransportApiVersion:       corev3.ApiVersion_V3,
				SetNodeOnFirstMessageOnly: true,
				GrpcServices: []*corev3.GrpcService{{TargetSpecifier: &corev3.GrpcService_EnvoyGrpc_{
					EnvoyGrpc: &corev3.GrpcService_EnvoyGrpc{
						ClusterName: serverClusterName,
						// After a restart of the server all Envoys are back
						// within seconds, yet not all at the same moment.
						RetryPolicy: &corev3.RetryPolicy{RetryBackOff: &corev3.BackoffStrategy{
							BaseInterval: durationpb.New(500 * time.Millisecond),
							MaxInterval:  durationpb.New(5 * time.Second),
						}},
					},
				}}},
			},
			LdsConfig: overADS(),
			CdsConfig: overADS(),
		},
		StaticResources:     &bootstrapv3.Bootstrap_StaticResources{Clusters: []*clusterv3.Cluster{cluster}},
		OverloadManager:     overload,
		LayeredRuntime:      runtime,
		DeferredStatOptions: &bootstrapv3.Bootstrap_DeferredStatOptions{EnableDeferredCreationStats: true},
	}, nil
}

// overADS waits without end for the first answer: an Envoy that has no
// configuration yet must not say that it is ready.
func overADS() *corev3.ConfigSource {
	return &corev3.ConfigSource{
		ResourceApiVersion:    corev3.ApiVersion_V3,
		InitialFetchTimeout:   durationpb.New(0),
		ConfigSourceSpecifier: &corev3.ConfigSource_Ads{Ads: &corev3.AggregatedConfigSource{}},
	}
}

func serverCluster(server hostPort) (*clusterv3.Cluster, error) {
	discovery := clusterv3.Cluster_STRICT_DNS
	if _, err := netip.ParseAddr(server.host); err == nil {
		discovery = clusterv3.Cluster_STATIC
	}
	options, err := anyOf(&httpv3.HttpProtocolOptions{
		UpstreamProtocolOptions: &httpv3.HttpProtocolOptions_ExplicitHttpConfig_{
			ExplicitHttpConfig: &httpv3.HttpProtocolOptions_ExplicitHttpConfig{
				ProtocolConfig: &httpv3.HttpProtocolOptions_ExplicitHttpConfig_Http2ProtocolOptions{
					Http2ProtocolOptions: &corev3.Http2ProtocolOptions{
						// A server that is gone without a word is noticed, and
						// idle streams survive what forgets idle connections.
						ConnectionKeepalive: &corev3.KeepaliveSettings{
							Interval: durationpb.New(30 * time.Second),
							Timeout:  durationpb.New(5 * time.Second),
						},
					},
				},
			},
		},
	})
	if err != nil {
		return nil, err
	}
	return &clusterv3.Cluster{
		Name:                 serverClusterName,
		ClusterDiscoveryType: &clusterv3.Cluster_Type{Type: discovery},
		ConnectTimeout:       durationpb.New(2 * time.Second),
		TypedExtensionProtocolOptions: map[string]*anypb.Any{
			"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": options,
		},
		LoadAssignment: &endpointv3.ClusterLoadAssignment{
			ClusterName: serverClusterName,
			Endpoints: []*endpointv3.LocalityLbEndpoints{{LbEndpoints: []*endpointv3.LbEndpoint{{
				HostIdentifier: &endpointv3.LbEndpoint_Endpoint{Endpoint: &endpointv3.Endpoint{Address: server.address()}},
			}}}},
		},
	}, nil
}

func overloadManager() (*overloadv3.OverloadManager, error) {
	connections, err := anyOf(&connectionsv3.DownstreamConnectionsConfig{MaxActiveDownstreamConnections: maxConnections})
	if err != nil {
		return nil, err
	}
	return &overloadv3.OverloadManager{ResourceMonitors: []*overloadv3.ResourceMonitor{{
		Name:       "envoy.resource_monitors.global_downstream_max_connections",
		ConfigType: &overloadv3.ResourceMonitor_TypedConfig{TypedConfig: connections},
	}}}, nil
}

func layeredRuntime() (*bootstrapv3.LayeredRuntime, error) {
	static, err := structpb.NewStruct(map[string]any{"re2.max_program_size.error_level": maxRegexSize})
	if err != nil {
		return nil, fmt.Errorf("writing the bootstrap: %w", err)
	}
	return &bootstrapv3.LayeredRuntime{Layers: []*bootstrapv3.RuntimeLayer{{
		Name:           "gwctl",
		LayerSpecifier: &bootstrapv3.RuntimeLayer_StaticLayer{StaticLayer: static},
	}}}, nil
}

func anyOf(m proto.Message) (*anypb.Any, error) {
	a, err := anypb.New(m)
	if err != nil {
		return nil, fmt.Errorf("writing the bootstrap: %w", err)
	}
	return a, nil
}
