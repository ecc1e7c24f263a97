package translate_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	listenerv3 "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	hcmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	tcpproxyv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/tcp_proxy/v3"
	tlsv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
	"github.com/gwctl/gwctl/providers/xds/translate"
	"google.golang.org/protobuf/proto"
)

// checkSnapshot finds what Envoy would refuse without asking it, and what would
// break the order of a rollout.
func checkSnapshot(s *translate.Snapshot) error {
	for typ, resources := range s.Resources {
		for name, r := range resources {
			m := newMessage(typ)
			if err := proto.Unmarshal(r.Body, m); err != nil {
				return fmt.Errorf("%s %s: %w", typ, name, err)
			}
			if r.Name != name || r.Type != typ || r.Version == "" || len(r.Origins()) == 0 {
				return fmt.Errorf("%s %s: %+v", typ, name, r)
			}
			if err := m.(interface{ ValidateAll() error }).ValidateAll(); err != nil {
				return fmt.Errorf("%s %s: %w", typ, name, err)
			}
			for _, c := range r.Clusters {
				if s.Resources[translate.Cluster][c] == nil {
					return fmt.Errorf("%s %s sends to cluster %s, which is not there", typ, name, c)
				}
			}
			if err := checkMessage(s, m); err != nil {
				return fmt.Errorf("%s %s: %w", typ, name, err)
			}
			if typ == translate.Secret && !named(s, name) {
				return fmt.Errorf("secret %s is served, and nothing of the gateway's names it", name)
			}
		}
	}
	return nil
}

// named reports whether a listener or a cluster has the name of a secret.
func named(s *translate.Snapshot, secret string) bool {
	for _, typ := range []translate.Type{translate.Listener, translate.Cluster} {
		for _, r := range s.Resources[typ] {
			if bytes.Contains(r.Body, []byte(secret)) {
				return true
			}
		}
	}
	return false
}

func checkMessage(s *translate.Snapshot, m proto.Message) error {
	switch m := m.(type) {
	case *listenerv3.Listener:
		for _, chain := range m.FilterChains {
			if err := checkChain(s, chain); err != nil {
				return err
			}
		}
	case *corev3.TypedExtensionConfig:
		var proxy tcpproxyv3.TcpProxy
		if err := m.TypedConfig.UnmarshalTo(&proxy); err != nil {
			return err
		}
		return proxy.ValidateAll()
	case *clusterv3.Cluster:
		if m.EdsClusterConfig != nil && s.Resources[translate.Endpoint][m.Name] == nil {
			return fmt.Errorf("the endpoints are not there")
		}
		return checkUpstream(s, m)
	case *routev3.RouteConfiguration:
		domains := map[string]bool{}
		for _, h := range m.VirtualHosts {
			if domain := strings.ToLower(h.Domains[0]); domains[domain] {
				return fmt.Errorf("domain %s is there twice", domain)
			} else {
				domains[domain] = true
			}
			for _, r := range h.Routes {
				if err := checkClusters(s, r.GetRoute()); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func checkFilter(s *translate.Snapshot, f *listenerv3.Filter) error {
	if f.GetConfigDiscovery() != nil {
		if s.Resources[translate.Extension][f.Name] == nil {
			return fmt.Errorf("filter %s is not there", f.Name)
		}
		return nil
	}
	var manager hcmv3.HttpConnectionManager
	if err := f.GetTypedConfig().UnmarshalTo(&manager); err != nil {
		return err
	}
	if err := manager.ValidateAll(); err != nil {
		return err
	}
	if table := manager.GetRds().GetRouteConfigName(); s.Resources[translate.Route][table] == nil {
		return fmt.Errorf("route table %s is not there", table)
	}
	return nil
}

func checkChain(s *translate.Snapshot, chain *listenerv3.FilterChain) error {
	if err := checkFilter(s, chain.Filters[0]); err != nil {
		return err
	}
	if chain.TransportSocket == nil {
		return nil
	}
	var socket tlsv3.DownstreamTlsContext
	if err := chain.TransportSocket.GetTypedConfig().UnmarshalTo(&socket); err != nil {
		return err
	}
	if err := socket.ValidateAll(); err != nil {
		return err
	}
	common := socket.CommonTlsContext
	named := common.TlsCertificateSdsSecretConfigs
	if len(named) == 0 {
		return fmt.Errorf("chain %s shows no certificate", chain.Name)
	}
	strict, lax := common.GetValidationContextSdsSecretConfig(), common.GetCombinedValidationContext().GetValidationContextSdsSecretConfig()
	if (strict != nil) != socket.RequireClientCertificate.GetValue() {
		return fmt.Errorf("chain %s: clients are validated by %v, and certificates required: %v", chain.Name, strict, socket.RequireClientCertificate)
	}
	for _, v := range []*tlsv3.SdsSecretConfig{strict, lax} {
		if v != nil {
			named = append(named, v)
		}
	}
	for _, n := range named {
		if s.Resources[translate.Secret][n.Name] == nil {
			return fmt.Errorf("secret %s is not there", n.Name)
		}
	}
	return nil
}

// checkUpstream holds a cluster that speaks TLS to look at whom it speaks to.
func checkUpstream(s *translate.Snapshot, c *clusterv3.Cluster) error {
	if c.TransportSocket == nil {
		return nil
	}
	var socket tlsv3.UpstreamTlsContext
	if err := c.TransportSocket.GetTypedConfig().UnmarshalTo(&socket); err != nil {
		return err
	}
	if err := socket.ValidateAll(); err != nil {
		return err
	}
	common := socket.CommonTlsContext
	expected, named := common.GetValidationContext(), common.TlsCertificateSdsSecretConfigs
	if both := common.GetCombinedValidationContext(); both != nil {
		expected, named = both.DefaultValidationContext, append(named, both.ValidationContextSdsSecretConfig)
	} else if expected.GetTrustedCa() == nil {
		return fmt.Errorf("it trusts everybody")
	}
	if len(expected.GetMatchTypedSubjectAltNames()) == 0 {
		return fmt.Errorf("it takes anybody for the backend")
	}
	waited := s.Resources[translate.Cluster][c.Name].Secrets
	for _, n := range named {
		if s.Resources[translate.Secret][n.Name] == nil || !slices.Contains(waited, n.Name) {
			return fmt.Errorf("secret %s is not there, or nobody waits for it", n.Name)
		}
	}
	return nil
}

func checkClusters(s *translate.Snapshot, action *routev3.RouteAction) error {
	if action == nil {
		return nil
	}
	names := []string{action.GetCluster()}
	for _, m := range action.RequestMirrorPolicies {
		names = append(names, m.Cluster)
	}
	var total uint32
	for _, c := range action.GetWeightedClusters().GetClusters() {
		names = append(names, c.Name)
		total += c.Weight.GetValue()
	}
	if action.GetWeightedClusters() != nil && total == 0 {
		return fmt.Errorf("all weights are 0")
	}
	for _, name := range names {
		if name != "" && name != translate.UnresolvedCluster && s.Resources[translate.Cluster][name] == nil {
			return fmt.Errorf("cluster %s is not there", name)
		}
	}
	return nil
}
