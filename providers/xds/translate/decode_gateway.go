package translate

import (
	"net/netip"
	"slices"

	"github.com/gwctl/gwctl/internal/attachment"
	"github.com/gwctl/gwctl/internal/resource"
	"k8s.io/apimachinery/pkg/runtime/schema"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// anyAddress is bound by a Gateway that asks for no address. It is IPv4 alone:
// where the kernel has no IPv6, Envoy refuses a listener on "::".
const anyAddress = "0.0.0.0"

var kindGateway = schema.GroupKind{Group: groupGateway, Kind: "Gateway"}

// gateway is a Gateway, checked.
type gateway struct {
	id                resource.ID
	key               string                // "default/public"
	addresses         []string              // to bind; without duplicates
	listeners         []*listener           // its own
	allowed           attachment.Namespaces // of the ListenerSets that it takes
	clients           clientValidations
	refused           []Condition        // conditions that say why parts are not served
	clientCertificate *clientCertificate // nil where it names none
	// sets are the ListenerSets that it takes, the first to be served first.
	// They are found anew where any object but a route changes.
	sets []*listenerSet
}

// merged lists all listeners that the gateway's Envoys serve, in order of
// precedence (ListenerSetSpec.Listeners).
func (g *gateway) merged() []*listener {
	if len(g.sets) == 0 {
		return g.listeners
	}
	out := slices.Clone(g.listeners)
	for _, s := range g.sets {
		out = append(out, s.listeners...)
	}
	return out
}

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
	if len(spec.Listeners) == 0 {
		d.problem("spec.listeners", "a Gateway needs at least one listener")
	}
	if spec.Infrastructure != nil {
		d.problem("spec.infrastructure", "the xDS server makes nothing for a Gateway: whoever starts the Envoys says what they are. Remove infrastructure")
		if spec.Infrastructure.ParametersRef != nil {
			g.refuse(gatewayv1.GatewayConditionAccepted, gatewayv1.GatewayReasonInvalidParameters, "There are no parameters that a Gateway could refer to.")
		}
	}
	if spec.AllowedListeners != nil && spec.AllowedListeners.Namespaces != nil {
		in := spec.AllowedListeners.Namespaces
		g.allowed = decodeNamespaces(d, "spec.allowedListeners.namespaces", value(in.From, gatewayv1.NamespacesFromNone), in.Selector)
	}
	if spec.TLS != nil && spec.TLS.Frontend != nil {
		g.clients = decodeFrontend(d, spec.TLS.Frontend)
	}
	for _, l := range g.listeners {
		g.clients.apply(l)
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

// refuses reports whether something speaks against a condition of the Gateway
// that is none of its listeners.
func (g *gateway) refuses(typ gatewayv1.GatewayConditionType) bool {
	return slices.ContainsFunc(g.refused, func(c Condition) bool { return c.Type == string(typ) })
}
