package kinds

import (
	"github.com/gwctl/gwctl/config/schema"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/zclconf/go-cty/cty"
	runtime "k8s.io/apimachinery/pkg/runtime/schema"
)

// route is what a kind of route has of its own. What all have alike is here:
// parents, hostnames, and rules that forward.
type route struct {
	block, doc, example string
	object              runtime.GroupVersionKind
	hostnames           *schema.Attr // nil where the protocol knows no hosts
	rule                schema.Block
	specific            string // what makes a match more specific than another one, where there may be several rules
	encodeRule          func(b *resource.Block, rule Field)
	decodeRule          func(p fields, b *resource.Block, in home)
	traffic             routeTraffic
}

// kind makes a kind of it.
func (r route) kind() *Kind {
	attrs := append([]schema.Attr{}, parentSchema...)
	if r.hostnames != nil {
		attrs = append(attrs, *r.hostnames)
	}
	return &Kind{
		Name: r.block, Doc: r.doc, Example: r.example, Object: r.object,
		Schema: schema.Body{
			Attrs:  withMetadata(append(attrs, otherArg(r.object.Kind+"'s spec"))...),
			Blocks: []schema.Block{attachSchema, r.rule},
		},
		Identity: []string{"name", "namespace"},
		Refer:    referTo(called(r.object.GroupKind())),
		Encode:   r.encode,
		Decode:   r.decode,
		Check:    r.check,
		Traffic:  r.flows,
		Claims:   r.claims,
	}
}

// hostnamesSchema is the argument of routes whose protocol knows hosts.
func hostnamesSchema(doc string) *schema.Attr {
	return &schema.Attr{Name: "hostnames", Type: cty.List(cty.String), Default: "every host of the listener", Doc: doc}
}

func (r route) encode(b *resource.Block, f *Fragment) {
	spec := f.Spec(b)
	encodeParents(b, spec)
	if hostnames, a := f.texts(b, "hostnames"); len(hostnames) > 0 {
		spec.Strings("hostnames", hostnames, a)
	}
	rules := b.BlocksOf("rule")
	checkLabels(f, rules)
	for _, n := range rules {
		rule := spec.Item("rules", within(n))
		if n.Label != "" {
			rule.Set("name", n.Label, within(n))
		}
		r.encodeRule(n, rule)
		encodeOther(n, rule)
	}
	if r.specific != "" && len(rules) > maxRules {
		r.refuseRules(rules, spec)
	}
	encodeOther(b, spec)
}

func (r route) decode(o *resource.Object, names Names) (*resource.Block, error) {
	b := decodeMetadata(o, r.block, names)
	spec := fieldsOf(o.Object["spec"])
	in := home{o.GetNamespace(), names}
	decodeParents(spec, b, in)
	if r.hostnames != nil {
		if hostnames := list[string](spec, "hostnames"); len(hostnames) > 0 {
			set(b, "hostnames", hostnames)
		}
	}
	unnamed := 0
	for _, v := range list[map[string]any](spec, "rules") {
		p := fieldsOf(v)
		n := &resource.Block{Type: "rule", Label: p.text("name")}
		if n.Label == "" {
			n.Key = UnnamedKey(unnamed)
			unnamed++
		}
		r.decodeRule(p, n, in)
		p.other(n)
		b.Blocks = append(b.Blocks, n)
	}
	spec.other(b)
	decodeLabels(o, b)
	return b, nil
}

// checkOutcome reports a rule that does nothing.
func checkOutcome(b *resource.Block, f *Fragment) {
	if len(b.BlocksOf("forward")) == 0 && argument(b, "other") == nil {
		f.Errorf(b.Range, "Rule without an outcome", "%s forwards nowhere. Add forward { to = backend.NAME }.", title(b))
	}
}

// gatewayAPI is a type of the Gateway API.
func gatewayAPI(kind string) runtime.GroupVersionKind {
	return runtime.GroupVersionKind{Group: gatewayObject.Group, Version: "v1", Kind: kind}
}
