package translate

import gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

// egress is how connections leave a gateway, as far as it is the gateway that
// decides.
type egress struct {
	client  *certificate // that the gateway shows to backends; nil: none
	through bool         // what clients send is TLS already, or packets: none is put around it
}

// approach is how a backend is spoken to. Each is a cluster of its own.
type approach struct {
	egress
	http2 bool // whatever the backend says that it speaks
}

// settled leaves out of an approach what makes no difference to the backend.
func (b *backend) settled(a approach) approach {
	a.http2 = a.http2 || b.http2
	switch {
	case b.tls == nil || b.tls.broken && !a.through:
		a.egress = egress{}
	case a.through:
		a.client = nil
	case b.tls.client != nil:
		a.client = b.tls.client
	}
	return a
}

// clustersOf names the clusters that the references of a route lead to from a
// gateway; "" where there is none.
func (inv *inventory) clustersOf(r *route, backends []*backend, from egress) []string {
	out := make([]string, 0, len(backends))
	for _, rule := range r.rules {
		for _, ref := range rule.references() {
			name := ""
			if b := backends[len(out)]; b != nil {
				built := b.build(approach{from, ref.http2 || r.id.GroupKind() == kindGRPCRoute})
				name = built.cluster.Name
				inv.clusters[name] = built
			}
			out = append(out, name)
		}
	}
	return out
}

// policiesOf lists the policies of backends as far as they matter to a gateway.
func policiesOf(backends []*backend, g *gateway) []policyUse {
	var out []policyUse
	for _, b := range backends {
		if b == nil {
			continue
		}
		for _, p := range b.policies {
			out = append(out, policyUse{p, g.id})
		}
	}
	return out
}

// egress says how connections that come in at a listener leave its gateway.
func (l *listener) egress(g *gateway) egress {
	if l.through || l.Protocol == gatewayv1.UDPProtocolType {
		return egress{through: true}
	}
	return egress{client: g.client()}
}
