package kinds

import (
	"github.com/gwctl/gwctl/config/schema"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	runtime "k8s.io/apimachinery/pkg/runtime/schema"
)

func (f *Fragment) reserved(at hcl.Range, key, in string) {
	f.Errorf(at, "Reserved key", "%q in %s is one that gwctl writes itself, as is all that starts with %q. Choose another.", key, in, resource.MarkPrefix)
}

// withMetadata puts the arguments of every kind whose objects are in namespaces
// around its own.
func withMetadata(own ...schema.Attr) []schema.Attr {
	return withName(append([]schema.Attr{
		{Name: "namespace", Type: cty.String, Default: "the provider block's, else \"default\"", Doc: "Namespace of the object."},
	}, own...)...)
}

// withName puts the arguments of every kind around its own.
func withName(own ...schema.Attr) []schema.Attr {
	attrs := append([]schema.Attr{
		{Name: "name", Type: cty.String, Default: "module path, label and key, joined by \"-\"", Doc: "Name of the object."},
	}, own...)
	return append(attrs,
		schema.Attr{Name: "labels", Type: cty.Map(cty.String), Doc: "Labels of the object. Those that start with `gwctl.dev/` are gwctl's own."},
		schema.Attr{Name: "annotations", Type: cty.Map(cty.String), Doc: "Annotations of the object. Those that start with `gwctl.dev/` are gwctl's own."},
	)
}

// identify returns the object of a type that a block makes.
func identify(gk runtime.GroupKind, b *resource.Block, a resource.Address, in Scope) resource.ID {
	id := resource.ID{Group: gk.Group, Kind: gk.Kind, Name: deriveName(a)}
	if !IsClusterScoped(gk) {
		id.Namespace = namespaceOf(b, in)
	}
	if name := argument(b, "name"); name != nil {
		id.Name, _ = name.Value.(string)
	}
	return id
}

func namespaceOf(b *resource.Block, in Scope) string {
	if ns := argument(b, "namespace"); ns != nil {
		s, _ := ns.Value.(string)
		return s
	}
	if in.Namespace != "" {
		return in.Namespace
	}
	return "default"
}

// encodeMetadata writes who the object is, and what users hang on it.
func encodeMetadata(k *Kind, b *resource.Block, f *Fragment) {
	root := f.Root()
	root.Set("apiVersion", k.Object.GroupVersion().String(), within(b))
	root.Set("kind", k.Object.Kind, within(b))
	meta := root.Map("metadata", within(b))
	for _, part := range []struct{ arg, value string }{{"name", f.ID.Name}, {"namespace", f.ID.Namespace}} {
		switch a := argument(b, part.arg); {
		case part.value == "" && a == nil: // no namespace
		case a != nil:
			meta.Set(part.arg, part.value, from(a))
		default:
			meta.Set(part.arg, part.value, within(b))
		}
	}
	for _, arg := range []string{"labels", "annotations"} {
		entries, a := f.textEntries(b, arg)
		if len(entries) == 0 {
			continue
		}
		m := meta.Map(arg, from(a))
		for _, e := range entries {
			by := fromKey(a, e.key)
			if resource.IsMark(e.key) {
				f.reserved(by.at, e.key, arg)
				continue
			}
			m.Entry(e.key, e.value, by)
		}
	}
}

// decodeMetadata is the way back. Name and namespace are always said: what
// they would be by default depends on the provider block.
func decodeMetadata(o *resource.Object, kind string, names Names) *resource.Block {
	b := &resource.Block{Type: kind, Label: labelOf(o, names)}
	set(b, "name", o.GetName())
	if ns := o.GetNamespace(); ns != "" {
		set(b, "namespace", ns)
	}
	return b
}

// labelOf returns the label of the block that makes an object.
func labelOf(o *resource.Object, names Names) string {
	if a, ok := names.find(resource.IDOf(o)); ok {
		return a.Name
	}
	return o.GetName()
}

// decodeLabels comes last, as labels do in the reference. What kubectl keeps of
// its last apply is nobody's wish.
func decodeLabels(o *resource.Object, b *resource.Block) {
	meta, _ := o.Object["metadata"].(map[string]any)
	for _, arg := range []string{"labels", "annotations"} {
		written, _ := meta[arg].(map[string]any)
		kept := make(map[string]any, len(written))
		for key, value := range written {
			if text, ok := value.(string); ok && !resource.IsMark(key) && key != lastApplied {
				kept[key] = text
			}
		}
		if len(kept) > 0 {
			set(b, arg, kept)
		}
	}
}

func (n Names) find(id resource.ID) (resource.Address, bool) {
	if n == nil {
		return resource.Address{}, false
	}
	return n(id)
}
