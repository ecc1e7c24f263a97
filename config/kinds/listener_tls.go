package kinds

import (
	"github.com/gwctl/gwctl/config/schema"
	"github.com/gwctl/gwctl/internal/attachment"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/zclconf/go-cty/cty"
)

// listenerTLS is the block that says what a listener does with TLS.
var listenerTLS = schema.Block{
	Type: "tls", Max: 1,
	Doc: "What the listener does with TLS: one of `HTTPS` or `TLS` has such a block.",
	Body: schema.Body{Attrs: []schema.Attr{
		{Name: "mode", Type: cty.String, Default: `"Terminate"`, OneOf: []string{"Terminate", "Passthrough"}, Doc: "Whether the proxy ends TLS, or hands it on as it is: then backends end it, and the proxy sees the host alone that a client asks for. `HTTPS` listeners end it."},
		{Name: "certificates", Type: schema.Refs, Refs: []string{"certificate"}, Doc: "What the proxy shows for itself: `[certificate.wildcard]`, or `{ name = \"shop-tls\", namespace = \"shop\" }` for another team's, which a `reference_grant` has to permit. Of several, each client is shown the one that fits the host it asks for."},
		{Name: "options", Type: cty.Map(cty.String), Doc: "Settings that the controller knows, such as a lowest version of TLS, by names with its domain: `{ \"example.com/min-version\" = \"1.3\" }`."},
		otherArg("listener's TLS settings"),
	}},
}

// encodeTLS writes what a listener does with TLS, and reports a protocol that
// wants another listener.
func encodeTLS(l *resource.Block, protocol string, out Field) {
	f := out.f
	blocks := l.BlocksOf("tls")
	speaksTLS := protocol == "HTTPS" || protocol == "TLS" || attachment.RoutesOf(protocol) == nil
	switch {
	case len(blocks) == 0 && protocol == "HTTPS" && !otherSets(l, "tls"):
		f.Errorf(l.Range, "HTTPS without a certificate", "An HTTPS listener shows a certificate: tls { certificates = [certificate.NAME] }, with a certificate block of that name.")
	case len(blocks) == 0 && protocol == "TLS" && !otherSets(l, "tls"):
		f.Errorf(l.Range, "TLS without a mode", "A TLS listener hands TLS on, tls { mode = \"Passthrough\" }, or ends it with a certificate: tls { certificates = [certificate.NAME] }.")
		out.Map("tls", within(l)).Set("mode", "Passthrough", within(l))
	case len(blocks) == 0:
	case !speaksTLS:
		f.Errorf(blocks[0].Range, "TLS on a listener without it", "%s is spoken without TLS. Make the listener one of HTTPS or TLS, protocol = \"HTTPS\", or remove the block.", protocol)
	case protocol == "HTTPS" && valueOf(blocks[0], "mode") == "Passthrough":
		f.Errorf(argument(blocks[0], "mode").Range, "HTTPS that is handed on", "An HTTPS listener ends TLS. Make it one of TLS, protocol = \"TLS\", to hand TLS on to backends, with a tls_route.")
	default:
		encodeTLSSettings(blocks[0], protocol, out.Map("tls", within(blocks[0])))
	}
}

func encodeTLSSettings(b *resource.Block, protocol string, tls Field) {
	f := tls.f
	mode, byMode := f.text(b, "mode")
	if byMode != nil {
		tls.Set("mode", mode, from(byMode))
	}
	refs, a := f.refs(b, "certificates", "certificate", certificateObject.GroupKind())
	given := argument(b, "certificates")
	switch {
	case mode == "Passthrough" && given != nil:
		f.Errorf(given.Range, "Certificates without effect", "mode is \"Passthrough\": backends end TLS, and show their own certificates. Remove certificates, or the mode.")
	case mode == "Passthrough", given == nil && (otherSets(b, "certificateRefs") || argument(b, "options") != nil), given != nil && a == nil:
	case given == nil:
		f.Errorf(b.Range, protocol+" without a certificate", "certificates is missing: it lists what the listener shows, certificates = [certificate.NAME].")
	case len(refs) == 0:
		f.Errorf(b.Range, protocol+" without a certificate", "certificates is empty: it lists what the listener shows, certificates = [certificate.NAME].")
	}
	for i, ref := range refs {
		by := fromIndex(a, i)
		encodeObjectRef(ref, certificateObject.GroupKind(), tls.Item("certificateRefs", by), by)
	}
	entries, options := f.textEntries(b, "options")
	for _, e := range entries {
		tls.Map("options", from(options)).Entry(e.key, e.value, fromKey(options, e.key))
	}
	encodeOther(b, tls)
}

// decodeTLS takes the settings out of a listener; nil where it has none.
func decodeTLS(p fields, in home) *resource.Block {
	settings, ok := p.left["tls"].(map[string]any)
	if !ok || len(settings) == 0 {
		return nil
	}
	b := &resource.Block{Type: "tls"}
	tls := fieldsOf(settings)
	switch tls.left["mode"] {
	case "Passthrough":
		set(b, "mode", "Passthrough")
		delete(tls.left, "mode")
	case "Terminate": // the default
		delete(tls.left, "mode")
	}
	if refs := decodeRefs(tls.left["certificateRefs"], certificateObject.GroupKind(), in); refs != nil {
		set(b, "certificates", refs)
		delete(tls.left, "certificateRefs")
	}
	if options := stringMap(tls.left["options"]); options != nil {
		set(b, "options", options)
		delete(tls.left, "options")
	}
	delete(p.left, "tls")
	tls.other(b)
	return b
}
