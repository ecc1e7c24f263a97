package kinds

import (
	"github.com/gwctl/gwctl/internal/resource"
	runtime "k8s.io/apimachinery/pkg/runtime/schema"
)

func decodeRoute(o *resource.Object, names Names) (*resource.Block, error) {
	b := decodeMetadata(o, "http_route", names)
	spec := fieldsOf(o.Object["spec"])
	attached := decodeParents(spec, o.GetNamespace(), names)
	if len(attached) == 1 && attached[0].Attr("other") == nil {
		b.Attrs = append(b.Attrs, attached[0].Attrs...)
	} else {
		b.Blocks = attached
	}
	if hostnames := list[string](spec, "hostnames"); len(hostnames) > 0 {
		set(b, "hostnames", hostnames)
	}
	unnamed := 0
	home := home{o.GetNamespace(), names}
	for _, v := range list[map[string]any](spec, "rules") {
		b.Blocks = append(b.Blocks, decodeRule(fieldsOf(v), home, &unnamed))
	}
	spec.other(b)
	decodeLabels(o, b)
	return b, nil
}

func decodeParents(spec fields, namespace string, names Names) []*resource.Block {
	var blocks []*resource.Block
	keys := make(map[string]int)
	for _, v := range list[map[string]any](spec, "parentRefs") {
		p := fieldsOf(v)
		ref := decodeRef(p, gatewayObject.GroupKind(), namespace, names)
		b := &resource.Block{Type: "attach", Key: ref.String()}
		set(b, "gateway", ref)
		if listener := p.text("sectionName"); listener != "" {
			set(b, "listener", listener)
			b.Key += "/" + listener
		}
		b.Key = unique(keys, b.Key)
		p.other(b)
		blocks = append(blocks, b)
	}
	return blocks
}

// decodeRef reads a reference; group and kind are those given by default.
func decodeRef(p fields, gk runtime.GroupKind, namespace string, names Names) resource.Ref {
	ref := resource.Ref{ID: resource.ID{Group: gk.Group, Kind: gk.Kind, Namespace: namespace, Name: p.text("name")}}
	if group, ok := take[string](p, "group"); ok {
		ref.ID.Group = group
	}
	if kind, ok := take[string](p, "kind"); ok {
		ref.ID.Kind = kind
	}
	if ns, ok := take[string](p, "namespace"); ok {
		ref.ID.Namespace = ns
	}
	ref.Address, _ = names.find(ref.ID)
	return ref
}

// home is where references of an object start from.
type home struct {
	namespace string
	names     Names
}

func decodeRule(p fields, in home, unnamed *int) *resource.Block {
	b := &resource.Block{Type: "rule", Label: p.text("name")}
	if b.Label == "" {
		b.Key = UnnamedKey(*unnamed)
		*unnamed++
	}
	b.Blocks = append(b.Blocks, decodeMatches(p)...)
	b.Blocks = append(b.Blocks, decodeFilters(p, ruleFilters, in)...)
	timeouts := p.sub("timeouts")
	t := &resource.Block{Type: "timeouts"}
	for _, arg := range timeoutArgs {
		if value := timeouts.text(arg.field); value != "" {
			set(t, arg.arg, value)
		}
	}
	p.put("timeouts", timeouts)
	if len(t.Attrs) > 0 {
		b.Blocks = append(b.Blocks, t)
	}
	b.Blocks = append(b.Blocks, decodeRetry(p)...)
	b.Blocks = append(b.Blocks, decodeSession(p)...)
	forwards := make(map[string]int)
	for _, v := range list[map[string]any](p, "backendRefs") {
		b.Blocks = append(b.Blocks, decodeForward(fieldsOf(v), in, forwards))
	}
	p.other(b)
	return b
}

func decodeBackendRef(p fields, in home) resource.Ref {
	ref := decodeRef(p, service, in.namespace, in.names)
	ref.Port, _ = p.number("port")
	return ref
}

func decodeForward(p fields, in home, keys map[string]int) *resource.Block {
	ref := decodeBackendRef(p, in)
	b := &resource.Block{Type: "forward", Key: unique(keys, ref.String())}
	set(b, "to", ref)
	if weight, ok := p.number("weight"); ok && weight != 1 {
		set(b, "weight", weight)
	}
	b.Blocks = decodeFilters(p, forwardFilters, in)
	p.other(b)
	return b
}
