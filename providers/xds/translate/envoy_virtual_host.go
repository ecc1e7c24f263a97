package translate

import (
	"slices"

	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
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
// that it sends to. Hosts within the bounds have a match tree.
func routeTable(name string, hosts []virtualHost, trees treeBounds) (body []byte, clusters []string) {
	body = marshal(&routev3.RouteConfiguration{
		Name: name,
		// Clients that name the port mean the same host.
		IgnorePortInHostMatching: true,
	})
	total := len(body)
	encoded := make([]encodedHost, len(hosts))
	used := map[string]struct{}{}
	for i, h := range hosts {
		encoded[i] = encodeHost(h, trees)
		total += sizeField(fieldVirtualHosts, encoded[i].size)
		for _, e := range h.entries {
			for _, c := range e.clusters {
				used[c] = struct{}{}
			}
		}
	}
	body = slices.Grow(body, total)
	for i := range encoded {
		body = encoded[i].append(body)
	}
	for c := range used {
		clusters = append(clusters, c)
	}
	slices.Sort(clusters)
	return body, clusters
}

// encodedHost is a virtual host of which the size is known.
type encodedHost struct {
	virtualHost
	domain string
	tree   *encodedTree // nil: the entries are a list
	size   int
}

func encodeHost(h virtualHost, trees treeBounds) encodedHost {
	out := encodedHost{virtualHost: h, domain: h.hostname}
	if out.domain == "" {
		out.domain = "*"
	}
	out.size = sizeField(fieldName, len(out.domain)) + sizeField(fieldDomains, len(out.domain))
	if leaves := matchTree(h.entries, trees); leaves != nil {
		out.tree = encodeTree(leaves, h.hostname)
		out.size += out.tree.size()
		return out
	}
	for _, e := range h.entries {
		out.size += len(e.wireFor(h.hostname))
	}
	return out
}

func (h *encodedHost) append(b []byte) []byte {
	b = appendHead(b, fieldVirtualHosts, h.size)
	b = appendText(b, fieldName, h.domain)
	b = appendText(b, fieldDomains, h.domain)
	if h.tree != nil {
		return h.tree.append(b)
	}
	for _, e := range h.entries {
		b = append(b, e.wireFor(h.hostname)...)
	}
	return b
}

func (e *entry) wireFor(hostname string) []byte {
	if e.perHost != nil {
		return e.perHost(hostname)
	}
	return e.wire
}
