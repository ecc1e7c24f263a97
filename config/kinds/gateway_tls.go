package kinds

import (
	"fmt"
	"slices"

	"github.com/gwctl/gwctl/config/schema"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/zclconf/go-cty/cty"
	runtime "k8s.io/apimachinery/pkg/runtime/schema"
)

// clientValidation is the block that says which client certificates HTTPS
// listeners want.
var clientValidation = schema.Block{
	Type: "client_validation", KeyAttr: "port", Max: 65,
	Doc: "Which certificates clients have to show at HTTPS listeners.",
	Body: schema.Body{Attrs: []schema.Attr{
		{Name: "port", Type: cty.Number, Default: "every port that has no block of its own", Doc: "Port of the listeners."},
		{Name: "certificate_authorities", Type: schema.Refs, Refs: []string{"certificate_authority"}, Required: true, Doc: "Who has to have signed the certificates: `[certificate_authority.corp]`. In a block with a port, `[]` asks for no certificate there."},
		{Name: "mode", Type: cty.String, Default: `"AllowValidOnly"`, OneOf: []string{"AllowValidOnly", "AllowInsecureFallback"}, Doc: "`AllowInsecureFallback` lets clients in without a certificate, and with one that is not valid: backends have to look."},
		otherArg("validation"),
	}},
}

// encodeGatewayTLS writes what a gateway shows to backends, and wants of
// clients.
func encodeGatewayTLS(b *resource.Block, spec Field) {
	f := spec.f
	if ref, a := f.ref(b, "client_certificate", "certificate", certificateObject.GroupKind()); a != nil {
		backend := spec.Map("tls", from(a)).Map("backend", from(a))
		encodeObjectRef(ref, certificateObject.GroupKind(), backend.Map("clientCertificateRef", from(a)), from(a))
	}
	var everywhere *resource.Block
	for _, n := range b.BlocksOf("client_validation") {
		frontend := spec.Map("tls", within(n)).Map("frontend", within(n))
		out := frontend.Map("default", within(n))
		port, a := f.number(n, "port")
		switch {
		case a != nil:
			if !servesPort(b, port) {
				f.Errorf(a.Range, "Port without a listener", "No listener of the gateway is on port %d. Ports that have no client_validation of their own have the one without a port.", port)
			}
			item := frontend.Item("perPort", within(n))
			item.Set("port", port, from(a))
			out = item.Map("tls", within(n))
		case everywhere != nil:
			f.Errorf(n.Range, "Two validations of every port", "%s at %s is for every port as well. Keep one of them, or give one a port.", n.Type, place(everywhere.Range))
			continue
		default:
			everywhere = n
		}
		encodeValidation(n, a != nil, out)
	}
}

// servesPort reports whether a listener is on a port, or may be: those of
// listener sets are not known here.
func servesPort(gateway *resource.Block, port int64) bool {
	return len(gateway.BlocksOf("allowed_listeners")) > 0 || otherSets(gateway, "allowedListeners") ||
		slices.ContainsFunc(gateway.BlocksOf("listener"), func(l *resource.Block) bool {
			n, ok := whole(valueOf(l, "port"))
			return ok && n == port
		})
}

func encodeValidation(b *resource.Block, ofPort bool, out Field) {
	f := out.f
	refs, a := f.refs(b, "certificate_authorities", "certificate_authority", authorityObject.GroupKind())
	mode, byMode := f.text(b, "mode")
	if a != nil && len(refs) == 0 {
		switch {
		case !ofPort:
			f.Errorf(a.Range, "Validation by nobody", "certificate_authorities is empty, and nobody can have signed the certificates. List whom to trust, or remove the block to ask for none.")
		case byMode != nil:
			f.Errorf(byMode.Range, "Mode without a validation", "certificate_authorities is empty, so that no certificate is asked for, and mode says nothing. Remove one of the two.")
		}
	}
	if len(refs) == 0 && argument(b, "other") == nil {
		return
	}
	validation := out.Map("validation", within(b))
	for i, ref := range refs {
		by := fromIndex(a, i)
		item := validation.Item("caCertificateRefs", by)
		encodeObjectRef(ref, runtime.GroupKind{}, item, by) // which has no default
	}
	if byMode != nil {
		validation.Set("mode", mode, from(byMode))
	}
	encodeOther(b, validation)
}

func decodeGatewayTLS(spec fields, b *resource.Block, in home) {
	tls := spec.sub("tls")
	backend := tls.sub("backend")
	if refs := decodeRefs([]any{backend.left["clientCertificateRef"]}, certificateObject.GroupKind(), in); refs != nil {
		set(b, "client_certificate", refs[0])
		delete(backend.left, "clientCertificateRef")
	}
	tls.put("backend", backend)
	frontend := tls.sub("frontend")
	byDefault := frontend.sub("default")
	if n := decodeValidation(byDefault, in); n != nil {
		b.Blocks = append(b.Blocks, n)
	}
	frontend.put("default", byDefault)
	var kept []any
	for _, v := range list[map[string]any](frontend, "perPort") {
		item := fieldsOf(v)
		port, ok := item.number("port")
		settings := item.sub("tls")
		n := decodeValidation(settings, in)
		item.put("tls", settings)
		switch {
		case !ok || len(item.left) > 0:
			kept = append(kept, v)
			continue
		case n == nil:
			n = &resource.Block{Type: "client_validation"}
			set(n, "certificate_authorities", []any{})
		}
		n.Key = fmt.Sprint(port)
		n.Attrs = slices.Insert(n.Attrs, 0, resource.Attr{Name: "port", Value: port})
		b.Blocks = append(b.Blocks, n)
	}
	frontend.keep("perPort", kept)
	tls.put("frontend", frontend)
	spec.put("tls", tls)
}

// decodeValidation takes the validation out of a TLSConfig; nil where there is
// none, or one without words.
func decodeValidation(config fields, in home) *resource.Block {
	p := config.sub("validation")
	list, _ := p.left["caCertificateRefs"].([]any)
	authorities := decodeRefs(list, authorityObject.GroupKind(), in)
	if authorities == nil {
		return nil
	}
	b := &resource.Block{Type: "client_validation"}
	set(b, "certificate_authorities", authorities)
	delete(p.left, "caCertificateRefs")
	if mode := p.text("mode"); mode != "" && mode != "AllowValidOnly" {
		set(b, "mode", mode)
	}
	p.other(b)
	delete(config.left, "validation")
	return b
}
