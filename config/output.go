package config

import (
	"maps"
	"slices"

	"github.com/zclconf/go-cty/cty"
)

// evaluateOutputs computes the outputs of a module, and notes the root's.
func (i *instance) evaluateOutputs() {
	for _, name := range slices.Sorted(maps.Keys(i.m.outputs)) {
		o := i.m.outputs[name]
		v := i.output(name)
		if !o.sensitive && v.ContainsMarked() {
			d := problem(o.value.Range(), "Sensitive output", "The value of output %q comes from something sensitive: say sensitive = true, or use nonsensitive() where it is no secret.", name)
			d.Expression, d.EvalContext = o.value.Expression, i.scope(o.value.needs)
			i.l.diags = append(i.l.diags, d)
			continue
		}
		if i.parent != nil || !v.IsWhollyKnown() {
			continue
		}
		v, _ = v.UnmarkDeep()
		i.l.config.Outputs = append(i.l.config.Outputs, Output{
			Name: name, Description: o.description, Value: v, Sensitive: o.sensitive, Range: o.at,
		})
	}
}

// exported returns a known value without marks as plain Go.
func exported(v cty.Value) any {
	ty := v.Type()
	switch {
	case v.IsNull():
		return nil
	case ty.IsPrimitiveType():
		return plain(v)
	case ty.IsListType(), ty.IsSetType(), ty.IsTupleType():
		out := make([]any, 0, v.LengthInt())
		for it := v.ElementIterator(); it.Next(); {
			_, element := it.Element()
			out = append(out, exported(element))
		}
		return out
	case ty.IsMapType(), ty.IsObjectType():
		out := make(map[string]any, v.LengthInt())
		for it := v.ElementIterator(); it.Next(); {
			key, element := it.Element()
			out[key.AsString()] = exported(element)
		}
		return out
	}
	return nil
}
