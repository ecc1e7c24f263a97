package config

import (
	"strconv"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// evaluateOutputs computes the outputs of a module, and notes the root's.
func (i *instance) evaluateOutputs() {
	for name, o := range sorted(i.m.outputs) {
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
		if !i.l.countable(v, o.value.Range(), "The value of output "+strconv.Quote(name)) {
			continue
		}
		i.l.config.Outputs = append(i.l.config.Outputs, Output{
			Name: name, Description: o.description, Value: v, Sensitive: o.sensitive, Range: o.at,
		})
	}
}

// Plain returns the value in Go, with numbers as resource.Number has them.
func (o Output) Plain() any { return exported(o.Value) }

// countable reports the first number in a value that cannot be written down.
func (l *loader) countable(v cty.Value, at hcl.Range, what string) bool {
	ok := true
	_ = cty.Walk(v, func(_ cty.Path, v cty.Value) (bool, error) {
		if v.Type() != cty.Number || !v.IsKnown() || v.IsNull() || v.IsMarked() || writable(v.AsBigFloat()) {
			return ok, nil
		}
		if ok && v.AsBigFloat().IsInf() {
			l.errorf(at, "Infinite number", "%s has a number in it that is infinite, such as 1 / 0.", what)
		} else if ok {
			l.errorf(at, "Number out of range", "%s has a number in it of more than 1,000 digits. Write it as a string.", what)
		}
		ok = false
		return ok, nil
	})
	return ok
}

// exported returns a known value without marks as plain Go.
func exported(v cty.Value) any {
	ty := v.Type()
	switch {
	case v.IsNull():
		return nil
	case ty.IsPrimitiveType():
		return primitive(v)
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
