package translate

import (
	"fmt"

	"github.com/gwctl/gwctl/internal/resource"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// clientValidation says how the clients of a listener show who they are.
type clientValidation struct {
	from     resource.ID // the Gateway whose word it is
	broken   bool        // it asks for what is not supported: nobody is let in
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

// clientValidations are those of a Gateway; nil where clients need not show who
// they are. A port's own word stands in place of the default.
type clientValidations struct {
	otherwise *clientValidation
	ports     map[int32]*clientValidation
}

// apply gives a listener that ends TLS the one for its port.
func (c *clientValidations) apply(l *listener) {
	if l.tls == nil || l.Protocol != gatewayv1.HTTPSProtocolType {
		return
	}
	own, ok := c.ports[l.Port]
	if !ok {
		own = c.otherwise
	}
	l.tls.clients = own
}

// decodeFrontend reads what spec.tls.frontend asks of clients.
func decodeFrontend(d *decoding, in *gatewayv1.FrontendTLSConfig) clientValidations {
	const path = "spec.tls.frontend"
	out := clientValidations{otherwise: decodeClientValidation(d, path+".default", &in.Default), ports: map[int32]*clientValidation{}}
	for i := range in.PerPort {
		p := &in.PerPort[i]
		out.ports[p.Port] = decodeClientValidation(d, index(path+".perPort", i)+".tls", &p.TLS)
	}
	return out
}

func decodeClientValidation(d *decoding, path string, tls *gatewayv1.TLSConfig) *clientValidation {
	in := tls.Validation
	if in == nil {
		return nil
	}
	path += ".validation"
	v := &clientValidation{from: d.id, fallback: in.Mode == gatewayv1.AllowInsecureFallback}
	switch in.Mode {
	case "", gatewayv1.AllowValidOnly, gatewayv1.AllowInsecureFallback:
	default:
		d.problem(path+".mode", "%q is not known: allowed are AllowValidOnly and AllowInsecureFallback", in.Mode)
		v.broken = true
		return v
	}
	if n := len(in.CACertificateRefs); n != 1 {
		d.problem(path+".caCertificateRefs", "there are %d references: give one, to a ConfigMap whose file has all certificates that are trusted", n)
		v.broken = true
		return v
	}
	ref := in.CACertificateRefs[0]
	v.ref = newAuthorityRef(index(path+".caCertificateRefs", 0),
		string(ref.Group), string(ref.Kind), text(ref.Namespace, d.id.Namespace), string(ref.Name))
	return v
}

// refusal says why nobody is let in; zero if somebody is.
func (v *clientValidation) refusal() Condition {
	out := Condition{Type: string(gatewayv1.ListenerConditionAccepted)}
	switch {
	case v.broken:
		out.Reason, out.Message = string(gatewayv1.ListenerReasonUnsupportedValue), "How it validates clients is not supported."
	case v.unresolved.Type != "":
		out.Reason, out.Message = string(gatewayv1.ListenerReasonNoValidCACertificate), "There is no authority to validate clients with."
	default:
		return Condition{}
	}
	return out
}

// resolve finds the authority.
func (v *clientValidation) resolve(inv *inventory) {
	v.authority, v.unresolved = nil, Condition{}
	if v.broken {
		return
	}
	authority, reason, message := inv.authority(v.from, v.ref)
	v.authority = authority
	if authority == nil {
		v.unresolved = Condition{
			Type: string(gatewayv1.ListenerConditionResolvedRefs), Reason: string(reason),
			Message: fmt.Sprintf("%s: %s.", v.ref.path, message),
		}
	}
}

// unresolvedFor is what a listener may tell: one of a ListenerSet nothing of its
// Gateway's references, which may be another team's.
func (v *clientValidation) unresolvedFor(l *listener) Condition {
	out := v.unresolved
	if out.Type != "" && l.Owner != v.from {
		out.Message = v.refusal().Message
	}
	return out
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
