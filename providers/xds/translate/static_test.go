package translate_test

import (
	"path/filepath"
	"testing"

	bootstrapv3 "github.com/envoyproxy/go-control-plane/envoy/config/bootstrap/v3"
	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	endpointv3 "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	listenerv3 "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	hcmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	tlsv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
	rlsv3 "github.com/envoyproxy/go-control-plane/ratelimit/config/ratelimit/v3"
	"github.com/gwctl/gwctl/internal/certificate/certificatetest"
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
	case translate.Secret:
		return &tlsv3.Secret{}
	case translate.Cluster:
		return &clusterv3.Cluster{}
	case translate.Endpoint:
		return &endpointv3.ClusterLoadAssignment{}
	case translate.Listener:
		return &listenerv3.Listener{}
	case translate.Extension:
		return &corev3.TypedExtensionConfig{}
	case translate.Route:
		return &routev3.RouteConfiguration{}
	case translate.RateLimit:
		return &rlsv3.RateLimitConfig{}
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
		if c.TransportSocket != nil {
			c.TransportSocket.ConfigType = &corev3.TransportSocket_TypedConfig{TypedConfig: inlineTLS(t, c.TransportSocket.GetTypedConfig(), &tlsv3.UpstreamTlsContext{})}
		}
		out.StaticResources.Clusters = append(out.StaticResources.Clusters, c)
	}
	files := newFiles(t)
	for _, name := range sortedKeys(s.Resources[translate.Secret]) {
		secret := decodeResource(t, s.Resources[translate.Secret][name]).(*tlsv3.Secret)
		files.fill(secret)
		out.StaticResources.Secrets = append(out.StaticResources.Secrets, secret)
	}
	for _, name := range sortedKeys(s.Resources[translate.Listener]) {
		l := decodeResource(t, s.Resources[translate.Listener][name]).(*listenerv3.Listener)
		l.Address.GetSocketAddress().Address = "127.0.0.1"
		l.Address.GetSocketAddress().PortSpecifier = &corev3.SocketAddress_PortValue{}
		for _, c := range l.FilterChains {
			inline(t, s, c.Filters[0])
			if c.TransportSocket != nil {
				c.TransportSocket.ConfigType = &corev3.TransportSocket_TypedConfig{TypedConfig: inlineTLS(t, c.TransportSocket.GetTypedConfig(), &tlsv3.DownstreamTlsContext{})}
			}
		}
		out.StaticResources.Listeners = append(out.StaticResources.Listeners, l)
	}
	b, err := protojson.Marshal(&out)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// inline puts into a filter what it would ask for.
func inline(t testing.TB, s *translate.Snapshot, filter *listenerv3.Filter) {
	t.Helper()
	if filter.GetConfigDiscovery() != nil {
		extension := decodeResource(t, s.Resources[translate.Extension][filter.Name]).(*corev3.TypedExtensionConfig)
		filter.ConfigType = &listenerv3.Filter_TypedConfig{TypedConfig: extension.TypedConfig}
		return
	}
	var manager hcmv3.HttpConnectionManager
	if err := filter.GetTypedConfig().UnmarshalTo(&manager); err != nil {
		t.Fatal(err)
	}
	table := decodeResource(t, s.Resources[translate.Route][manager.GetRds().RouteConfigName]).(*routev3.RouteConfiguration)
	table.ValidateClusters = wrapperspb.Bool(false) // as over xDS
	manager.RouteSpecifier = &hcmv3.HttpConnectionManager_RouteConfig{RouteConfig: table}
	filter.ConfigType = &listenerv3.Filter_TypedConfig{TypedConfig: packed(t, &manager)}
}

// inlineTLS makes the secrets that a socket names those of the bootstrap.
func inlineTLS(t testing.TB, in *anypb.Any, typed interface {
	proto.Message
	GetCommonTlsContext() *tlsv3.CommonTlsContext
},
) *anypb.Any {
	t.Helper()
	if err := in.UnmarshalTo(typed); err != nil {
		t.Fatal(err)
	}
	c := typed.GetCommonTlsContext()
	if v := c.GetValidationContext(); v != nil { // of the system, which may have none
		v.TrustedCa = &corev3.DataSource{Specifier: &corev3.DataSource_InlineBytes{InlineBytes: certificatetest.NewAuthority(t).PEM}}
	}
	named := c.GetTlsCertificateSdsSecretConfigs()
	if v := c.GetValidationContextSdsSecretConfig(); v != nil {
		named = append(named, v)
	}
	if v := c.GetCombinedValidationContext().GetValidationContextSdsSecretConfig(); v != nil {
		named = append(named, v)
	}
	for _, n := range named {
		n.SdsConfig = nil
	}
	return packed(t, typed)
}

func packed(t testing.TB, m proto.Message) *anypb.Any {
	t.Helper()
	out, err := anypb.New(m)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// files stand in for those that secrets name.
type files struct{ cert, key string }

func newFiles(t testing.TB) files {
	t.Helper()
	dir := t.TempDir()
	certificatetest.NewAuthority(t).Issue(t, "example.com").Write(t, dir, "tls")
	return files{filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")}
}

func (f files) fill(s *tlsv3.Secret) {
	name := func(path string) *corev3.DataSource {
		return &corev3.DataSource{Specifier: &corev3.DataSource_Filename{Filename: path}}
	}
	if c := s.GetTlsCertificate(); c != nil {
		c.CertificateChain, c.PrivateKey = name(f.cert), name(f.key)
	}
	if v := s.GetValidationContext(); v != nil {
		v.TrustedCa = name(f.cert)
	}
}
