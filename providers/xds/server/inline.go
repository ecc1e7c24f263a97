package server

import (
	"maps"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	tlsv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
	"google.golang.org/protobuf/proto"

	"github.com/gwctl/gwctl/providers/xds/material"
	"github.com/gwctl/gwctl/providers/xds/rollout"
	"github.com/gwctl/gwctl/providers/xds/translate"
)

// served returns changes as Envoys are to go through them: with the contents of
// before and after.
func served(moves []rollout.Change, before, after *materials) []rollout.Change {
	out := make([]rollout.Change, len(moves))
	for i, m := range moves {
		out[i] = rollout.Change{Gateway: m.Gateway, From: before.snapshot(m.From), To: after.snapshot(m.To)}
	}
	return out
}

// snapshot returns one as Envoys are served it. Secrets without content are not
// in it: who has them keeps them.
func (m *materials) snapshot(s *translate.Snapshot) *translate.Snapshot {
	secrets := s.Of(translate.Secret)
	if len(secrets) == 0 {
		return s
	}
	out := &translate.Snapshot{Gateway: s.Gateway, Resources: maps.Clone(s.Resources)}
	own := make(map[string]*translate.Resource, len(secrets))
	for name, r := range secrets {
		if inlined := m.inline(r); inlined != nil {
			own[name] = inlined
		}
	}
	out.Resources[translate.Secret] = own
	return out
}

// inline puts contents in the place of the names of files; nil where there are
// none. The version tells that the content is another.
func (m *materials) inline(r *translate.Resource) *translate.Resource {
	secret, source := decodeSecret(r)
	certificate, validation := secret.GetTlsCertificate(), secret.GetValidationContext()
	content := m.good[source]
	switch {
	case content == nil:
		return nil
	case certificate != nil:
		certificate.CertificateChain, certificate.PrivateKey = bytesSource(content.Certificate), bytesSource(content.Key)
	default:
		validation.TrustedCa = bytesSource(content.Authorities)
	}
	body, err := proto.MarshalOptions{Deterministic: true}.Marshal(secret)
	if err != nil {
		return nil
	}
	inlined := *r
	inlined.Version, inlined.Body = r.Version+"-"+content.Sum, body
	return &inlined
}

// decodeSecret returns a secret and the files that it names; nil if it cannot be
// read.
func decodeSecret(r *translate.Resource) (*tlsv3.Secret, material.Source) {
	secret := &tlsv3.Secret{}
	if err := proto.Unmarshal(r.Body, secret); err != nil {
		return nil, material.Source{}
	}
	if c := secret.GetTlsCertificate(); c != nil {
		return secret, material.Source{Certificate: c.GetCertificateChain().GetFilename(), Key: c.GetPrivateKey().GetFilename()}
	}
	return secret, material.Source{Authorities: secret.GetValidationContext().GetTrustedCa().GetFilename()}
}

func bytesSource(content []byte) *corev3.DataSource {
	return &corev3.DataSource{Specifier: &corev3.DataSource_InlineBytes{InlineBytes: content}}
}
