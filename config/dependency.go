package config

import (
	"slices"
	"strconv"

	"github.com/gwctl/gwctl/internal/diag"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// dependency is an element of depends_on: a block or a module, all instances
// of it or one.
type dependency struct {
	block *block
	call  *call
	key   string // `["a"]`; "" is all
	at    hcl.Range
}

// dependencies reads depends_on.
func (m *module) dependencies(expr hclsyntax.Expression) []dependency {
	items, diags := hcl.ExprList(expr)
	if diags.HasErrors() {
		m.l.errorf(expr.Range(), "Invalid depends_on", "depends_on is a list of blocks and modules, as in [gateway.public, module.x].")
		return nil
	}
	var out []dependency
	for _, item := range items {
		t, diags := hcl.AbsTraversalForExpr(item)
		if diags.HasErrors() {
			m.l.errorf(item.Range(), "Invalid depends_on", "Write a block's address without quotes, as in gateway.public.")
			continue
		}
		if root := t.RootName(); root != "module" && m.l.kinds[root] == nil {
			m.l.errorf(item.Range(), "Invalid depends_on", "Blocks and modules can be waited for, and %q is neither.", root)
			continue
		}
		need, d := m.resolve(t, names{})
		if d != nil {
			m.l.diags = append(m.l.diags, d)
			continue
		}
		dep := dependency{block: m.blocks[need.root][need.name], at: item.Range()}
		if need.root == "module" {
			dep.call = m.calls[need.name]
		}
		if len(t) > 2 {
			if step, ok := t[2].(hcl.TraverseIndex); ok {
				if dep.key = keyOf(step.Key); dep.key == "" {
					m.l.errorf(item.Range(), "Invalid depends_on", "A key is a string in quotes or a whole number, as in backend.api[\"blue\"] or backend.api[0].")
					continue
				}
			}
		}
		out = append(out, dep)
	}
	return out
}

// keyOf writes the key of an instance as addresses do, "" for what is none.
func keyOf(v cty.Value) string {
	v, _ = v.Unmark()
	switch {
	case !v.IsKnown() || v.IsNull():
		return ""
	case v.Type() == cty.String:
		return "[" + strconv.Quote(v.AsString()) + "]"
	case v.Type() == cty.Number:
		if f := v.AsBigFloat(); f.IsInt() && f.Sign() >= 0 {
			return "[" + f.Text('f', 0) + "]"
		}
	}
	return ""
}

// addressesOf returns the instances that dependencies name, and reports those
// that name none.
func (i *instance) addressesOf(deps []dependency) []resource.Address {
	var out []resource.Address
	for _, dep := range deps {
		found, keys, ok := i.named(dep)
		out = append(out, found...)
		switch {
		case !ok || dep.key == "" || slices.Contains(keys, dep.key):
		case len(keys) == 1 && keys[0] == "":
			i.l.errorf(dep.at, "No such instance", "%s has neither for_each nor count, so it is one: write %s.", dep.name(), dep.name())
		default:
			i.l.errorf(dep.at, "No such instance", "%s has no instance %s.%s", dep.name(), dep.key, diag.Declared(resource.Address{Key: dep.key}.KeyText(), keyTexts(keys)))
		}
	}
	return out
}

// named returns what a dependency names, and the keys that it could name. It is
// not ok where those could not be told.
func (i *instance) named(dep dependency) (found []resource.Address, keys []string, ok bool) {
	if dep.block != nil {
		expansion := i.expansion(dep.block)
		for _, it := range expansion.items {
			keys = append(keys, it.key)
		}
		return i.instancesOf(dep.block, dep.key), keys, expansion.ok
	}
	children := i.calls(dep.call)
	for _, child := range children.list {
		keys = append(keys, child.item.key)
		if dep.key == "" || dep.key == child.item.key {
			found = append(found, child.all()...)
		}
	}
	return found, keys, children.ok
}

func (dep dependency) name() string {
	if dep.block != nil {
		return dep.block.address()
	}
	return "module." + dep.call.name
}

func keyTexts(keys []string) []string {
	out := make([]string, len(keys))
	for n, key := range keys {
		out[n] = resource.Address{Key: key}.KeyText()
	}
	return out
}

// instancesOf returns the addresses of a block's instances, or the one with a
// key.
func (i *instance) instancesOf(b *block, key string) []resource.Address {
	var out []resource.Address
	for _, it := range i.expansion(b).items {
		if key == "" || key == it.key {
			out = append(out, resource.Address{Module: i.path, Kind: b.kind.Name, Name: b.name, Key: it.key})
		}
	}
	return out
}

// all returns the addresses of all blocks in a module and its calls.
func (i *instance) all() []resource.Address {
	var out []resource.Address
	for _, blocks := range sorted(i.m.blocks) {
		for _, b := range sorted(blocks) {
			out = append(out, i.instancesOf(b, "")...)
		}
	}
	for _, c := range sorted(i.m.calls) {
		for _, child := range i.calls(c).list {
			out = append(out, child.all()...)
		}
	}
	return out
}

// usedBy returns the blocks that an argument mentions without being a
// reference itself: name = backend.orders.name. References are followed
// wherever they come from, but a name that comes by way of a local is a text by
// then, and to follow mentions through locals would make each route that reads
// a table of tenants depend on all tenants.
func (d *decoder) usedBy(arg *argument, ctx *hcl.EvalContext) []resource.Address {
	var out []resource.Address
	for _, u := range arg.uses {
		key := ""
		switch {
		case u.index != nil:
			if v, diags := u.index.Value(ctx); !diags.HasErrors() {
				key = keyOf(v)
			}
		case u.key != cty.NilVal:
			key = keyOf(u.key)
		}
		if key != "" {
			// Whether it exists is known: the expression has been evaluated.
			out = append(out, resource.Address{Module: d.i.path, Kind: u.block.kind.Name, Name: u.block.name, Key: key})
			continue
		}
		out = append(out, d.i.instancesOf(u.block, "")...)
	}
	return out
}
