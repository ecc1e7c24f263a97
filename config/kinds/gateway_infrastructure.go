package kinds

import (
	"github.com/gwctl/gwctl/config/schema"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/zclconf/go-cty/cty"
	runtime "k8s.io/apimachinery/pkg/runtime/schema"
)

// infrastructureSchema says of what is made for a gateway.
var infrastructureSchema = schema.Block{
	Type: "infrastructure", Max: 1,
	Doc: "What the controller makes for the gateway: Pods, Services and the like.",
	Body: schema.Body{Attrs: []schema.Attr{
		{Name: "labels", Type: cty.Map(cty.String), Doc: "Labels of all of it. At most 8."},
		{Name: "annotations", Type: cty.Map(cty.String), Doc: "Annotations of all of it. At most 8."},
		{Name: "parameters", Type: schema.Ref, Doc: "An object with the controller's settings, of the gateway's own namespace: `manifest.proxy`, or `{ group = \"gateway.envoyproxy.io\", kind = \"EnvoyProxy\", name = \"proxy\" }`."},
		otherArg("infrastructure"),
	}},
}

func encodeInfrastructure(b *resource.Block, spec Field) {
	f := spec.f
	for _, n := range b.BlocksOf("infrastructure") {
		out := spec.Map("infrastructure", within(n))
		for _, arg := range []string{"labels", "annotations"} {
			entries, a := f.textEntries(n, arg)
			for _, e := range entries {
				out.Map(arg, from(a)).Entry(e.key, e.value, fromKey(a, e.key))
			}
		}
		if ref, a := f.ref(n, "parameters", "manifest", runtime.GroupKind{}); a != nil {
			if !IsClusterScoped(ref.ID.GroupKind()) {
				f.checkLocal(ref, from(a))
			}
			parameters := out.Map("parametersRef", from(a))
			parameters.Set("group", ref.ID.Group, from(a))
			parameters.Set("kind", ref.ID.Kind, from(a))
			parameters.Set("name", ref.ID.Name, from(a))
		}
		encodeOther(n, out)
		if len(out.m) == 0 {
			delete(spec.m, "infrastructure")
		}
	}
}

func decodeInfrastructure(spec fields, b *resource.Block, in home) {
	p := spec.sub("infrastructure")
	n := &resource.Block{Type: "infrastructure"}
	for _, arg := range []string{"labels", "annotations"} {
		if texts := stringMap(p.left[arg]); texts != nil {
			set(n, arg, texts)
			delete(p.left, arg)
		}
	}
	if ref, ok := decodeParameters(p, in); ok {
		set(n, "parameters", ref)
	}
	p.other(n)
	if len(n.Attrs) > 0 {
		b.Blocks = append(b.Blocks, n)
		delete(spec.left, "infrastructure")
	} else {
		spec.put("infrastructure", p)
	}
}

// decodeParameters takes a reference to an object with a controller's settings
// out of p.
func decodeParameters(p fields, in home) (resource.Ref, bool) {
	parameters := p.sub("parametersRef")
	ref := decodeRef(parameters, runtime.GroupKind{}, in)
	if IsClusterScoped(ref.ID.GroupKind()) && ref.ID.Namespace == in.namespace {
		ref.ID.Namespace = ""
		ref.Address, _ = in.names.find(ref.ID)
	}
	if ref.ID.Kind == "" || ref.ID.Name == "" || len(parameters.left) > 0 {
		return resource.Ref{}, false
	}
	delete(p.left, "parametersRef")
	return ref, true
}
