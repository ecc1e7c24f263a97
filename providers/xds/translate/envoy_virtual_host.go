package translate

import (
	"slices"

	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	"google.golang.org/protobuf/encoding/protowire"
)

// Fields of Envoy's messages that are put together from finished parts, so that
// a change of one route costs no more than copying the others.
const (
	fieldVirtualHosts = 2 // of RouteConfiguration
	fieldName         = 1 // of VirtualHost, and so on
	fieldDomains      = 2
	fieldRoutes       = 3
)

// routeTable builds the route configuration of one port and lists the clusters
// that it sends to.
func routeTable(name string, hosts []virtualHost) (body []byte, clusters []string) {
	body = marshal(&routev3.RouteConfiguration{
		Name: name,
		// Clients that name the port mean the same host.
		IgnorePortInHostMatching: true,
	})
	total := len(body)
	for _, h := range hosts {
		total += 4 * (len(h.hostname) + 8)
		for _, e := range h.entries {
			total += len(e.wireFor(h.hostname))
		}
	}
	body = slices.Grow(body, total)
	used := map[string]struct{}{}
	for _, h := range hosts {
		domain := h.hostname
		if domain == "" {
			domain = "*"
		}
		size := 2 * (protowire.SizeTag(fieldName) + protowire.SizeBytes(len(domain)))
		for _, e := range h.entries {
			size += len(e.wireFor(h.hostname))
		}
		body = protowire.AppendTag(body, fieldVirtualHosts, protowire.BytesType)
		body = protowire.AppendVarint(body, uint64(size))
		for _, field := range []protowire.Number{fieldName, fieldDomains} {
			body = protowire.AppendTag(body, field, protowire.BytesType)
			body = protowire.AppendString(body, domain)
		}
		for _, e := range h.entries {
			body = append(body, e.wireFor(h.hostname)...)
			for _, c := range e.clusters {
				used[c] = struct{}{}
			}
		}
	}
	for c := range used {
		clusters = append(clusters, c)
	}
	slices.Sort(clusters)
	return body, clusters
}

func (e *entry) wireFor(hostname string) []byte {
	if e.perHost != nil {
		return e.perHost(hostname)
	}
	return e.wire
}
