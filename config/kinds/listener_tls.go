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
	refs, a := f.refs(b, "certificates", "certificate", certificateObject.GroupKind())
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

// decodeTLS takes the settings out of a listener; nil where it has none.
func decodeTLS(p fields, namespace string, names Names) *resource.Block {
	settings, ok := p.left["tls"].(map[string]any)
	if !ok || len(settings) == 0 {
		return nil
	}
	b := &resource.Block{Type: "tls"}
	tls := fieldsOf(settings)
	if refs := decodeRefs(tls.left["certificateRefs"], certificateObject.GroupKind(), namespace, names); refs != nil {
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
