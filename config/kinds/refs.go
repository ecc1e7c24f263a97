package kinds

import (
	"fmt"

	"github.com/gwctl/gwctl/internal/resource"
	runtime "k8s.io/apimachinery/pkg/runtime/schema"
)

// refs reads an argument that lists references to objects of one type, which
// blocks of a kind make or name.
func (f *Fragment) refs(b *resource.Block, name, kind string, gk runtime.GroupKind) ([]resource.Ref, *resource.Attr) {
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
			ref.ID.Group, ref.ID.Kind = gk.Group, gk.Kind
		}
		if ref.ID.Namespace == "" {
			ref.ID.Namespace = f.ID.Namespace
		}
		out = append(out, ref)
	}
	if !ok {
		f.wrongType(a, fmt.Sprintf("a list of references, such as [%s.NAME], or [{ name = \"NAME\", namespace = \"NAMESPACE\" }] for what another configuration owns", kind))
		return nil, nil
	}
	return out, a
}

// encodeObjectRef writes a reference to an object, of which the type given is
// the default.
func encodeObjectRef(ref resource.Ref, gk runtime.GroupKind, out Field, by source) {
	if ref.ID.GroupKind() != gk {
		out.Set("group", ref.ID.Group, by)
		out.Set("kind", ref.ID.Kind, by)
	}
	out.Set("name", ref.ID.Name, by)
	if ref.ID.Namespace != out.f.ID.Namespace {
		out.Set("namespace", ref.ID.Namespace, by)
	}
}

// home is where references of an object start from.
type home struct {
	namespace string
	names     Names
}

// decodeRef reads a reference; group and kind are those given by default.
func decodeRef(p fields, gk runtime.GroupKind, in home) resource.Ref {
	ref := resource.Ref{ID: resource.ID{Group: gk.Group, Kind: gk.Kind, Namespace: in.namespace, Name: p.text("name")}}
	if group, ok := take[string](p, "group"); ok {
		ref.ID.Group = group
	}
	if kind, ok := take[string](p, "kind"); ok {
		ref.ID.Kind = kind
	}
	if ns, ok := take[string](p, "namespace"); ok {
		ref.ID.Namespace = ns
	}
	ref.Address, _ = in.names.find(ref.ID)
	return ref
}

// decodeRefs returns nil unless all references have a name, and are of the type
// given.
func decodeRefs(v any, gk runtime.GroupKind, in home) []any {
	list, _ := v.([]any)
	var out []any
	for _, v := range list {
		if _, ok := v.(map[string]any); !ok {
			return nil
		}
		p := fieldsOf(v)
		ref := decodeRef(p, gk, in)
		if len(p.left) > 0 || ref.ID.GroupKind() != gk || ref.ID.Name == "" {
			return nil
		}
		out = append(out, ref)
	}
	return out
}
