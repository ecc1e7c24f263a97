package translate

import (
	"slices"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	listenerv3 "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	tcpproxyv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/tcp_proxy/v3"
)

// forwardingFilter names a filter that comes apart from its listener: as with
// tables of routes, another one is for new connections, and leaves those that
// are established alone.
func forwardingFilter(name string) *listenerv3.Filter {
	return &listenerv3.Filter{
		Name: name,
		ConfigType: &listenerv3.Filter_ConfigDiscovery{ConfigDiscovery: &corev3.ExtensionConfigSource{
			ConfigSource: overADS(0), // rather no listener than one that leads nowhere
			TypeUrls:     []string{pack(&tcpproxyv3.TcpProxy{}).TypeUrl},
		}},
	}
}

// forwardingBody builds that filter and lists the clusters of the route, those
// of weight 0 included: they are kept warm. Without a route, and for the share
// of references that lead nowhere, it closes connections.
func forwardingBody(name string, r *route, from egress) (body []byte, clusters []string) {
	proxy := &tcpproxyv3.TcpProxy{
		StatPrefix:       name,
		ClusterSpecifier: &tcpproxyv3.TcpProxy_Cluster{Cluster: UnresolvedCluster},
	}
	if r != nil {
		var split tcpproxyv3.TcpProxy_WeightedCluster
		for i, to := range r.place.clusters[from] {
			if to == "" {
				to = UnresolvedCluster
			} else {
				clusters = append(clusters, to)
			}
			if weight := r.rules[0].backends[i].weight; weight > 0 {
				split.Clusters = append(split.Clusters, &tcpproxyv3.TcpProxy_WeightedCluster_ClusterWeight{Name: to, Weight: weight})
			}
		}
		if len(split.Clusters) > 0 {
			proxy.ClusterSpecifier = &tcpproxyv3.TcpProxy_WeightedClusters{WeightedClusters: &split}
		}
	}
	return marshal(&corev3.TypedExtensionConfig{Name: name, TypedConfig: pack(proxy)}), slices.Compact(slices.Sorted(slices.Values(clusters)))
}
