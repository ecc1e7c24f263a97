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

// decodeRefs returns nil unless all references have a name, and are of the type
// given.
func decodeRefs(v any, gk runtime.GroupKind, namespace string, names Names) []any {
	list, _ := v.([]any)
	var out []any
	for _, v := range list {
		if _, ok := v.(map[string]any); !ok {
			return nil
		}
		p := fieldsOf(v)
		ref := decodeRef(p, gk, namespace, names)
		if len(p.left) > 0 || ref.ID.GroupKind() != gk || ref.ID.Name == "" {
			return nil
		}
		out = append(out, ref)
	}
	return out
}
