package translate

import (
	"net/netip"
	"strings"

	"github.com/gwctl/gwctl/internal/attachment"
	"github.com/gwctl/gwctl/internal/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/validation"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// anyAddress is bound by a Gateway that asks for no address. It is IPv4 alone:
// where the kernel has no IPv6, Envoy refuses a listener on "::".
const anyAddress = "0.0.0.0"

// gateway is a Gateway, checked.
type gateway struct {
	id        resource.ID
	key       string   // "default/public"
	addresses []string // to bind; without duplicates
	listeners []*listener
	refused   []Condition // conditions that say why parts are not served

	clientCertificate *clientCertificate // nil where it names none
}

// listener is one listener of a Gateway.
type listener struct {
	attachment.Listener
	owner    resource.ID // the object that has it
	path     string      // in its owner
	protocol gatewayv1.ProtocolType
	scheme   string       // of the URLs that clients use
	tls      *listenerTLS // nil where the listener does not end TLS
	through  bool         // it passes TLS through, and only looks at the name that clients ask for
	badKinds bool
	refused  Condition // why it cannot be served, of itself; zero if it can
}

func (l *listener) served() bool { return l.refusal().Type == "" }

// refusal says why the listener is not served; zero if it is. One whose clients
// cannot be validated is not: it would let everybody in.
func (l *listener) refusal() Condition {
	if l.refused.Type == "" && l.tls != nil && l.tls.clients != nil && l.tls.clients.unresolved.Type != "" {
		return Condition{
			Type: string(gatewayv1.ListenerConditionAccepted), Reason: string(gatewayv1.ListenerReasonNoValidCACertificate),
			Message: "There is no authority to validate clients with.",
		}
	}
	return l.refused
}

// port is a port as the kernel has them: those for packets are others than those
// for connections.
type port struct {
	number int32
	udp    bool
}

func (l *listener) port() port { return port{l.Port, l.protocol == gatewayv1.UDPProtocolType} }

// named reports whether clients say which host they want.
func (l *listener) named() bool {
	return l.protocol != gatewayv1.TCPProtocolType && l.protocol != gatewayv1.UDPProtocolType
}

// secure reports whether clients speak TLS, and so tell the listener's hostname
// before anything else.
func (l *listener) secure() bool {
	return l.protocol == gatewayv1.HTTPSProtocolType || l.protocol == gatewayv1.TLSProtocolType
}

// sharesPort reports whether two listeners can be told apart on one port by
// hostnames.
func (l *listener) sharesPort(other *listener) bool {
	return l.protocol == other.protocol || l.secure() && other.secure()
}

// open reports whether a connection that asks for the listener's hostname gets
// anywhere.
func (l *listener) open() bool { return l.through || l.tls != nil && len(l.tls.certificates) > 0 }

func decodeGateway(d *decoding, o *resource.Object) *gateway {
	var typed gatewayv1.Gateway
	if !d.typed(o, &typed) {
		return &gateway{id: d.id, key: d.id.Namespace + "/" + d.id.Name}
	}
	spec := &typed.Spec
	g := &gateway{id: d.id, key: d.id.Namespace + "/" + d.id.Name}
	g.addresses = decodeAddresses(d, g, spec.Addresses)
	for i := range spec.Listeners {
		g.listeners = append(g.listeners, decodeListener(d, i, &spec.Listeners[i]))
	}
	refuseConflicts(d, g.listeners)
	if len(spec.Listeners) == 0 {
		d.problem("spec.listeners", "a Gateway needs at least one listener")
	}
	if spec.Infrastructure != nil {
		d.problem("spec.infrastructure", "the xDS server makes nothing for a Gateway: whoever starts the Envoys says what they are. Remove infrastructure")
		if spec.Infrastructure.ParametersRef != nil {
			g.refuse(gatewayv1.GatewayConditionAccepted, gatewayv1.GatewayReasonInvalidParameters, "There are no parameters that a Gateway could refer to.")
		}
	}
	if spec.AllowedListeners != nil {
		d.unsupported("spec.allowedListeners")
	}
	if spec.TLS != nil && spec.TLS.Frontend != nil {
		decodeFrontend(d, g, spec.TLS.Frontend)
	}
	if spec.TLS != nil {
		g.clientCertificate = decodeClientCertificate(d, spec.TLS.Backend)
	}
	if spec.DefaultScope != "" && spec.DefaultScope != gatewayv1.GatewayDefaultScopeNone {
		d.unsupported("spec.defaultScope")
	}
	return g
}

// decodeAddresses returns what to bind. A Gateway that asks for an address is
// never bound to any other.
func decodeAddresses(d *decoding, g *gateway, addresses []gatewayv1.GatewaySpecAddress) []string {
	if len(addresses) == 0 {
		return []string{anyAddress}
	}
	var out []string
	seen := map[string]bool{}
	for i, a := range addresses {
		path := index("spec.addresses", i)
		if typ := value(a.Type, gatewayv1.IPAddressType); typ != gatewayv1.IPAddressType {
			d.problem(path+".type", "addresses of type %q are not supported: give an IPAddress that Envoy can bind", typ)
			g.refuse(gatewayv1.GatewayConditionAccepted, gatewayv1.GatewayReasonUnsupportedAddress, "Only addresses of type IPAddress are supported.")
			continue
		}
		if a.Value == "" { // which one is not the Gateway's to say
			a.Value = anyAddress
		}
		ip, err := netip.ParseAddr(a.Value)
		if err != nil || ip.Zone() != "" {
			d.problem(path+".value", "%q is no IP address: give one that Envoy can bind, such as 127.0.0.1 or ::", a.Value)
			g.refuse(gatewayv1.GatewayConditionProgrammed, gatewayv1.GatewayReasonAddressNotUsable, "An address is no IP address.")
			continue
		}
		if bind := ip.Unmap().String(); !seen[bind] {
			seen[bind] = true
			out = append(out, bind)
		}
	}
	return out
}

func (g *gateway) refuse(typ gatewayv1.GatewayConditionType, reason gatewayv1.GatewayConditionReason, message string) {
	g.refused = append(g.refused, Condition{Type: string(typ), Reason: string(reason), Message: message})
}

func decodeListener(d *decoding, i int, in *gatewayv1.Listener) *listener {
	path := index("spec.listeners", i)
	l := &listener{
		owner: d.id, path: path, protocol: in.Protocol,
		Listener: attachment.Listener{
			Namespace: d.id.Namespace, Name: string(in.Name), Port: in.Port, Hostname: normalizeHostname(text(in.Hostname, "")),
			From: gatewayv1.NamespacesFromSame, Kinds: routeKinds[in.Protocol],
		},
	}
	switch {
	case routeKinds[in.Protocol] == nil:
		d.problem(path+".protocol", "listeners of protocol %q are not supported by the xDS server: allowed are HTTP, HTTPS, TLS, TCP and UDP", in.Protocol)
		l.refuse(gatewayv1.ListenerReasonUnsupportedProtocol, "The protocol is not supported.")
	case in.Port < 1 || in.Port > 65535:
		d.problem(path+".port", "%d is no port: allowed is 1 to 65535", in.Port)
		l.refuse(gatewayv1.ListenerReasonPortUnavailable, "The port is out of range.")
	case l.Hostname != "" && !validHostname(l.Hostname):
		d.problem(path+".hostname", "%q is no hostname: allowed are names such as shop.example.com and *.example.com", *in.Hostname)
		l.refuse(gatewayv1.ListenerReasonUnsupportedValue, "The hostname is not valid.")
	}
	if in.Protocol == gatewayv1.HTTPProtocolType {
		l.scheme = "http"
	}
	switch {
	case in.Protocol == gatewayv1.HTTPSProtocolType:
		l.scheme = "https"
		l.tls = decodeListenerTLS(d, l, path+".tls", in.TLS)
	case in.Protocol == gatewayv1.TLSProtocolType && in.TLS != nil && value(in.TLS.Mode, "") == gatewayv1.TLSModePassthrough:
		l.through = true
		if len(in.TLS.CertificateRefs) > 0 {
			d.problem(path+".tls.certificateRefs", "a listener that passes TLS through shows no certificate: remove certificateRefs, or make its mode Terminate")
		}
	case in.Protocol == gatewayv1.TLSProtocolType:
		l.tls = decodeListenerTLS(d, l, path+".tls", in.TLS)
	case in.TLS != nil:
		d.problem(path+".tls", "a listener of protocol %s does not speak TLS: remove tls, or make it one of HTTPS or TLS", in.Protocol)
	}
	if !l.named() && l.Hostname != "" {
		d.problem(path+".hostname", "a listener of protocol %s sees no hostname: remove it", in.Protocol)
		l.Hostname = ""
	}
	if in.AllowedRoutes != nil {
		decodeAllowed(d, l, path+".allowedRoutes", in.AllowedRoutes)
	}
	return l
}

func (l *listener) refuse(reason gatewayv1.ListenerConditionReason, message string) {
	l.refused = Condition{Type: string(gatewayv1.ListenerConditionAccepted), Reason: string(reason), Message: message}
}

func decodeAllowed(d *decoding, l *listener, path string, in *gatewayv1.AllowedRoutes) {
	if len(in.Kinds) > 0 {
		l.Kinds = decodeRouteKinds(d, l, path+".kinds", in.Kinds)
	}
	if in.Namespaces == nil {
		return
	}
	switch l.From = value(in.Namespaces.From, gatewayv1.NamespacesFromSame); l.From {
	case gatewayv1.NamespacesFromAll, gatewayv1.NamespacesFromSame, gatewayv1.NamespacesFromNone:
	case gatewayv1.NamespacesFromSelector:
		selector := in.Namespaces.Selector
		if selector == nil {
			selector = &metav1.LabelSelector{}
		}
		parsed, err := metav1.LabelSelectorAsSelector(selector)
		if err != nil {
			d.problem(path+".namespaces.selector", "the selector is not valid: %v", err)
			parsed = labels.Nothing()
		}
		l.Selector = parsed
	default:
		d.problem(path+".namespaces.from", "%q is not known: allowed are All, Same and Selector", l.From)
		l.From = gatewayv1.NamespacesFromNone
	}
}

// refuseConflicts refuses all listeners that no request could tell apart, or
// that cannot share a port: the specification forbids to pick one.
func refuseConflicts(d *decoding, listeners []*listener) {
	type key struct {
		port
		hostname string
	}
	taken := map[key]*listener{}
	spoken := map[port]*listener{}
	for _, l := range listeners {
		if !l.served() {
			continue
		}
		at := l.port()
		first, ok := spoken[at]
		if !ok {
			spoken[at] = l
		}
		other, same := taken[key{at, l.Hostname}]
		if !same {
			taken[key{at, l.Hostname}] = l
		}
		// What is in the maps stays there, so that a third one conflicts as well.
		switch {
		case ok && !first.sharesPort(l):
			d.problem(l.path, "listeners %q and %q have the same port and speak %s and %s: give one of them another port", first.Name, l.Name, first.protocol, l.protocol)
			conflict(gatewayv1.ListenerReasonProtocolConflict, "Another listener speaks another protocol on the same port.", first, l)
		case same && !l.named():
			d.problem(l.path, "listeners %q and %q have the same port: give one of them another", other.Name, l.Name)
			conflict(gatewayv1.ListenerReasonProtocolConflict, "Another listener has the same port.", other, l)
		case same:
			d.problem(l.path, "listeners %q and %q have the same port and hostname: give one of them another", other.Name, l.Name)
			conflict(gatewayv1.ListenerReasonHostnameConflict, "Another listener has the same port and hostname.", other, l)
		}
	}
}

func conflict(reason gatewayv1.ListenerConditionReason, message string, listeners ...*listener) {
	for _, l := range listeners {
		l.refused = Condition{Type: string(gatewayv1.ListenerConditionConflicted), Status: true, Reason: string(reason), Message: message}
	}
}

func normalizeHostname(h string) string { return strings.ToLower(strings.TrimSuffix(h, ".")) }

func validHostname(h string) bool {
	if strings.HasPrefix(h, "*.") {
		return len(validation.IsWildcardDNS1123Subdomain(h)) == 0
	}
	return len(validation.IsDNS1123Subdomain(h)) == 0
}
