package translate

import (
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	tlsv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// build returns the secret that Envoy asks for by its name. It names files: who
// serves it puts their contents in their place.
func (c *certificate) build() *Resource {
	if c.resource == nil {
		name := c.id.Namespace + "/" + c.id.Name
		c.resource = newResource(Secret, name, marshal(&tlsv3.Secret{
			Name: name,
			Type: &tlsv3.Secret_TlsCertificate{TlsCertificate: &tlsv3.TlsCertificate{
				CertificateChain: file(c.certFile), PrivateKey: file(c.keyFile),
			}},
		}), nil, []Origin{{c.id, "metadata.annotations"}})
	}
	return c.resource
}

// build returns the secret with what is trusted.
func (a *authority) build() *Resource {
	if a.resource == nil {
		name := a.id.Namespace + "/" + a.id.Name + ":ca"
		a.resource = newResource(Secret, name, marshal(&tlsv3.Secret{
			Name: name,
			Type: &tlsv3.Secret_ValidationContext{ValidationContext: &tlsv3.CertificateValidationContext{TrustedCa: file(a.file)}},
		}), nil, []Origin{{a.id, "metadata.annotations"}})
	}
	return a.resource
}

func file(path string) *corev3.DataSource {
	return &corev3.DataSource{Specifier: &corev3.DataSource_Filename{Filename: path}}
}

// terminate is the socket of a listener that ends TLS.
func terminate(t *listenerTLS, protocols []string) *corev3.TransportSocket {
	common := &tlsv3.CommonTlsContext{AlpnProtocols: protocols}
	for _, c := range t.certificates {
		common.TlsCertificateSdsSecretConfigs = append(common.TlsCertificateSdsSecretConfigs, secretConfig(c.build()))
	}
	if t.clients != nil {
		t.clients.demand(common)
	}
	return &corev3.TransportSocket{
		Name: "envoy.transport_sockets.tls",
		ConfigType: &corev3.TransportSocket_TypedConfig{TypedConfig: pack(&tlsv3.DownstreamTlsContext{
			CommonTlsContext:         common,
			RequireClientCertificate: wrapperspb.Bool(t.clients != nil && !t.clients.fallback),
		})},
	}
}

// demand has clients asked for a certificate.
func (v *clientValidation) demand(common *tlsv3.CommonTlsContext) {
	trusted := secretConfig(v.authority.build())
	if !v.fallback {
		common.ValidationContextType = &tlsv3.CommonTlsContext_ValidationContextSdsSecretConfig{ValidationContextSdsSecretConfig: trusted}
		return
	}
	common.ValidationContextType = &tlsv3.CommonTlsContext_CombinedValidationContext{
		CombinedValidationContext: &tlsv3.CommonTlsContext_CombinedCertificateValidationContext{
			DefaultValidationContext: &tlsv3.CertificateValidationContext{
				TrustChainVerification: tlsv3.CertificateValidationContext_ACCEPT_UNTRUSTED,
			},
			ValidationContextSdsSecretConfig: trusted,
		},
	}
}

// secretConfig names a secret. What waits for it holds up the start of an Envoy
// as a whole: so it goes on without one that does not come, and connects to nobody.
// All say the same of it, since Envoy asks once for each way to ask, and is told
// once.
func secretConfig(r *Resource) *tlsv3.SdsSecretConfig {
	return &tlsv3.SdsSecretConfig{Name: r.Name, SdsConfig: overADS(fetchTimeout)}
}
