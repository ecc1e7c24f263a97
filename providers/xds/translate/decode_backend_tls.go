package translate

import (
	"fmt"

	envoygateway "github.com/envoyproxy/gateway/api/v1alpha1"
	"k8s.io/apimachinery/pkg/util/validation"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// backendTLS is what a Backend says itself of how to speak TLS to it. A policy
// that is for it has the last word, but for the certificate that it is shown.
type backendTLS struct {
	ca       *authorityRef // nil: the authorities that the proxy's system trusts
	sni      string
	client   *certificateRef // nil: the gateway's
	accepted Condition       // found anew whenever an object but a route changes
}

// decodeBackendTLS is strict: where something is left out, somebody else could
// be taken for the backend.
func decodeBackendTLS(d *decoding, in *envoygateway.BackendTLSSettings) *backendTLS {
	const path = "spec.tls"
	out := &backendTLS{}
	switch {
	case value(in.InsecureSkipVerify, false):
		d.problem(path+".insecureSkipVerify", "anybody could be taken for the backend: name its authority in caCertificateRefs, or set wellKnownCACertificates to System")
	default:
		out.ca = decodeAuthority(d, path, in.CACertificateRefs, in.WellKnownCACertificates)
	}
	switch {
	case value(in.AutoSNIFromEndpointHostname, false):
		d.problem(path+".autoSNIFromEndpointHostname", "the name that is asked for is one: set sni, and make a Backend for each name")
	case in.SNI == nil:
		d.problem(path, "the name is missing that the backend's certificate has: set sni")
	default:
		out.sni = normalizeHostname(string(*in.SNI))
		if len(validation.IsDNS1123Subdomain(out.sni)) > 0 {
			d.problem(path+".sni", "%q is no hostname: give the one that the backend's certificate has", *in.SNI)
		}
	}
	if in.BackendTLSConfig == nil {
		return out
	}
	for _, setting := range []struct {
		name string
		set  bool
	}{
		{"minVersion", in.MinVersion != nil},
		{"maxVersion", in.MaxVersion != nil},
		{"ciphers", in.Ciphers != nil},
		{"ecdhCurves", in.ECDHCurves != nil},
		{"signatureAlgorithms", in.SignatureAlgorithms != nil},
		{"alpnProtocols", in.ALPNProtocols != nil},
		{"fingerprints", in.Fingerprints != nil},
	} {
		if setting.set {
			d.unsupported(path + "." + setting.name)
		}
	}
	if ref := in.ClientCertificateRef; ref != nil {
		client := newCertificateRef(d, path+".clientCertificateRef", *ref)
		if client.id.Namespace != d.id.Namespace {
			d.problem(client.path, "a Backend shows a certificate of its own namespace: leave namespace out")
		}
		out.client = &client
	}
	return out
}

// decodeAuthority decodes whose certificates a backend can have; nil stands for
// the authorities that the proxy's system trusts, and for a problem.
func decodeAuthority(d *decoding, path string, refs []gatewayv1.LocalObjectReference, wellKnown *gatewayv1.WellKnownCACertificatesType) *authorityRef {
	at := path + ".caCertificateRefs"
	known := text(wellKnown, "")
	switch {
	case known != "" && known != string(gatewayv1.WellKnownCACertificatesSystem):
		d.problem(path+".wellKnownCACertificates", "%q is not known: allowed is System", known)
	case known != "" && len(refs) > 0:
		d.problem(at, "either these authorities are trusted or those of the system: remove one of caCertificateRefs and wellKnownCACertificates")
	case known == "" && len(refs) != 1:
		d.problem(at, "there are %d references: give one, to a ConfigMap whose file has all certificates that are trusted", len(refs))
	case known == "":
		ca := newAuthorityRef(index(at, 0), string(refs[0].Group), string(refs[0].Kind), d.id.Namespace, string(refs[0].Name))
		if !ca.supported {
			d.problem(ca.path, "a %s cannot be an authority: allowed is ConfigMap", ca.id.Kind)
		}
		return &ca
	}
	return nil
}

// resolve finds what a Backend refers to.
func (own *backendTLS) resolve(inv *inventory, b *backend) *upstreamTLS {
	own.accepted = Condition{
		Type:   string(envoygateway.BackendConditionAccepted),
		Status: true, Reason: string(envoygateway.BackendReasonAccepted),
	}
	out := &upstreamTLS{sni: own.sni, names: []subjectName{{name: own.sni}}}
	refuse := func(path, message string) {
		out.broken = true
		own.accepted.Status, own.accepted.Reason = false, string(envoygateway.BackendReasonInvalid)
		own.accepted.Message = fmt.Sprintf("%s: %s.", path, message)
	}
	if b.broken {
		refuse("spec", "it asks for what is not supported")
	}
	if own.ca != nil {
		authority, _, message := inv.authority(b.id, *own.ca)
		if authority == nil {
			refuse(own.ca.path, message)
		} else {
			out.trust(authority)
		}
	}
	if own.client != nil {
		client, _, message := inv.certificate(b.id, *own.client)
		if client == nil {
			refuse(own.client.path, message)
		}
		out.client = client
	}
	return out
}
