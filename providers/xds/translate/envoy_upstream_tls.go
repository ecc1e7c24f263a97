package translate

import (
	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	tlsv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
	matcherv3 "github.com/envoyproxy/go-control-plane/envoy/type/matcher/v3"
)

// systemAuthorities is the file with the authorities that an Envoy's own system
// trusts, where Debian and its kin, and Envoy's images, have it.
const systemAuthorities = "/etc/ssl/certs/ca-certificates.crt"

// upstreamTLS is how proxies speak TLS to a backend.
type upstreamTLS struct {
	sni       string
	names     []subjectName // of which the backend's certificate has to have one
	authority *authority    // nil: those of the proxy's system
	client    *certificate  // that the backend is shown in place of the gateway's; nil: the gateway's
	// broken is what cannot be done as it was asked for. Then nobody speaks to
	// the backend: plain text must never reach it.
	broken  bool
	origins []Origin
}

// trust has the certificates of an authority taken, and of nobody else.
func (t *upstreamTLS) trust(a *authority) {
	t.authority = a
	t.origins = append(t.origins, a.build().Origins()...)
}

// over is what a policy says of a backend that says something itself.
func (t *upstreamTLS) over(own *upstreamTLS) *upstreamTLS {
	if own == nil || own.client == nil {
		return t
	}
	both := *t
	both.client = own.client
	return &both
}

// secure has a cluster speak TLS, and returns the secrets that it asks for. The
// protocols that it offers are not said here: Envoy offers what it is about to
// speak, and nothing for connections of which it knows no protocol.
func (t *upstreamTLS) secure(definition *clusterv3.Cluster, client *certificate) []*Resource {
	common := &tlsv3.CommonTlsContext{
		// To servers Envoy speaks no more than TLS 1.2 unless it is told to.
		TlsParams: &tlsv3.TlsParameters{TlsMaximumProtocolVersion: tlsv3.TlsParameters_TLSv1_3},
	}
	var secrets []*Resource
	if client != nil {
		secrets = append(secrets, client.build())
		common.TlsCertificateSdsSecretConfigs = []*tlsv3.SdsSecretConfig{secretConfig(client.build())}
	}
	expected := &tlsv3.CertificateValidationContext{}
	for _, n := range t.names {
		expected.MatchTypedSubjectAltNames = append(expected.MatchTypedSubjectAltNames, n.matcher())
	}
	if t.authority == nil {
		expected.TrustedCa = file(systemAuthorities)
		common.ValidationContextType = &tlsv3.CommonTlsContext_ValidationContext{ValidationContext: expected}
	} else {
		secrets = append(secrets, t.authority.build())
		common.ValidationContextType = &tlsv3.CommonTlsContext_CombinedValidationContext{
			CombinedValidationContext: &tlsv3.CommonTlsContext_CombinedCertificateValidationContext{
				DefaultValidationContext:         expected,
				ValidationContextSdsSecretConfig: secretConfig(t.authority.build()),
			},
		}
	}
	definition.TransportSocket = &corev3.TransportSocket{
		Name: "envoy.transport_sockets.tls",
		ConfigType: &corev3.TransportSocket_TypedConfig{TypedConfig: pack(&tlsv3.UpstreamTlsContext{
			CommonTlsContext: common, Sni: t.sni,
		})},
	}
	return secrets
}

func (n subjectName) matcher() *tlsv3.SubjectAltNameMatcher {
	out := &tlsv3.SubjectAltNameMatcher{
		SanType: tlsv3.SubjectAltNameMatcher_DNS,
		Matcher: &matcherv3.StringMatcher{MatchPattern: &matcherv3.StringMatcher_Exact{Exact: n.name}},
	}
	if n.uri {
		out.SanType = tlsv3.SubjectAltNameMatcher_URI
	}
	return out
}
