package generate

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/gwctl/gwctl/config/kinds"
	"github.com/gwctl/gwctl/config/schema"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/zclconf/go-cty/cty"
	runtime "k8s.io/apimachinery/pkg/runtime/schema"
)

// settle makes sure that the block of an object makes it again. Where the
// arguments of its kind do not say all of it, it is a manifest.
func (g *generator) settle(it *item) {
	if text, ok := unsayable(it.object.Object); ok {
		g.problem(it, "Text that HCL cannot hold", "%q of %s is not in Unicode's normal form C, which HCL brings all strings into. Write it so in the object.", text, it.id)
	}
	if it.kind == manifest() {
		return
	}
	why := g.missing(it)
	if why == "" {
		return
	}
	if g.onServer() {
		g.problem(it, "Object without words", "%s cannot be %s, since %s.", it.id, it.address, why)
		return
	}
	before := it.address
	it.kind, it.why = manifest(), why
	g.name(it)
	g.note(it, "Object as a manifest", "%s cannot be %s, since %s. It becomes %s.", it.id, before, why, it.address)
}

// missing says what the words of its kind lack for an object; "" where they say
// all of it.
func (g *generator) missing(it *item) string {
	b, err := g.words(it, it.object)
	if err != nil {
		return lower(err.Error())
	}
	if twice, ok := repeated(b); ok {
		return fmt.Sprintf("it has the same %s twice in one place", twice)
	}
	r := &resource.Resource{Address: it.address, Block: explicit(b)}
	if diags := kinds.Compose([]*resource.Resource{r}, map[string]kinds.Scope{"": g.opts.Scope}); diags.HasErrors() {
		return lower(diags[0].Detail)
	}
	if len(r.Objects) == 0 {
		return "its arguments make no object"
	}
	if again, err := g.words(it, r.Objects[0]); err != nil || !reflect.DeepEqual(again, b) {
		return "its arguments do not say all of it"
	}
	return ""
}

// onServer reports whether the blocks are for an xDS server, and not for a
// cluster.
func (g *generator) onServer() bool { return g.opts.Scope.Provider == "xds" }

// words decodes an object as it is written: nobody needs to read defaults.
func (g *generator) words(it *item, o *resource.Object) (*resource.Block, error) {
	b, err := it.kind.Decode(o, g.names)
	if err != nil {
		return nil, err
	}
	b.Label = it.address.Name
	if it.kind.Name == "gateway_class" {
		plainParameters(b)
	}
	return b, nil
}

// plainParameters writes a reference without a namespace as the object has it:
// nobody here knows whether that type is in one, and the argument would take
// the provider block's.
func plainParameters(b *resource.Block) {
	i := slices.IndexFunc(b.Attrs, func(a resource.Attr) bool { return a.Name == "parameters" })
	if i < 0 {
		return
	}
	ref, ok := b.Attrs[i].Value.(resource.Ref)
	if !ok || ref.ID.Namespace != "" || !ref.Address.IsZero() || kinds.IsClusterScoped(ref.ID.GroupKind()) {
		return
	}
	parameters := map[string]any{"group": ref.ID.Group, "kind": ref.ID.Kind, "name": ref.ID.Name}
	b.Attrs = slices.Delete(b.Attrs, i, i+1)
	if other := b.Attr("other"); other != nil {
		if fields, ok := other.Value.(map[string]any); ok {
			fields["parametersRef"] = parameters
			return
		}
	}
	b.Attrs = append(b.Attrs, resource.Attr{Name: "other", Value: map[string]any{"parametersRef": parameters}})
}

// block puts an object into the words that are written.
func (g *generator) block(it *item) *resource.Block {
	b, err := g.words(it, it.object)
	if err != nil {
		g.problem(it, "Object without words", "%s cannot be written as HCL: %s.", it.id, err)
		return &resource.Block{}
	}
	b = explicit(b)
	g.leaveOutDerived(it, b)
	g.rewrite(b, it.kind.Schema, it.id.Namespace)
	return b
}

// explicit says of routes that are attached to nothing, and of rules that do
// nothing with their requests, that they are so.
func explicit(b *resource.Block) *resource.Block {
	out := *b
	out.Attrs, out.Blocks = slices.Clone(b.Attrs), slices.Clone(b.Blocks)
	if strings.HasSuffix(b.Type, "_route") && b.Attr("gateway") == nil && b.Attr("listener_set") == nil && len(b.BlocksOf("attach")) == 0 {
		admitOther(&out)
	}
	for i, rule := range out.Blocks {
		if rule.Type == "rule" && len(rule.BlocksOf("forward"))+len(rule.BlocksOf("redirect")) == 0 {
			idle := *rule
			idle.Attrs = slices.Clone(rule.Attrs)
			admitOther(&idle)
			out.Blocks[i] = &idle
		}
	}
	return &out
}

// admitOther gives a block the argument that says that it is meant as it is.
func admitOther(b *resource.Block) {
	if b.Attr("other") == nil {
		b.Attrs = append(b.Attrs, resource.Attr{Name: "other", Value: map[string]any{}})
	}
}

// lower is an error's text, of several its first line, for the middle of a
// sentence.
func lower(text string) string {
	text, _, _ = strings.Cut(text, "\n")
	text = strings.TrimSuffix(text, ".")
	first, rest, _ := strings.Cut(text, " ")
	if first != strings.ToUpper(first) || first == "A" {
		first = strings.ToLower(first[:1]) + first[1:]
	}
	return strings.ReplaceAll(first+" "+rest, "\n", " ")
}

// names finds the block of an object: a generated one, or one that is there.
func (g *generator) names(id resource.ID) (resource.Address, bool) {
	if it := g.byID[id]; it != nil {
		return it.address, true
	}
	if g.opts.Known != nil {
		return g.opts.Known(id)
	}
	return resource.Address{}, false
}

// leaveOutDerived takes away the arguments whose values the block would have
// without them.
func (g *generator) leaveOutDerived(it *item, b *resource.Block) {
	for _, name := range []string{"name", "namespace"} {
		without := *b
		without.Attrs = slices.DeleteFunc(slices.Clone(b.Attrs), func(a resource.Attr) bool { return a.Name == name })
		if len(without.Attrs) < len(b.Attrs) && it.kind.Refer(&without, it.address, g.opts.Scope).ID == it.id {
			b.Attrs = without.Attrs
		}
	}
	if class := b.Attr("class"); class != nil && (g.opts.Scope.Class != "" && class.Value == g.opts.Scope.Class || g.onServer()) {
		b.Attrs = slices.DeleteFunc(b.Attrs, func(a resource.Attr) bool { return a.Name == "class" })
	}
}

// repeated returns what two siblings are known by that HCL tells apart.
func repeated(b *resource.Block) (string, bool) {
	seen := map[string]bool{}
	for _, n := range b.Blocks {
		if text, ok := repeated(n); ok {
			return text, true
		}
		key := n.Type + " " + n.Name()
		if n.Name() != "" && n.Label == "" && n.Attr("to") != nil && !strings.HasPrefix(n.Key, "#") && strings.Contains(n.Key, "#") || n.Label != "" && seen[key] {
			key, _, _ = strings.Cut(key, "#")
			return key, true
		}
		seen[key] = true
	}
	return "", false
}

// rewrite writes references to what others own as briefly as the argument
// allows.
func (g *generator) rewrite(b *resource.Block, s schema.Body, namespace string) {
	for i := range b.Attrs {
		for _, a := range s.Attrs {
			if a.Name == b.Attrs[i].Name {
				b.Attrs[i].Value = rewritten(b.Attrs[i].Value, a, namespace)
			}
		}
	}
	for _, n := range b.Blocks {
		for _, inner := range s.Blocks {
			if inner.Type == n.Type {
				g.rewrite(n, inner.Body, namespace)
			}
		}
	}
}

// rewritten is the value of an argument with its references written briefly.
func rewritten(v any, a schema.Attr, namespace string) any {
	switch v := v.(type) {
	case resource.Ref:
		if !mayName(a, v) {
			return brief(v, a, namespace)
		}
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = rewritten(v[i], a, namespace)
		}
		return out
	}
	return v
}

// mayName reports whether an argument takes the block that a reference is to.
func mayName(a schema.Attr, ref resource.Ref) bool {
	return !ref.Address.IsZero() && (len(a.Refs) == 0 || slices.Contains(a.Refs, ref.Address.Kind))
}

// brief is a reference as a map, without what the argument says by itself.
func brief(ref resource.Ref, a schema.Attr, namespace string) map[string]any {
	m := map[string]any{"name": ref.ID.Name}
	if ref.ID.Namespace != namespace && ref.ID.Namespace != "" {
		m["namespace"] = ref.ID.Namespace
	}
	if ref.Port != 0 {
		m["port"] = ref.Port
	}
	if isPlain(ref, a) {
		return m
	}
	m["group"] = ref.ID.Group
	if len(a.Refs) == 0 || slices.Contains(a.Refs, "manifest") {
		m["kind"] = ref.ID.Kind
	} else {
		m["type"] = ref.ID.Kind
	}
	return m
}

// isPlain reports whether the argument alone says of which type the object is:
// its only kind's or, with a port, a Service.
func isPlain(ref resource.Ref, a schema.Attr) bool {
	gk := ref.ID.GroupKind()
	for _, name := range a.Refs {
		if k, ok := kinds.ByName(name); ok && k.Object.GroupKind() == gk && ref.Port == 0 {
			return true
		}
	}
	return gk == runtime.GroupKind{Kind: "Service"} && ref.Port != 0 && slices.Contains(a.Refs, "backend")
}

// unsayable finds a string that HCL would change.
func unsayable(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, cty.NormalizeString(v) != v
	case []any:
		for _, e := range v {
			if s, ok := unsayable(e); ok {
				return s, true
			}
		}
	case map[string]any:
		for k, e := range v {
			if cty.NormalizeString(k) != k {
				return k, true
			}
			if s, ok := unsayable(e); ok {
				return s, true
			}
		}
	}
	return "", false
}
