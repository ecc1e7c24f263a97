package kinds

import (
	"strings"

	"github.com/gwctl/gwctl/config/schema"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/zclconf/go-cty/cty"
	runtime "k8s.io/apimachinery/pkg/runtime/schema"
)

var backendTLSPolicyObject = runtime.GroupVersionKind{Group: "gateway.networking.k8s.io", Version: "v1", Kind: "BackendTLSPolicy"}

var backendTLSPolicy = &Kind{
	Name: "backend_tls_policy",
	Doc:  "TLS from the proxies to a backend, and whom they take it for: without such a policy requests go there in the clear.",
	Example: `
backend_tls_policy "orders" {
  target                  = backend.orders
  hostname                = "orders.internal"
  certificate_authorities = [certificate_authority.corp]
}`,
	Object: backendTLSPolicyObject,
	Schema: schema.Body{
		Attrs: withMetadata(
			schema.Attr{Name: "target", Type: schema.Ref, Refs: []string{"backend"}, Doc: "The backend: `backend.orders`, `{ name = \"orders\", type = \"Service\" }` for a Service, or without the type for a Backend that another configuration owns. It is in the policy's namespace."},
			schema.Attr{Name: "section", Type: cty.String, Default: "the whole backend", Doc: "One port of it: the name of a Service's; of a Backend the number, on an xDS server alone."},
			schema.Attr{Name: "hostname", Type: cty.String, Required: true, Doc: "The name that the proxies ask for (SNI), and that the backend's certificate has to have, unless `subject_alt_names` says otherwise."},
			schema.Attr{Name: "certificate_authorities", Type: schema.Refs, Refs: []string{"certificate_authority"}, Doc: "Who has to have signed the backend's certificate: `[certificate_authority.corp]`. At most 8, in the policy's namespace; on an xDS server one, whose file may have several certificates. Exactly one of `certificate_authorities` and `system_cas` is set."},
			schema.Attr{Name: "system_cas", Type: cty.Bool, Default: "false", Doc: "Whether the authorities are those that the proxy's own system trusts. On an xDS server that is the file `/etc/ssl/certs/ca-certificates.crt` of the machines of the Envoys, where Debian and its kin, and Envoy's images, have them."},
			schema.Attr{Name: "subject_alt_names", Type: cty.List(cty.String), Default: "`hostname` alone", Doc: "Names of which the backend's certificate has to have one, instead of `hostname`: hosts such as `orders.internal`, or URIs such as `spiffe://corp/orders`. At most 5."},
			schema.Attr{Name: "options", Type: cty.Map(cty.String), Doc: "Settings that an implementation has of its own, such as `example.com/ciphers`. At most 16."},
			otherArg("BackendTLSPolicy's spec"),
		),
	},
	Identity: []string{"name", "namespace"},
	Refer:    referTo(called(backendTLSPolicyObject.GroupKind())),
	Encode:   encodeBackendTLSPolicy,
	Decode:   decodeBackendTLSPolicy,
}

func encodeBackendTLSPolicy(b *resource.Block, f *Fragment) {
	spec := f.Spec(b)
	encodeTarget(b, spec)
	validation := encodeAuthorities(b, spec)
	if hostname, a := f.text(b, "hostname"); a != nil {
		validation.Set("hostname", hostname, from(a))
	}
	names, a := f.texts(b, "subject_alt_names")
	for i, name := range names {
		by := fromIndex(a, i)
		item := validation.Item("subjectAltNames", by)
		if isURI(name) {
			item.Set("type", "URI", by)
			item.Set("uri", name, by)
		} else {
			item.Set("type", "Hostname", by)
			item.Set("hostname", name, by)
		}
	}
	options, a := f.textEntries(b, "options")
	for _, e := range options {
		spec.Map("options", from(a)).Entry(e.key, e.value, fromKey(a, e.key))
	}
	encodeOther(b, spec)
}

// isURI tells a URI, which has a scheme, from a hostname.
func isURI(name string) bool { return strings.Contains(name, ":") }

func encodeTarget(b *resource.Block, spec Field) {
	f := spec.f
	ref, a := f.ref(b, "target", "backend", backendObject.GroupKind())
	section, at := f.text(b, "section")
	switch {
	case a != nil:
	case at != nil:
		f.Errorf(at.Range, "Section without a target", "section names a port of target = ..., which is missing.")
		return
	case argument(b, "target") == nil && !otherSets(b, "targetRefs"):
		f.Errorf(b.Range, "Policy without a target", "Say what is reached by TLS: target = backend.NAME.")
		return
	default:
		return
	}
	f.checkLocal(ref, from(a))
	target := spec.Item("targetRefs", from(a))
	target.Set("group", ref.ID.Group, from(a))
	target.Set("kind", ref.ID.Kind, from(a))
	target.Set("name", ref.ID.Name, from(a))
	if at == nil {
		return
	}
	if f.Scope.Provider == "kubernetes" && ref.ID.GroupKind() == backendObject.GroupKind() {
		f.Errorf(at.Range, "Section of a Backend", "Envoy Gateway applies such a policy where a route names the port together with the Backend, and a forward names the Backend alone: requests would go in the clear. Remove section, so that the policy is for all of the Backend, and make a backend for each port that differs.")
	}
	target.Set("sectionName", section, from(at))
}

// encodeAuthorities begins the field that says whom a backend is taken for.
func encodeAuthorities(b *resource.Block, spec Field) Field {
	f := spec.f
	refs, authorities := f.refs(b, "certificate_authorities", "certificate_authority", authorityObject.GroupKind())
	by := within(b)
	if authorities != nil {
		by = from(authorities)
	}
	validation := spec.Map("validation", by)
	for i, ref := range refs {
		by := fromIndex(authorities, i)
		f.checkLocal(ref, by)
		item := validation.Item("caCertificateRefs", by)
		item.Set("group", ref.ID.Group, by)
		item.Set("kind", ref.ID.Kind, by)
		item.Set("name", ref.ID.Name, by)
	}
	system, known := f.flag(b, "system_cas")
	if system {
		validation.Set("wellKnownCACertificates", "System", from(known))
	}
	const oneOf = "Exactly one of certificate_authorities = [certificate_authority.NAME] and system_cas = true says who has to have signed the backend's certificate."
	switch {
	case system && len(refs) > 0:
		f.Errorf(authorities.Range, "Two kinds of authorities", oneOf)
	case authorities != nil && len(refs) == 0 && !system:
		f.Errorf(authorities.Range, "No authority", oneOf)
	case !system && argument(b, "certificate_authorities") == nil && (known != nil || argument(b, "system_cas") == nil) && !otherSets(b, "validation"):
		f.Errorf(b.Range, "No authority", oneOf)
	}
	return validation
}

// checkLocal refuses references into other namespaces where there are none.
func (f *Fragment) checkLocal(ref resource.Ref, by source) {
	if ref.ID.Namespace != f.ID.Namespace {
		f.Errorf(by.at, "Reference into another namespace", "%s leads to namespace %s, and this block is in %s: here only its own namespace can be meant. Move the block, namespace = %q, or what it refers to.", by, ref.ID.Namespace, f.ID.Namespace, ref.ID.Namespace)
	}
}

func decodeBackendTLSPolicy(o *resource.Object, names Names) (*resource.Block, error) {
	b := decodeMetadata(o, "backend_tls_policy", names)
	spec := fieldsOf(o.Object["spec"])
	decodeTarget(spec, b, o.GetNamespace(), names)
	validation := spec.sub("validation")
	if hostname := validation.text("hostname"); hostname != "" {
		set(b, "hostname", hostname)
	}
	if refs := decodeRefs(validation.left["caCertificateRefs"], authorityObject.GroupKind(), home{o.GetNamespace(), names}); refs != nil {
		set(b, "certificate_authorities", refs)
		delete(validation.left, "caCertificateRefs")
	}
	if validation.left["wellKnownCACertificates"] == "System" {
		set(b, "system_cas", true)
		delete(validation.left, "wellKnownCACertificates")
	}
	if altNames := decodeAltNames(validation.left["subjectAltNames"]); altNames != nil {
		set(b, "subject_alt_names", altNames)
		delete(validation.left, "subjectAltNames")
	}
	spec.put("validation", validation)
	if options := stringMap(spec.left["options"]); options != nil {
		set(b, "options", options)
		delete(spec.left, "options")
	}
	spec.other(b)
	decodeLabels(o, b)
	return b, nil
}

// decodeTarget takes the only target that the argument can say.
func decodeTarget(spec fields, b *resource.Block, namespace string, names Names) {
	targets, _ := spec.left["targetRefs"].([]any)
	if len(targets) != 1 {
		return
	}
	p := fieldsOf(targets[0])
	ref := decodeRef(p, backendObject.GroupKind(), home{namespace, names})
	section := p.text("sectionName")
	if len(p.left) > 0 || ref.ID.Name == "" || ref.ID.Namespace != namespace {
		return
	}
	set(b, "target", ref)
	if section != "" {
		set(b, "section", section)
	}
	delete(spec.left, "targetRefs")
}

// decodeAltNames returns nil unless each name has the type that it alone tells.
func decodeAltNames(v any) []any {
	given, _ := v.([]any)
	var out []any
	for _, v := range given {
		p := fieldsOf(v)
		typ, host, uri := p.text("type"), p.text("hostname"), p.text("uri")
		name := host + uri
		if len(p.left) > 0 || name == "" || host != "" && uri != "" || (typ == "URI") != isURI(name) || (typ == "Hostname") != (host != "") {
			return nil
		}
		out = append(out, name)
	}
	return out
}
