package translate

import (
	"strings"

	"github.com/gwctl/gwctl/internal/attachment"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/validation"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// listener is one listener of a Gateway or a ListenerSet.
type listener struct {
	attachment.Listener
	path     string        // in its owner
	key      string        // tells it from others of its Gateway
	scheme   string        // of the URLs that clients use
	tls      *listenerTLS  // nil where the listener does not end TLS
	clients  *clientPolicy // how it takes its clients; nil where no policy says so
	through  bool          // it passes TLS through, and only looks at the name that clients ask for
	badKinds bool
	refused  Condition // why it cannot be served, of itself; zero if it can
	conflict Condition // why it cannot be served beside the others of its Gateway
}

func (l *listener) served() bool { return l.refusal().Type == "" }

// refusal says why the listener is not served; zero if it is. One whose clients
// cannot be validated is not: it would let everybody in.
func (l *listener) refusal() Condition {
	switch {
	case l.refused.Type != "":
		return l.refused
	case l.conflict.Type != "":
		return l.conflict
	case l.tls != nil && l.tls.clients != nil:
		return l.tls.clients.refusal()
	}
	return Condition{}
}

// port is a port as the kernel has them: those for packets are others than those
// for connections.
type port struct {
	number int32
	udp    bool
}

func (l *listener) port() port { return port{l.Port, l.Protocol == gatewayv1.UDPProtocolType} }

// named reports whether clients say which host they want.
func (l *listener) named() bool {
	return l.Protocol != gatewayv1.TCPProtocolType && l.Protocol != gatewayv1.UDPProtocolType
}

// secure reports whether clients speak TLS, and so tell the listener's hostname
// before anything else.
func (l *listener) secure() bool {
	return l.Protocol == gatewayv1.HTTPSProtocolType || l.Protocol == gatewayv1.TLSProtocolType
}

// sharesPort reports whether two listeners can be told apart on one port by
// hostnames.
func (l *listener) sharesPort(other *listener) bool {
	return l.Protocol == other.Protocol || l.secure() && other.secure()
}

// open reports whether a connection that asks for the listener's hostname gets
// anywhere.
func (l *listener) open() bool { return l.through || l.tls != nil && len(l.tls.certificates) > 0 }

func decodeListener(d *decoding, i int, in *gatewayv1.Listener) *listener {
	path := index("spec.listeners", i)
	l := &listener{
		path: path, key: string(in.Name),
		Listener: attachment.Listener{
			Owner: d.id, Name: string(in.Name), Port: in.Port, Protocol: in.Protocol, Hostname: normalizeHostname(text(in.Hostname, "")),
			Namespaces: attachment.Namespaces{From: gatewayv1.NamespacesFromSame}, Kinds: routeKinds[in.Protocol],
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
	if in.Namespaces != nil {
		l.Namespaces = decodeNamespaces(d, path+".namespaces", value(in.Namespaces.From, gatewayv1.NamespacesFromSame), in.Namespaces.Selector)
	}
}

// decodeNamespaces takes what cannot be understood for none.
func decodeNamespaces(d *decoding, path string, from gatewayv1.FromNamespaces, selector *metav1.LabelSelector) attachment.Namespaces {
	switch from {
	case gatewayv1.NamespacesFromAll, gatewayv1.NamespacesFromSame, gatewayv1.NamespacesFromNone:
		return attachment.Namespaces{From: from}
	case gatewayv1.NamespacesFromSelector:
		if selector == nil {
			selector = &metav1.LabelSelector{}
		}
		parsed, err := metav1.LabelSelectorAsSelector(selector)
		if err != nil {
			d.problem(path+".selector", "the selector is not valid: %v", err)
			parsed = labels.Nothing()
		}
		return attachment.Namespaces{From: from, Selector: parsed}
	}
	d.problem(path+".from", "%q is not known: allowed are All, Same and Selector", from)
	return attachment.Namespaces{}
}

func normalizeHostname(h string) string { return strings.ToLower(strings.TrimSuffix(h, ".")) }

func validHostname(h string) bool {
	if strings.HasPrefix(h, "*.") {
		return len(validation.IsWildcardDNS1123Subdomain(h)) == 0
	}
	return len(validation.IsDNS1123Subdomain(h)) == 0
}
