package translate_test

import (
	"testing"

	bootstrapv3 "github.com/envoyproxy/go-control-plane/envoy/config/bootstrap/v3"
	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	endpointv3 "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	listenerv3 "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	hcmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	"github.com/gwctl/gwctl/providers/xds/bootstrap"
	"github.com/gwctl/gwctl/providers/xds/translate"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/wrapperspb"
	"sigs.k8s.io/yaml"
)

func newMessage(typ translate.Type) proto.Message {
	switch typ {
	case translate.Cluster:
		return &clusterv3.Cluster{}
	case translate.Endpoint:
		return &endpointv3.ClusterLoadAssignment{}
	case translate.Listener:
		return &listenerv3.Listener{}
	case translate.Route:
		return &routev3.RouteConfiguration{}
	}
	return nil
}

// staticBootstrap puts all resources of a snapshot into a bootstrap, so that an
// Envoy needs no server: route tables inside of listeners, endpoints inside of
// clusters. Listeners get free ports on loopback.
func staticBootstrap(t testing.TB, s *translate.Snapshot) []byte {
	t.Helper()
	base, err := bootstrap.Bootstrap(bootstrap.Options{Gateway: s.Gateway, NodeID: "test", Server: "127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	baseJSON, err := yaml.YAMLToJSON(base)
	if err != nil {
		t.Fatal(err)
	}
	var out bootstrapv3.Bootstrap
	if err := protojson.Unmarshal(baseJSON, &out); err != nil {
		t.Fatal(err)
	}
	out.DynamicResources = nil
	out.StaticResources = &bootstrapv3.Bootstrap_StaticResources{}
	for _, name := range sortedKeys(s.Resources[translate.Cluster]) {
		c := decodeResource(t, s.Resources[translate.Cluster][name]).(*clusterv3.Cluster)
		if c.EdsClusterConfig != nil {
			c.EdsClusterConfig = nil
			c.ClusterDiscoveryType = &clusterv3.Cluster_Type{Type: clusterv3.Cluster_STATIC}
			c.LoadAssignment = decodeResource(t, s.Resources[translate.Endpoint][name]).(*endpointv3.ClusterLoadAssignment)
		}
		out.StaticResources.Clusters = append(out.StaticResources.Clusters, c)
	}
	for _, name := range sortedKeys(s.Resources[translate.Listener]) {
		l := decodeResource(t, s.Resources[translate.Listener][name]).(*listenerv3.Listener)
		l.Address.GetSocketAddress().Address = "127.0.0.1"
		l.Address.GetSocketAddress().PortSpecifier = &corev3.SocketAddress_PortValue{}
		filter := l.FilterChains[0].Filters[0]
		var manager hcmv3.HttpConnectionManager
		if err := filter.GetTypedConfig().UnmarshalTo(&manager); err != nil {
			t.Fatal(err)
		}
		table := decodeResource(t, s.Resources[translate.Route][manager.GetRds().RouteConfigName]).(*routev3.RouteConfiguration)
		table.ValidateClusters = wrapperspb.Bool(false) // as over xDS
		manager.RouteSpecifier = &hcmv3.HttpConnectionManager_RouteConfig{RouteConfig: table}
		packed, err := anypb.New(&manager)
		if err != nil {
			t.Fatal(err)
		}
		filter.ConfigType = &listenerv3.Filter_TypedConfig{TypedConfig: packed}
		out.StaticResources.Listeners = append(out.StaticResources.Listeners, l)
	}
	b, err := protojson.Marshal(&out)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
