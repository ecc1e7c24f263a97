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

// body writes the route configuration.
func (t *routeTable) body() []byte {
	b := marshal(&routev3.RouteConfiguration{
		Name: t.name,
		// Clients that name the port mean the same host.
		IgnorePortInHostMatching: true,
	})
	total := len(b)
	for _, h := range t.hosts {
		total += sizeField(fieldVirtualHosts, h.totalSize())
	}
	b = slices.Grow(b, total-len(b))
	for _, h := range t.hosts {
		b = h.append(b)
	}
	return b
}

func (h *virtualHost) domain() string {
	if h.hostname == "" {
		return "*"
	}
	return h.hostname
}

func (h *virtualHost) totalSize() int {
	return sizeField(fieldName, len(h.domain())) + sizeField(fieldDomains, len(h.domain())) + h.size
}

func (h *virtualHost) append(b []byte) []byte {
	b = appendHead(b, fieldVirtualHosts, h.totalSize())
	b = appendText(b, fieldName, h.domain())
	b = appendText(b, fieldDomains, h.domain())
	if h.tree != nil {
		return h.tree.append(b)
	}
	for _, e := range h.reached() {
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
