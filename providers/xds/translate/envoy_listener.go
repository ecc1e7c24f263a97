package translate

import (
	"time"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	listenerv3 "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	tlsinspectorv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/listener/tls_inspector/v3"
	hcmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// connectionBuffer bounds what Envoy holds for one connection, as its guide for
// edge proxies advises.
const connectionBuffer = 32 << 10

// chain is one of a listener's ways to take a connection.
type chain struct {
	name       string       // "" for the one of plain HTTP
	table      string       // of the routes of requests; or
	forwarding string       // the filter that says where connections go
	secure     bool         // for clients that speak TLS
	hostname   string       // that they ask for; "" is any
	tls        *listenerTLS // that is ended here; nil where it is not
	hops       uint32       // how many proxies before Envoy are trusted
	limiter    string       // the cluster that counts requests for all Envoys; "" where there is none
}

// listenerBody builds one listener. Nothing in it depends on where routes lead,
// so that a change of routes never drains connections. Envoy drains the chains
// alone that are another or no more, whatever becomes of those beside them.
func listenerBody(name, address string, port int32, chains []chain) []byte {
	out := &listenerv3.Listener{
		Name:                          name,
		Address:                       socketAddress(corev3.SocketAddress_TCP, address, uint32(port)),
		PerConnectionBufferLimitBytes: wrapperspb.UInt32(connectionBuffer),
	}
	inspect := false
	for _, c := range chains {
		built := &listenerv3.FilterChain{Name: c.name, Filters: []*listenerv3.Filter{c.filter(name)}}
		if c.tls != nil {
			built.TransportSocket = terminate(c.tls, c.protocols())
		}
		if c.secure {
			inspect = true
			built.FilterChainMatch = &listenerv3.FilterChainMatch{TransportProtocol: "tls"}
			if c.hostname != "" {
				built.FilterChainMatch.ServerNames = []string{c.hostname}
			}
		}
		out.FilterChains = append(out.FilterChains, built)
	}
	if inspect {
		out.ListenerFilters = []*listenerv3.ListenerFilter{{
			Name:       "envoy.filters.listener.tls_inspector",
			ConfigType: &listenerv3.ListenerFilter_TypedConfig{TypedConfig: pack(&tlsinspectorv3.TlsInspector{})},
		}}
	}
	return marshal(out)
}

func socketAddress(protocol corev3.SocketAddress_Protocol, address string, port uint32) *corev3.Address {
	return &corev3.Address{Address: &corev3.Address_SocketAddress{SocketAddress: &corev3.SocketAddress{
		Protocol: protocol, Address: address, PortSpecifier: &corev3.SocketAddress_PortValue{PortValue: port},
	}}}
}

// filter is what takes the connections of a chain.
func (c chain) filter(listener string) *listenerv3.Filter {
	if c.forwarding != "" {
		return forwardingFilter(c.forwarding)
	}
	return &listenerv3.Filter{
		Name:       "envoy.filters.network.http_connection_manager",
		ConfigType: &listenerv3.Filter_TypedConfig{TypedConfig: pack(connectionManager(listener, c))},
	}
}

// protocols are those that clients are offered inside of TLS. What is forwarded
// may be anything.
func (c chain) protocols() []string {
	if c.forwarding != "" {
		return nil
	}
	return []string{"h2", "http/1.1"}
}

// connectionManager has the settings that Envoy's guide for edge proxies and
// Envoy Gateway agree on, so that one configuration means the same on both
// targets.
func connectionManager(name string, c chain) *hcmv3.HttpConnectionManager {
	return &hcmv3.HttpConnectionManager{
		StatPrefix: name,
		RouteSpecifier: &hcmv3.HttpConnectionManager_Rds{Rds: &hcmv3.Rds{
			RouteConfigName: c.table,
			ConfigSource:    overADS(0), // rather no listener than one that answers 404
		}},
		HttpFilters:    httpFilters(c.limiter),
		UpgradeConfigs: []*hcmv3.HttpConnectionManager_UpgradeConfig{{UpgradeType: "websocket"}},

		UseRemoteAddress:      wrapperspb.Bool(true), // the client's address is the connection's, without a proxy before
		XffNumTrustedHops:     c.hops,
		InternalAddressConfig: trustNobody(),

		// What routes match is what backends get.
		NormalizePath:                wrapperspb.Bool(true),
		MergeSlashes:                 true,
		PathWithEscapedSlashesAction: hcmv3.HttpConnectionManager_UNESCAPE_AND_REDIRECT,
		CommonHttpProtocolOptions: &corev3.HttpProtocolOptions{
			HeadersWithUnderscoresAction: corev3.HttpProtocolOptions_REJECT_REQUEST,
		},
		ServerHeaderTransformation: hcmv3.HttpConnectionManager_PASS_THROUGH,

		// Clients that are slow on purpose, or open streams without end.
		StreamIdleTimeout:     durationpb.New(streamIdleTimeout),
		RequestHeadersTimeout: durationpb.New(10 * time.Second),
		Http2ProtocolOptions: &corev3.Http2ProtocolOptions{
			MaxConcurrentStreams:        wrapperspb.UInt32(100),
			InitialStreamWindowSize:     wrapperspb.UInt32(64 << 10),
			InitialConnectionWindowSize: wrapperspb.UInt32(1 << 20),
		},
	}
}

// trustNobody makes no client an internal one, which could set timeouts and
// retries by headers. Without a range Envoy trusts all private networks, so the
// range is an address that no client has.
func trustNobody() *hcmv3.HttpConnectionManager_InternalAddressConfig {
	return &hcmv3.HttpConnectionManager_InternalAddressConfig{CidrRanges: []*corev3.CidrRange{{
		AddressPrefix: "255.255.255.255", PrefixLen: wrapperspb.UInt32(32),
	}}}
}

// overADS says that a resource comes over the stream that all come over. With
// timeout 0 Envoy waits for it without end.
func overADS(timeout time.Duration) *corev3.ConfigSource {
	return &corev3.ConfigSource{
		ResourceApiVersion:    corev3.ApiVersion_V3,
		InitialFetchTimeout:   durationpb.New(timeout),
		ConfigSourceSpecifier: &corev3.ConfigSource_Ads{Ads: &corev3.AggregatedConfigSource{}},
	}
}
