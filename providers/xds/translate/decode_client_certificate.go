package translate

import (
	"fmt"

	"github.com/gwctl/gwctl/internal/resource"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// clientCertificate is what a gateway shows to backends that speak TLS.
type clientCertificate struct {
	ref certificateRef
	// certificate is what the reference leads to, found anew by each
	// translation; nil where it leads nowhere: then backends are shown none.
	certificate *certificate
	resolved    Condition
}

func decodeClientCertificate(d *decoding, in *gatewayv1.GatewayBackendTLS) *clientCertificate {
	if in == nil || in.ClientCertificateRef == nil {
		return nil
	}
	return &clientCertificate{ref: newCertificateRef(d, "spec.tls.backend.clientCertificateRef", *in.ClientCertificateRef)}
}

// resolve finds the certificate.
func (c *clientCertificate) resolve(inv *inventory, from resource.ID) {
	found, reason, message := inv.certificate(from, c.ref)
	c.certificate = found
	c.resolved = Condition{Type: string(gatewayv1.GatewayConditionResolvedRefs), Status: true, Reason: string(gatewayv1.GatewayReasonResolvedRefs)}
	if found != nil {
		return
	}
	if reason == gatewayv1.ListenerReasonInvalidCertificateRef {
		reason = gatewayv1.ListenerConditionReason(gatewayv1.GatewayReasonInvalidClientCertificateRef)
	}
	c.resolved.Status, c.resolved.Reason = false, string(reason)
	c.resolved.Message = fmt.Sprintf("%s: %s. Backends are shown no certificate.", c.ref.path, message)
}

// client returns the certificate that the gateway shows to backends.
func (g *gateway) client() *certificate {
	if g.clientCertificate == nil {
		return nil
	}
	return g.clientCertificate.certificate
}
