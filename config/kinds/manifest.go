package kinds

import (
	"maps"
	"strings"

	"github.com/gwctl/gwctl/config/schema"
	"github.com/gwctl/gwctl/internal/diag"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/zclconf/go-cty/cty"
	runtime "k8s.io/apimachinery/pkg/runtime/schema"
)

var manifest = &Kind{
	Name: "manifest",
	Doc: "Any other object of a Kubernetes cluster, as it is; on an xDS server one of a type that it knows, such as a Namespace, whose labels gateways may choose routes by. Its `metadata.name` is by default the module path, label and key, joined by `-`, and its `metadata.namespace` the provider block's. " +
		"Objects of types that belong to the cluster have no namespace; where gwctl does not know such a type, `metadata = { namespace = \"\" }` says so. " +
		"What the API server writes itself (`status`, `uid`, `resourceVersion` and the like) is left out, so that `object = yamldecode(file(\"policy.yaml\"))` works. " +
		"A Secret's values are refused, since plans and the state would have them.",
	Example: `
manifest "grant" {
  object = {
    apiVersion = "gateway.networking.k8s.io/v1beta1"
    kind       = "ReferenceGrant"
    metadata   = { namespace = "shop" }
    spec = {
      from = [{ group = "gateway.networking.k8s.io", kind = "HTTPRoute", namespace = "default" }]
      to   = [{ group = "", kind = "Service" }]
    }
  }
}`,
	Schema: schema.Body{
		Attrs: []schema.Attr{{
			Name: "object", Type: cty.DynamicPseudoType, Required: true,
			Doc: "The object: `apiVersion`, `kind` and the fields of its type, by their own names.",
		}},
	},
	Identity: []string{"object"},
	Refer:    referTo(identifyManifest),
	Identify: identifyManifest,
	Encode:   encodeManifest,
	Decode:   decodeManifest,
}

// identifyManifest reads the identity in the object, whatever else is wrong
// with it.
func identifyManifest(b *resource.Block, a resource.Address, in Scope) resource.ID {
	object, _ := valueOf(b, "object").(map[string]any)
	gk := typeOf(object).GroupKind()
	id := resource.ID{Group: gk.Group, Kind: gk.Kind, Name: deriveName(a)}
	metadata, _ := object["metadata"].(map[string]any)
	if name, _ := metadata["name"].(string); name != "" {
		id.Name = name
	}
	if namespace, given := metadata["namespace"].(string); given {
		id.Namespace = namespace
	} else if !IsClusterScoped(gk) {
		id.Namespace = namespaceOf(b, in)
	}
	return id
}

// typeOf returns the type of an object, empty where it says none.
func typeOf(object map[string]any) runtime.GroupVersionKind {
	version, _ := object["apiVersion"].(string)
	kind, _ := object["kind"].(string)
	gv, err := runtime.ParseGroupVersion(version)
	if err != nil || gv.Version == "" {
		return runtime.GroupVersionKind{}
	}
	return gv.WithKind(kind)
}

func isSecret(gk runtime.GroupKind) bool { return gk == runtime.GroupKind{Kind: "Secret"} }

func encodeManifest(b *resource.Block, f *Fragment) {
	fields, a := f.entries(b, "object")
	if a == nil {
		if argument(b, "object") == nil {
			f.Errorf(b.Range, "Manifest without an object", "object is missing: it says what the manifest makes.")
		}
		return
	}
	object := valueOf(b, "object").(map[string]any)
	if !checkType(object, a, f) || !checkSecret(object, a, f) {
		return
	}
	root := f.Root()
	root.encodeObjectMeta(object, a)
	for _, e := range fields {
		by := fromKey(a, e.key)
		switch {
		case e.key == "metadata" || e.key == "status":
		default:
			root.write(e.key, e.value, by, a.ValueRanges[e.key].Elements)
		}
	}
}

// checkType reports an object that does not say what it is, or that is several.
func checkType(object map[string]any, a *resource.Attr, f *Fragment) bool {
	for _, key := range []string{"apiVersion", "kind"} {
		text, ok := object[key].(string)
		switch {
		case object[key] == nil:
			f.Errorf(a.Range, "Object without a type", "object lacks %s. It starts with both, as in { apiVersion = \"v1\", kind = \"ConfigMap\" }.", key)
			return false
		case !ok || text == "":
			f.Errorf(fromKey(a, key).at, "Object without a type", "%s of the object must be a string, as in { apiVersion = \"v1\", kind = \"ConfigMap\" }.", key)
			return false
		}
	}
	switch {
	case typeOf(object).Empty():
		f.Errorf(fromKey(a, "apiVersion").at, "Invalid apiVersion", "apiVersion is %q; it is GROUP/VERSION, or VERSION alone for Kubernetes' core, as in \"apps/v1\" and \"v1\".", object["apiVersion"])
		return false
	case strings.HasSuffix(f.ID.Kind, "List") && object["items"] != nil:
		f.Errorf(a.Range, "Several objects in one manifest", "object is a %s, and a manifest makes one object. Make one for each of its items: for_each = { for o in LIST.items : o.metadata.name => o }, and object = each.value.", f.ID.Kind)
		return false
	}
	return true
}

// checkSecret reports a Secret with its values, which is looked at no further:
// messages show the lines that they are about.
func checkSecret(object map[string]any, a *resource.Attr, f *Fragment) bool {
	if !isSecret(f.ID.GroupKind()) {
		return true
	}
	for _, key := range []string{"data", "stringData"} {
		if object[key] == nil {
			continue
		}
		f.Errorf(fromKey(a, key).at, "Secret with values", "A Secret's values would stand in plans and in the state, where everybody reads them, so gwctl takes none. Create Secret %s without gwctl, and refer to it: data \"secret\" \"x\" { name = %q }.", f.ID.Name, f.ID.Name)
		f.diags[len(f.diags)-1].Extra = diag.Hidden{}
		return false
	}
	return true
}

// write sets a field to a value of any depth, with the places of what is in it.
func (p Field) write(key string, value any, by source, ranges resource.ElementRanges) {
	p.Set(key, value, by)
	if p.f.trace != nil {
		p.f.locate(p.child(key), ranges)
	}
}

func decodeManifest(o *resource.Object, names Names) (*resource.Block, error) {
	b := &resource.Block{Type: "manifest", Label: labelOf(o, names)}
	object := maps.Clone(o.Object)
	delete(object, "status")
	gk := o.GroupVersionKind().GroupKind()
	if isSecret(gk) {
		delete(object, "data") // not for anybody to see
		delete(object, "stringData")
	}
	if metadata, ok := object["metadata"].(map[string]any); ok || object["metadata"] == nil {
		object["metadata"] = decodeObjectMeta(metadata, IsClusterScoped(gk))
	}
	set(b, "object", object)
	return b, nil
}
