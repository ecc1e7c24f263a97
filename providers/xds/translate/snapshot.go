package translate

import (
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"
)

// snapshot builds what one gateway's Envoys are served.
type snapshot struct {
	gateway  *gateway
	attached attachments
	backends map[string]*backendResources // by cluster
	out      *Snapshot
}

func (s *snapshot) build() *Snapshot {
	s.out = &Snapshot{Gateway: s.gateway.key, Resources: map[Type]map[string]*Resource{
		Cluster: {}, Endpoint: {}, Listener: {}, Route: {},
	}}
	ports := map[int32][]*listener{}
	for _, l := range s.gateway.listeners {
		if l.served() && len(s.gateway.addresses) > 0 {
			ports[l.Port] = append(ports[l.Port], l)
		}
	}
	for _, port := range slices.Sorted(maps.Keys(ports)) {
		s.addPort(port, ports[port])
	}
	return s.out
}

// addPort adds the listeners of one port, one for each address, the table of
// routes that they share, and what the routes send to. An address or a port is
// part of a listener's name: moved in place, a listener that cannot bind would
// take the old one down with it.
func (s *snapshot) addPort(port int32, listeners []*listener) {
	table := fmt.Sprintf("%s/%d", s.gateway.key, port)
	for i, address := range s.gateway.addresses {
		name := table
		var origins []Origin
		for _, l := range listeners {
			origins = append(origins, Origin{s.gateway.id, index("spec.listeners", l.index)})
		}
		if address != anyAddress {
			name = s.gateway.key + "/" + net.JoinHostPort(address, strconv.Itoa(int(port)))
			origins = append(origins, Origin{s.gateway.id, index("spec.addresses", i)})
		}
		s.add(newResource(Listener, name, listenerBody(name, address, port, table), nil, origins))
	}

	l := face{port, listeners[0].scheme}
	hosts := virtualHosts(listeners, s.attached, func(r *route) []*entry {
		return r.build(l, r.place.clusters).entries
	})
	body, clusters := routeTable(table, hosts)
	s.add(newResource(Route, table, body, clusters, s.tableOrigins(listeners)))
	for _, c := range clusters {
		built := s.backends[c]
		s.add(built.cluster)
		if built.endpoints != nil {
			s.add(built.endpoints)
		}
	}
}

func (s *snapshot) add(r *Resource) { s.out.Resources[r.Type][r.Name] = r }

func (s *snapshot) tableOrigins(listeners []*listener) []Origin {
	var out []Origin
	for _, l := range listeners {
		out = append(out, Origin{s.gateway.id, index("spec.listeners", l.index) + ".hostname"})
	}
	seen := map[*route]bool{}
	for i, l := range listeners {
		attached := s.attached[l]
		out = slices.Grow(out, 2*len(attached))
		for _, a := range attached {
			if i > 0 && seen[a.route] {
				continue
			}
			if len(listeners) > 1 {
				seen[a.route] = true
			}
			out = append(out, a.route.origins...)
		}
	}
	return out
}
