package kinds

import (
	"github.com/gwctl/gwctl/config/schema"
	"github.com/gwctl/gwctl/internal/resource"
)

// listenerTLS is the block that says how a listener ends TLS.
var listenerTLS = schema.Block{
	Type: "tls", Max: 1,
	Doc: "How the listener ends TLS: an HTTPS listener has one.",
	Body: schema.Body{Attrs: []schema.Attr{
		{Name: "certificates", Type: schema.Refs, Refs: []string{"certificate"}, Doc: "What the proxy shows for itself: `[certificate.wildcard]`, or `{ name = \"shop-tls\", namespace = \"shop\" }` for another team's, which a ReferenceGrant has to permit. Of several, each client is shown the one that fits the host it asks for."},
		otherArg("listener's TLS settings"),
	}},
}

// encodeTLS writes how a listener ends TLS, and reports a protocol that wants
// another listener.
func encodeTLS(l *resource.Block, protocol string, out Field) {
	f := out.f
	blocks := l.BlocksOf("tls")
	if len(blocks) == 0 {
		if protocol == "HTTPS" && !otherSets(l, "tls") {
			f.Errorf(l.Range, "HTTPS without a certificate", "An HTTPS listener shows a certificate: tls { certificates = [certificate.NAME] }, with a certificate block of that name.")
		}
		return
	}
	b := blocks[0]
	if protocol != "HTTPS" {
		f.Errorf(b.Range, "TLS on an HTTP listener", "HTTP is spoken without TLS. Make the listener one of HTTPS, protocol = \"HTTPS\", or remove the block.")
		return
	}
	tls := out.Map("tls", within(b))
	refs, a := f.certificateRefs(b, "certificates")
	switch {
	case a == nil && otherSets(b, "certificateRefs"), a == nil && argument(b, "certificates") != nil:
	case a == nil:
		f.Errorf(b.Range, "HTTPS without a certificate", "certificates is missing: it lists what the listener shows, certificates = [certificate.NAME].")
	case len(refs) == 0:
		f.Errorf(b.Range, "HTTPS without a certificate", "certificates is empty: it lists what the listener shows, certificates = [certificate.NAME].")
	}
	for i, ref := range refs {
		by := fromIndex(a, i)
		item := tls.Item("certificateRefs", by)
		item.Set("name", ref.ID.Name, by)
		if ref.ID.Namespace != f.ID.Namespace {
			item.Set("namespace", ref.ID.Namespace, by)
		}
	}
	encodeOther(b, tls)
}

// certificateRefs reads an argument that lists references to certificates.
func (f *Fragment) certificateRefs(b *resource.Block, name string) ([]resource.Ref, *resource.Attr) {
	a := argument(b, name)
	if a == nil {
		return nil, nil
	}
	list, ok := a.Value.([]any)
	out := make([]resource.Ref, 0, len(list))
	for _, v := range list {
		ref, isRef := v.(resource.Ref)
		ok = ok && isRef && ref.ID.Name != ""
		if ref.ID.Kind == "" {
			ref.ID.Group, ref.ID.Kind = certificateObject.Group, certificateObject.Kind
		}
		ok = ok && ref.ID.GroupKind() == certificateObject.GroupKind()
		if ref.ID.Namespace == "" {
			ref.ID.Namespace = f.ID.Namespace
		}
		out = append(out, ref)
	}
	if !ok {
		f.wrongType(a, "a list of references, such as [certificate.NAME], or [{ name = \"NAME\", namespace = \"NAMESPACE\" }] for what another configuration owns")
		return nil, nil
	}
	return out, a
}

// decodeTLS takes the settings out of a listener; nil where it has none.
func decodeTLS(p fields, namespace string, names Names) *resource.Block {
	settings, ok := p.left["tls"].(map[string]any)
	if !ok || len(settings) == 0 {
		return nil
	}
	b := &resource.Block{Type: "tls"}
	tls := fieldsOf(settings)
	if refs := decodeCertificates(tls.left["certificateRefs"], namespace, names); refs != nil {
		set(b, "certificates", refs)
		delete(tls.left, "certificateRefs")
	}
	if tls.left["mode"] == "Terminate" { // the default
		delete(tls.left, "mode")
	}
	delete(p.left, "tls")
	tls.other(b)
	return b
}

// decodeCertificates returns nil unless all references are to Secrets.
func decodeCertificates(v any, namespace string, names Names) []any {
	list, _ := v.([]any)
	var out []any
	for _, v := range list {
		if _, ok := v.(map[string]any); !ok {
			return nil
		}
		p := fieldsOf(v)
		ref := decodeRef(p, certificateObject.GroupKind(), namespace, names)
		if len(p.left) > 0 || ref.ID.GroupKind() != certificateObject.GroupKind() || ref.ID.Name == "" {
			return nil
		}
		out = append(out, ref)
	}
	return out
}
