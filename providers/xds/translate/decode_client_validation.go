package translate

import (
	"fmt"

	"github.com/gwctl/gwctl/internal/resource"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// clientValidation says how the clients of a listener show who they are.
type clientValidation struct {
	ref      authorityRef
	fallback bool // clients without a valid certificate are let in as well
	// authority is what the reference leads to, found anew by each translation;
	// nil where it leads nowhere: then nobody is let in.
	authority  *authority
	unresolved Condition // says why; zero if it leads somewhere
}

// authorityRef refers to a ConfigMap.
type authorityRef struct {
	path      string
	id        resource.ID
	supported bool // whether the kind of the object can be an authority
}

func newAuthorityRef(path, group, kind, namespace, name string) authorityRef {
	return authorityRef{
		path: path, id: resource.ID{Group: group, Kind: kind, Namespace: namespace, Name: name},
		supported: group == "" && kind == "ConfigMap",
	}
}

// decodeFrontend gives each listener that ends TLS what spec.tls.frontend asks
// of its clients: a port's own word stands in place of the default.
func decodeFrontend(d *decoding, g *gateway, in *gatewayv1.FrontendTLSConfig) {
	const path = "spec.tls.frontend"
	decode := func(path string, in *gatewayv1.TLSConfig) func(*listener) {
		if in.Validation == nil {
			return func(*listener) {}
		}
		return decodeClientValidation(d, path+".validation", in.Validation)
	}
	otherwise := decode(path+".default", &in.Default)
	ports := map[int32]func(*listener){}
	for i := range in.PerPort {
		p := &in.PerPort[i]
		ports[p.Port] = decode(index(path+".perPort", i)+".tls", &p.TLS)
	}
	for _, l := range g.listeners {
		if l.tls == nil || l.protocol != gatewayv1.HTTPSProtocolType {
			continue
		}
		if own, ok := ports[l.Port]; ok {
			own(l)
		} else {
			otherwise(l)
		}
	}
}

// decodeClientValidation returns what applies it to a listener.
func decodeClientValidation(d *decoding, path string, in *gatewayv1.FrontendTLSValidation) func(*listener) {
	refuse := func(l *listener) {
		l.refuse(gatewayv1.ListenerReasonUnsupportedValue, "How it validates clients is not supported.")
	}
	switch in.Mode {
	case "", gatewayv1.AllowValidOnly, gatewayv1.AllowInsecureFallback:
	default:
		d.problem(path+".mode", "%q is not known: allowed are AllowValidOnly and AllowInsecureFallback", in.Mode)
		return refuse
	}
	if n := len(in.CACertificateRefs); n != 1 {
		d.problem(path+".caCertificateRefs", "there are %d references: give one, to a ConfigMap whose file has all certificates that are trusted", n)
		return refuse
	}
	ref := in.CACertificateRefs[0]
	v := clientValidation{
		ref: newAuthorityRef(index(path+".caCertificateRefs", 0),
			string(ref.Group), string(ref.Kind), text(ref.Namespace, d.id.Namespace), string(ref.Name)),
		fallback: in.Mode == gatewayv1.AllowInsecureFallback,
	}
	return func(l *listener) {
		own := v
		l.tls.clients = &own
	}
}

// resolve finds the authority.
func (v *clientValidation) resolve(inv *inventory, from resource.ID) {
	authority, reason, message := inv.authority(from, v.ref)
	v.authority, v.unresolved = authority, Condition{}
	if authority == nil {
		v.unresolved = Condition{
			Type: string(gatewayv1.ListenerConditionResolvedRefs), Reason: string(reason),
			Message: fmt.Sprintf("%s: %s.", v.ref.path, message),
		}
	}
}

// authority follows a reference; what it finds can be used.
func (inv *inventory) authority(from resource.ID, ref authorityRef) (*authority, gatewayv1.ListenerConditionReason, string) {
	if !ref.supported {
		return nil, gatewayv1.ListenerReasonInvalidCACertificateKind, fmt.Sprintf("a %s cannot be an authority: allowed is ConfigMap", ref.id.Kind)
	}
	if !permits(inv.grants, from, ref.id) {
		return nil, gatewayv1.ListenerReasonRefNotPermitted, fmt.Sprintf("no ReferenceGrant in namespace %s permits a reference to %s", ref.id.Namespace, ref.id)
	}
	a := inv.authorities[ref.id]
	switch {
	case a == nil:
		return nil, gatewayv1.ListenerReasonInvalidCACertificateRef, fmt.Sprintf("there is no %s", ref.id)
	case a.unusable != "":
		return nil, gatewayv1.ListenerReasonInvalidCACertificateRef, fmt.Sprintf("%s: %s", ref.id, a.unusable)
	}
	return a, "", ""
}
