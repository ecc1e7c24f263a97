package translate

import (
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"

	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// snapshot builds what one gateway's Envoys are served, as long as an inventory
// holds.
type snapshot struct {
	inventory *inventory
	gateway   *gateway
	trees     treeBounds
	limiter   *backend // nil: there is none
	at        attachments
	tables    map[string]*routeTable // by name
	out       *Snapshot              // for what is at the listeners now; nil before the first time
}

// update returns what is to be served when routes are at listeners like that.
func (s *snapshot) update(at attachments) *Snapshot {
	if s.out != nil && !slices.ContainsFunc(s.gateway.merged(), func(l *listener) bool { return at[l] != s.at[l] }) {
		return s.out
	}
	s.at = at
	before := s.out
	s.out = &Snapshot{Gateway: s.gateway.key, Resources: map[Type]map[string]*Resource{}}
	for _, typ := range []Type{Secret, Cluster, Endpoint, Listener, Extension, Route} { // mostly as many as before
		s.out.Resources[typ] = make(map[string]*Resource, len(before.Of(typ)))
	}
	ports := map[port][]*listener{}
	for _, l := range s.gateway.merged() {
		if l.served() && len(s.gateway.addresses) > 0 {
			ports[l.port()] = append(ports[l.port()], l)
		}
	}
	for p, listeners := range ports {
		if p.udp {
			s.addPackets(p, listeners)
		} else {
			s.addConnections(p, listeners)
		}
	}
	return s.out
}

// addConnections adds the listeners of one port of TCP, and what they need.
func (s *snapshot) addConnections(p port, listeners []*listener) {
	chains := s.chains(fmt.Sprintf("%s/%d", s.gateway.key, p.number), listeners)
	if len(chains) == 0 {
		return
	}
	var clusters []string
	if s.limiter != nil && slices.ContainsFunc(chains, func(c chain) bool { return c.limiter != "" }) {
		built := s.limiter.build(approach{http2: true})
		clusters = []string{built.cluster.Name}
		s.addBackend(built)
	}
	s.addPort(p, listeners, clusters, func(name, address string) []byte { return listenerBody(name, address, p.number, chains) })
}

// addPackets adds the listener of one port of UDP, and where its packets go. It
// is one: nothing tells two apart.
func (s *snapshot) addPackets(p port, listeners []*listener) {
	r := s.at.of(listeners[0]).winners[""]
	if r == nil {
		return
	}
	to := newPacketCluster(r)
	s.add(to.cluster)
	if to.endpoints != nil {
		s.add(to.endpoints)
	}
	s.addPort(p, listeners, []string{to.cluster.Name}, func(name, address string) []byte {
		return packetListenerBody(name, address, p.number, to.cluster.Name)
	})
}

// addPort adds the listeners of one port, one of Envoy's for each address. An
// address or a port is part of a listener's name: moved in place, a listener
// that cannot bind would take the old one down with it.
func (s *snapshot) addPort(p port, listeners []*listener, clusters []string, body func(name, address string) []byte) {
	for i, address := range s.gateway.addresses {
		name := fmt.Sprintf("%s/%d", s.gateway.key, p.number)
		var origins []Origin
		for _, l := range listeners {
			origins = append(origins, Origin{l.Owner, l.path})
			origins = append(origins, l.tls.origins()...) // Envoy may look at them with the listener
			origins = append(origins, l.clientOrigins()...)
		}
		if address != anyAddress {
			name = s.gateway.key + "/" + net.JoinHostPort(address, strconv.Itoa(int(p.number)))
			origins = append(origins, Origin{s.gateway.id, index("spec.addresses", i)})
		}
		if p.udp {
			name += "/udp"
		}
		s.add(newResource(Listener, name, body(name, address), clusters, origins))
	}
}

// chains returns the filter chains for the listeners of one port, and adds what
// they refer to. Those of HTTP share one, with one table of routes; each of
// HTTPS has its own, and each of TLS one for every name that its routes have:
// clients choose by the name they ask for. One of TCP is alone on its port.
func (s *snapshot) chains(port string, listeners []*listener) []chain {
	var out []chain
	var plain, secure []*listener
	for _, l := range listeners {
		switch {
		case l.secure():
			secure = append(secure, l)
		case l.named():
			plain = append(plain, l)
		default:
			if r := s.at.of(l).winners[""]; r != nil {
				name := port + "/" + l.key
				s.addForwarding(name, l, r)
				out = append(out, chain{name: name, forwarding: name})
			}
		}
	}
	owner := ownersOf(secure)
	for _, l := range secure {
		name := port + "/" + l.key
		if l.Protocol == gatewayv1.TLSProtocolType || !l.open() {
			out = append(out, s.forwardingChains(name, l, owner)...)
			continue
		}
		s.addRoutes(name, []*listener{l}, owner, misdirections(l, owner))
		out = append(out, chain{name: name, table: name, secure: true, hostname: l.Hostname, tls: l.tls, hops: l.hops(), limiter: s.limiterCluster()})
	}
	if len(plain) > 0 {
		s.addRoutes(port, plain, ownersOf(plain), nil)
		out = append(out, chain{table: port, hops: plain[0].hops(), limiter: s.limiterCluster()})
	}
	for _, c := range out {
		s.addSecrets(c.tls)
	}
	return out
}

// addSecrets adds what a chain that ends TLS shows and trusts.
func (s *snapshot) addSecrets(tls *listenerTLS) {
	if tls == nil {
		return
	}
	for _, c := range tls.certificates {
		s.add(c.build())
	}
	if tls.clients != nil {
		s.add(tls.clients.authority.build())
	}
}

// forwardingChains returns a chain for each name that routes have at a TLS
// listener: what it asks for stays the same while routes come and go. Names that
// no route has are refused, where a wider listener would take them.
func (s *snapshot) forwardingChains(name string, l *listener, owner owners) []chain {
	var to map[string]*route
	if l.open() {
		to = s.at.of(l).winners
	}
	if to[l.Hostname] == nil && owner.wider(l) {
		to = maps.Clone(to)
		if to == nil {
			to = map[string]*route{}
		}
		to[l.Hostname] = nil
	}
	var out []chain
	for _, hostname := range slices.Sorted(maps.Keys(to)) {
		if owner.of(hostname) != l {
			continue
		}
		c := chain{name: name, secure: true, hostname: hostname, tls: l.tls}
		if hostname != "" {
			c.name += "/" + hostname
		}
		if to[hostname] == nil { // nobody is shown a certificate before being refused
			c.tls = nil
		}
		c.forwarding = c.name
		s.addForwarding(c.name, l, to[hostname])
		out = append(out, c)
	}
	return out
}

// addForwarding adds the filter that sends the connections of a route to its
// backends; without a route it closes them.
func (s *snapshot) addForwarding(name string, l *listener, r *route) {
	origins := []Origin{{l.Owner, l.path}}
	if r != nil {
		origins = append(origins, r.origins...)
	}
	body, clusters := forwardingBody(name, r, l.egress(s.gateway))
	s.add(newResource(Extension, name, body, clusters, origins))
	s.addClusters(clusters)
}

// addRoutes adds the table of routes that listeners share, and what it sends to.
func (s *snapshot) addRoutes(name string, listeners []*listener, owner owners, others []*virtualHost) {
	t := s.tables[name]
	if t == nil {
		t = newRouteTable(name, s.gateway, listeners, owner, others, s.trees)
		s.tables[name] = t
	}
	s.add(t.update(s.at))
	s.addClusters(t.resource.Clusters)
}

func (s *snapshot) addClusters(clusters []string) {
	for _, c := range clusters {
		s.addBackend(s.inventory.clusters[c])
	}
}

func (s *snapshot) addBackend(b *backendResources) {
	s.add(b.cluster)
	if b.endpoints != nil {
		s.add(b.endpoints)
	}
	for _, secret := range b.secrets {
		s.add(secret)
	}
}

// limiterCluster names the cluster of the limiter; "" where there is none.
func (s *snapshot) limiterCluster() string {
	if s.limiter == nil {
		return ""
	}
	return s.limiter.build(approach{http2: true}).cluster.Name
}

func (s *snapshot) add(r *Resource) { s.out.Resources[r.Type][r.Name] = r }
