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
		Secret: {}, Cluster: {}, Endpoint: {}, Listener: {}, Route: {},
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

// addPort adds the listeners of one port, one of Envoy's for each address, and
// what they need. An address or a port is part of a listener's name: moved in
// place, a listener that cannot bind would take the old one down with it.
func (s *snapshot) addPort(port int32, listeners []*listener) {
	chains := s.chains(fmt.Sprintf("%s/%d", s.gateway.key, port), listeners)
	if len(chains) == 0 {
		return
	}
	for i, address := range s.gateway.addresses {
		name := fmt.Sprintf("%s/%d", s.gateway.key, port)
		var origins []Origin
		for _, l := range listeners {
			origins = append(origins, Origin{l.owner, l.path})
			origins = append(origins, l.tls.origins()...) // Envoy may look at them with the listener
		}
		if address != anyAddress {
			name = s.gateway.key + "/" + net.JoinHostPort(address, strconv.Itoa(int(port)))
			origins = append(origins, Origin{s.gateway.id, index("spec.addresses", i)})
		}
		s.add(newResource(Listener, name, listenerBody(name, address, port, chains), nil, origins))
	}
}

// chains returns the filter chains for the listeners of one port, and adds what
// they refer to. Those that do not end TLS share one, with one table of routes;
// each of the others has its own, which clients choose by the name they ask for.
func (s *snapshot) chains(port string, listeners []*listener) []chain {
	var out []chain
	var plain, secure []*listener
	for _, l := range listeners {
		if l.tls == nil {
			plain = append(plain, l)
		} else {
			secure = append(secure, l)
		}
	}
	owner := ownersOf(secure)
	for _, l := range secure {
		if len(l.tls.certificates) == 0 { // clients see no listener at all
			continue
		}
		for _, c := range l.tls.certificates {
			s.add(c.build())
		}
		if v := l.tls.clients; v != nil {
			s.add(v.authority.build())
		}
		table := port + "/" + l.Name
		hosts := append(s.virtualHosts([]*listener{l}, owner), misdirections(l, owner)...)
		slices.SortFunc(hosts, virtualHost.compare)
		s.addRoutes(table, []*listener{l}, hosts)
		out = append(out, chain{table: table, hostname: l.Hostname, tls: l.tls})
	}
	if len(plain) > 0 {
		s.addRoutes(port, plain, s.virtualHosts(plain, ownersOf(plain)))
		out = append(out, chain{table: port})
	}
	return out
}

// virtualHosts builds those of listeners that share a table.
func (s *snapshot) virtualHosts(listeners []*listener, owner owners) []virtualHost {
	l := face{listeners[0].Port, listeners[0].scheme}
	return virtualHosts(listeners, owner, s.attached, func(r *route) []*entry {
		return r.build(l, r.place.clusters).entries
	})
}

// addRoutes adds the table of routes that listeners share, and what it sends to.
func (s *snapshot) addRoutes(table string, listeners []*listener, hosts []virtualHost) {
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
		out = append(out, Origin{l.owner, l.path + ".hostname"})
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
