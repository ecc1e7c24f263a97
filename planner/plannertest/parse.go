package plannertest

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/gwctl/gwctl/internal/resource"
)

// Parse reads blocks and what they refer to. A second label is a for_each
// key. Blocks of several that are to share one object have the same `name`.
func Parse(t testing.TB, filename, src string) []*resource.Resource {
	t.Helper()
	file, diags := hclsyntax.ParseConfig([]byte(src), filename, hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	p := &parser{names: map[resource.Address]string{}}
	body := file.Body.(*hclsyntax.Body)
	for _, b := range body.Blocks {
		if name, ok := b.Body.Attributes["name"]; ok {
			v, _ := name.Expr.Value(nil)
			p.names[addressOf(b)] = v.AsString()
		}
	}
	shared := map[resource.ID]*resource.Object{}
	var out []*resource.Resource
	for _, b := range body.Blocks {
		out = append(out, p.resource(t, b, shared))
	}
	slices.SortFunc(out, func(a, b *resource.Resource) int {
		return strings.Compare(a.Address.String(), b.Address.String())
	})
	return out
}

type parser struct {
	names map[resource.Address]string
}

func addressOf(b *hclsyntax.Block) resource.Address {
	a := resource.Address{Kind: b.Type, Name: b.Labels[0]}
	if len(b.Labels) > 1 {
		a.Key = fmt.Sprintf("[%q]", b.Labels[1])
	}
	return a
}

func (p *parser) resource(t testing.TB, b *hclsyntax.Block, shared map[resource.ID]*resource.Object) *resource.Resource {
	a := addressOf(b)
	r := &resource.Resource{Address: a, Provider: "xds", Range: b.DefRange()}
	r.Block = p.block(b)
	r.Block.Label = a.Name
	var blocks []*resource.Block
	for _, n := range r.Block.Blocks {
		if n.Type != "lifecycle" {
			blocks = append(blocks, n)
			continue
		}
		if v := n.Attr("prevent_destroy"); v != nil {
			r.Lifecycle.PreventDestroy, _ = v.Value.(bool)
		}
		if v := n.Attr("ignore_changes"); v != nil {
			for _, path := range v.Value.([]any) {
				r.Lifecycle.IgnoreChanges = append(r.Lifecycle.IgnoreChanges, path.(string))
			}
		}
	}
	r.Block.Blocks = blocks
	r.Block.Attrs = slices.DeleteFunc(r.Block.Attrs, func(attr resource.Attr) bool {
		switch attr.Name {
		case "provider":
			r.Provider, _ = attr.Value.(string)
			return true
		case "depends_on":
			for _, v := range attr.Value.([]any) {
				r.DependsOn = append(r.DependsOn, v.(resource.Ref).Address)
			}
			return true
		}
		return false
	})
	collectRefs(r.Block, func(ref resource.Ref) {
		if !slices.Contains(r.DependsOn, ref.Address) {
			r.DependsOn = append(r.DependsOn, ref.Address)
		}
	})
	slices.SortFunc(r.DependsOn, func(a, b resource.Address) int { return strings.Compare(a.String(), b.String()) })
	if r.Block.Attr("service") != nil {
		return r // another's Service: no object
	}
	o, err := Codec{}.Encode(a, r.Block)
	if err != nil {
		t.Fatal(err)
	}
	if first := shared[resource.IDOf(o)]; first != nil {
		// The blocks of both, since the object says what all of them say.
		spec := first.Object["spec"].(map[string]any)
		more, _ := o.Object["spec"].(map[string]any)["_blocks"].([]any)
		have, _ := spec["_blocks"].([]any)
		spec["_blocks"] = append(have, more...)
		o = first
	} else {
		shared[resource.IDOf(o)] = o
	}
	r.Objects = []*resource.Object{o}
	return r
}

func collectRefs(b *resource.Block, visit func(resource.Ref)) {
	for _, a := range b.Attrs {
		if ref, ok := a.Value.(resource.Ref); ok && !ref.Address.IsZero() {
			visit(ref)
		}
	}
	for _, n := range b.Blocks {
		collectRefs(n, visit)
	}
}

func (p *parser) block(b *hclsyntax.Block) *resource.Block {
	out := &resource.Block{Type: b.Type, Range: b.DefRange()}
	if len(b.Labels) > 0 {
		out.Label = b.Labels[0]
	}
	var attrs []*hclsyntax.Attribute
	for _, a := range b.Body.Attributes {
		attrs = append(attrs, a)
	}
	slices.SortFunc(attrs, func(a, b *hclsyntax.Attribute) int { return strings.Compare(a.Name, b.Name) })
	for _, a := range attrs {
		v := p.value(a.Expr)
		out.Attrs = append(out.Attrs, resource.Attr{Name: a.Name, Value: v, Range: a.Range()})
		if ref, ok := v.(resource.Ref); ok && a.Name == "to" {
			out.Key = ref.String()
		}
	}
	for _, n := range b.Body.Blocks {
		out.Blocks = append(out.Blocks, p.block(n))
	}
	return out
}

func (p *parser) value(e hclsyntax.Expression) any {
	switch e := e.(type) {
	case *hclsyntax.ScopeTraversalExpr:
		a := resource.Address{Kind: e.Traversal.RootName(), Name: e.Traversal[1].(hcl.TraverseAttr).Name}
		if len(e.Traversal) > 2 {
			a.Key = fmt.Sprintf("[%q]", e.Traversal[2].(hcl.TraverseIndex).Key.AsString())
		}
		return resource.Ref{Address: a, ID: ID(a, p.names[a])}
	case *hclsyntax.TupleConsExpr:
		out := make([]any, len(e.Exprs))
		for i := range e.Exprs {
			out[i] = p.value(e.Exprs[i])
		}
		return out
	case *hclsyntax.ObjectConsExpr:
		out := make(map[string]any, len(e.Items))
		for _, item := range e.Items {
			k, _ := item.KeyExpr.Value(nil)
			out[k.AsString()] = p.value(item.ValueExpr)
		}
		return out
	}
	v, _ := e.Value(nil)
	return scalar(v)
}

func scalar(v cty.Value) any {
	switch {
	case v.IsNull():
		return nil
	case v.Type() == cty.String:
		return v.AsString()
	case v.Type() == cty.Bool:
		return v.True()
	}
	if n, accuracy := v.AsBigFloat().Int64(); accuracy == big.Exact {
		return n
	}
	f, _ := v.AsBigFloat().Float64()
	return f
}
