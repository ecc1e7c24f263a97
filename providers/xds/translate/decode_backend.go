package translate

import (
	"net/netip"

	envoygateway "github.com/envoyproxy/gateway/api/v1alpha1"
	"github.com/gwctl/gwctl/internal/resource"
	"k8s.io/apimachinery/pkg/util/validation"
)

// backend is a Backend, or a port of a Service, checked. Either all endpoints are names, which Envoy
// resolves, or none is.
type backend struct {
	id        resource.ID
	port      int32  // of a Service; 0 for a Backend
	section   string // the name of that port
	udp       bool   // the port is one for packets
	origin    string // the field of a Service
	byName    bool
	http2     bool // it speaks nothing else
	endpoints []endpoint
	wantsTLS  bool // it says so, and not how: requests cannot be sent to it, connections can
	broken    bool // it says something that cannot be honoured: routes to it fail

	own      *backendTLS                    // what it says itself of TLS; nil if nothing
	policies []*backendTLSPolicy            // that are for it
	tls      *upstreamTLS                   // what comes of both; nil where it is sent plain text
	clusters map[approach]*backendResources // those that somebody asked for
}

// setTLS says how the backend is spoken to from now on.
func (b *backend) setTLS(tls *upstreamTLS) {
	if b.tls != nil || tls != nil {
		b.tls, b.clusters = tls, nil
	}
}

// endpoint is an address with a port, or a name with one.
type endpoint struct {
	address  string
	port     uint32
	hostname string
}

func decodeBackend(d *decoding, o *resource.Object) *backend {
	b := &backend{id: d.id}
	var typed envoygateway.Backend
	if !d.typed(o, &typed) {
		b.broken = true
		return b
	}
	spec := &typed.Spec
	if typ := value(spec.Type, envoygateway.BackendTypeEndpoints); typ != envoygateway.BackendTypeEndpoints {
		d.problem("spec.type", "backends of type %q are not supported by the xDS server yet: allowed is Endpoints", typ)
		b.broken = true
	}
	for i, p := range spec.AppProtocols {
		switch p {
		case envoygateway.AppProtocolTypeH2C:
			b.http2 = true
		case envoygateway.AppProtocolTypeWS: // upgrades are passed on to every backend
		default:
			d.problem(index("spec.appProtocols", i), "protocol %q is not supported: allowed are %s and %s", p, envoygateway.AppProtocolTypeH2C, envoygateway.AppProtocolTypeWS)
			b.broken = true
		}
	}
	if value(spec.Fallback, false) {
		d.unsupported("spec.fallback")
	}
	if spec.TLS != nil { // without all of it the backend would be sent what must not be seen
		before := len(d.problems)
		b.own = decodeBackendTLS(d, spec.TLS)
		b.broken = b.broken || len(d.problems) > before
	}
	for i := range spec.Endpoints {
		decodeEndpoint(d, b, index("spec.endpoints", i), &spec.Endpoints[i])
	}
	return b
}

func decodeEndpoint(d *decoding, b *backend, path string, in *envoygateway.BackendEndpoint) {
	if in.Zone != nil {
		d.unsupported(path + ".zone")
	}
	e := endpoint{hostname: text(in.Hostname, "")}
	var port int32
	switch {
	case in.IP != nil && in.FQDN == nil && in.Unix == nil:
		path += ".ip"
		ip, err := netip.ParseAddr(in.IP.Address)
		if err != nil || ip.Zone() != "" {
			d.problem(path+".address", "%q is no IP address", in.IP.Address)
			return
		}
		e.address, port = ip.Unmap().String(), in.IP.Port
	case in.FQDN != nil && in.IP == nil && in.Unix == nil:
		path += ".fqdn"
		e.address, port = normalizeHostname(in.FQDN.Hostname), in.FQDN.Port
		if len(validation.IsDNS1123Subdomain(e.address)) > 0 {
			d.problem(path+".hostname", "%q is no DNS name", in.FQDN.Hostname)
			return
		}
		if len(b.endpoints) == 0 {
			b.byName = true
		}
	default:
		d.problem(path, "an endpoint has either an ip or an fqdn; other kinds are not supported by the xDS server yet")
		return
	}
	if port < 1 || port > 65535 {
		d.problem(path+".port", "%d is no port: allowed is 1 to 65535", port)
		return
	}
	if b.byName != (in.FQDN != nil) {
		d.problem(path, "names and IP addresses cannot be mixed in one Backend: make two of it")
		return
	}
	e.port = uint32(port)
	b.endpoints = append(b.endpoints, e)
}
