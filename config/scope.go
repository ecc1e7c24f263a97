package config

import (
	"maps"
	"slices"

	"github.com/gwctl/gwctl/config/functions"
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// sensitive is the mark of values that must not be shown.
const sensitive = functions.Sensitive

// scope returns what expressions with these needs are evaluated in. Values
// that failed are unknown there, which says no more than that an error has
// been reported.
func (i *instance) scope(needs []reference) *hcl.EvalContext {
	if len(needs) == 0 {
		return i.base
	}
	groups, data := make(map[string]map[string]cty.Value, 4), map[string]map[string]cty.Value{}
	put := func(root, name string, v cty.Value) {
		if groups[root] == nil {
			groups[root] = make(map[string]cty.Value, 4)
		}
		groups[root][name] = v
	}
	for _, need := range needs {
		switch need.root {
		case "var":
			put("var", need.name, i.variable(need.name))
		case "local":
			put("local", need.name, i.local(need.name))
		case "module":
			if _, done := groups["module"][need.name]; !done {
				put("module", need.name, i.moduleValue(i.m.calls[need.name], outputsOf(needs, need.name)))
			}
		case "data":
			if data[need.typ] == nil {
				data[need.typ] = map[string]cty.Value{}
			}
			data[need.typ][need.name] = i.reference(i.m.data[need.typ][need.name])
		default:
			put(need.root, need.name, i.reference(i.m.blocks[need.root][need.name]))
		}
	}
	for typ, group := range data {
		put("data", typ, cty.ObjectVal(group))
	}
	ctx := i.base.NewChild()
	ctx.Variables = make(map[string]cty.Value, len(groups))
	for root, group := range groups {
		ctx.Variables[root] = cty.ObjectVal(group)
	}
	return ctx
}

// outputsOf returns the outputs of a module that are needed, nil for all.
func outputsOf(needs []reference, module string) []string {
	var outputs []string
	for _, need := range needs {
		if need.root != "module" || need.name != module {
			continue
		}
		if need.output == "" {
			return nil
		}
		outputs = append(outputs, need.output)
	}
	return outputs
}

// moduleValue returns what module.NAME stands for: an object of outputs, or a
// collection of such objects.
func (i *instance) moduleValue(c *call, outputs []string) cty.Value {
	children := i.calls(c)
	if !children.ok {
		return cty.DynamicVal
	}
	if outputs == nil {
		outputs = slices.Sorted(maps.Keys(c.module.outputs))
	}
	values := make([]cty.Value, len(children.list))
	for n, child := range children.list {
		attrs := make(map[string]cty.Value, len(outputs))
		for _, name := range outputs {
			attrs[name] = child.output(name)
		}
		values[n] = cty.ObjectVal(attrs)
	}
	items := make([]item, len(children.list))
	for n, child := range children.list {
		items[n] = child.item
	}
	return collect(c.rep, items, values)
}

// collect makes of the values of all instances what a reference stands for.
func collect(rep repetition, items []item, values []cty.Value) cty.Value {
	switch {
	case rep.forEach != nil:
		byKey := make(map[string]cty.Value, len(items))
		for n, it := range items {
			byKey[it.vars["each"].GetAttr("key").AsString()] = values[n]
		}
		return cty.ObjectVal(byKey)
	case rep.count != nil:
		return cty.TupleVal(values)
	}
	return values[0]
}

// value evaluates an expression. It is not ok where that failed, now or in
// something that is needed; the error has been reported.
func (l *loader) value(e *expression, ctx *hcl.EvalContext) (cty.Value, bool) {
	if e.broken {
		return cty.DynamicVal, false
	}
	v, diags := e.Value(ctx)
	for _, d := range diags {
		l.diags = append(l.diags, explain(d))
	}
	if diags.HasErrors() {
		return cty.DynamicVal, false
	}
	return v, true
}
