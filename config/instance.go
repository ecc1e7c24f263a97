package config

import (
	"iter"
	"maps"
	"path/filepath"
	"slices"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// instance is a module in use: the root, or what a module block makes of a
// folder for one key.
type instance struct {
	l         *loader
	m         *module
	path      string // as in an address: `module.eu["a"]`; "" is the root
	parent    *instance
	call      *call
	item      item
	base      *hcl.EvalContext  // functions and path, for all expressions
	providers map[string]string // key that blocks write, to key of the provider block
	dependsOn []resource.Address
	inputs    *inputs // of the root's variables

	variables  map[string]*cell[cty.Value]
	locals     map[string]*cell[cty.Value]
	outputs    map[string]*cell[cty.Value]
	expansions map[*block]*cell[expansion]
	references map[*block]*cell[cty.Value]
	children   map[*call]*cell[children]
}

// children are the instances of a module block.
type children struct {
	list []*instance
	ok   bool
}

func (l *loader) newInstance(m *module, parent *instance) *instance {
	toRoot, err := filepath.Rel(filepath.Clean(l.opts.Dir), m.dir)
	if err != nil {
		toRoot = m.path
	}
	ctx := &hcl.EvalContext{
		Functions: m.functions,
		Variables: map[string]cty.Value{"path": cty.ObjectVal(map[string]cty.Value{
			"module": cty.StringVal(filepath.ToSlash(toRoot)),
			"root":   cty.StringVal("."),
		})},
	}
	return &instance{
		l: l, m: m, parent: parent, base: ctx,
		variables:  map[string]*cell[cty.Value]{},
		locals:     map[string]*cell[cty.Value]{},
		outputs:    map[string]*cell[cty.Value]{},
		expansions: map[*block]*cell[expansion]{},
		references: map[*block]*cell[cty.Value]{},
		children:   map[*call]*cell[children]{},
	}
}

// root makes the root's instance.
func (l *loader) root(m *module) *instance {
	i := l.newInstance(m, nil)
	i.providers = make(map[string]string, len(l.providers))
	for key := range l.providers {
		i.providers[key] = key
	}
	for _, p := range l.providers {
		p.instance = i
	}
	i.readInputs()
	return i
}

// name writes an address in the module as users do.
func (i *instance) name(local string) string {
	if i.path == "" {
		return local
	}
	return i.path + "." + local
}

// evaluate computes everything in the module and its calls, so that every
// error is found.
func (i *instance) evaluate() {
	if i.l.ctx.Err() != nil {
		return
	}
	for name, v := range sorted(i.m.variables) {
		i.variable(name)
		i.validate(v)
	}
	if i.inputs != nil {
		i.export()
	}
	for name := range sorted(i.m.locals) {
		i.local(name)
	}
	i.evaluateOutputs()
	for _, blocks := range sorted(i.m.data) {
		for _, b := range sorted(blocks) {
			i.reference(b)
		}
	}
	for _, blocks := range sorted(i.m.blocks) {
		for _, b := range sorted(blocks) {
			i.decode(b)
		}
	}
	for _, c := range sorted(i.m.calls) {
		dependsOn := slices.Concat(i.dependsOn, i.addressesOf(c.dependsOn))
		children := i.calls(c)
		if !children.ok {
			i.l.unexpanded = append(i.l.unexpanded, resource.Address{Module: i.name("module." + c.name)})
		}
		for _, child := range children.list {
			child.dependsOn = dependsOn
			child.evaluate()
		}
	}
	i.readImports()
	i.readMoves()
}

// sorted goes through a map in the order of its keys, so that a circle is
// found from the same end each time.
func sorted[V any](m map[string]V) iter.Seq2[string, V] {
	return func(yield func(string, V) bool) {
		for _, key := range slices.Sorted(maps.Keys(m)) {
			if !yield(key, m[key]) {
				return
			}
		}
	}
}

// local returns the value of a local.
func (i *instance) local(name string) cty.Value {
	d := i.m.locals[name]
	c := get(i.locals, name, func() string { return i.name("local." + name) }, d.at)
	return force(i.l, c, cty.DynamicVal, func() cty.Value {
		v, _ := i.l.value(d.expr, i.scope(d.expr.needs))
		return v
	})
}

// output returns the value of an output as the caller of the module sees it.
func (i *instance) output(name string) cty.Value {
	o := i.m.outputs[name]
	if o.value == nil {
		return cty.DynamicVal
	}
	c := get(i.outputs, name, func() string { return i.name("output." + name) }, o.at)
	return force(i.l, c, cty.DynamicVal, func() cty.Value {
		v, ok := i.l.value(o.value, i.scope(o.value.needs))
		if !ok {
			return cty.DynamicVal
		}
		if o.sensitive {
			return v.Mark(sensitive)
		}
		return v
	})
}

// expansion returns the instances of a block.
func (i *instance) expansion(b *block) expansion {
	c := get(i.expansions, b, func() string { return i.name(b.address()) + " (its for_each or count)" }, b.header)
	return force(i.l, c, expansion{}, func() expansion { return i.expand(b.rep) })
}

// calls returns the instances of a module block.
func (i *instance) calls(c *call) children {
	cell := get(i.children, c, func() string { return i.name("module."+c.name) + " (its for_each or count)" }, c.at)
	return force(i.l, cell, children{}, func() children {
		if c.module == nil {
			return children{}
		}
		expansion := i.expand(c.rep)
		out := children{ok: expansion.ok}
		for _, item := range expansion.items {
			child := i.l.newInstance(c.module, i)
			child.call, child.item = c, item
			child.path = i.name("module." + c.name + item.key)
			child.providers = i.passProviders(c)
			out.list = append(out.list, child)
		}
		return out
	})
}
