package config

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// variable is a variable block.
type variable struct {
	name        string
	at          hcl.Range
	ty          cty.Type
	defaults    *typeexpr.Defaults // of optional attributes
	fallback    cty.Value          // NilVal where one must be given
	sensitive   bool
	nullable    bool
	description string
	broken      bool // its declaration has errors
	validations []*validation
}

func (v *variable) required() bool { return v.fallback == cty.NilVal && !v.broken }

// variable reads a variable block.
func (m *module) variable(b *hclsyntax.Block) *variable {
	l := m.l
	w := l.match(b.Body, variableBlock.Body, header(b), b.DefRange(), false)
	v := &variable{name: b.Labels[0], at: b.DefRange(), ty: cty.DynamicPseudoType, nullable: true}
	v.description, _ = literalText(l, w.arg("description"))
	v.sensitive, _ = literalBool(l, w.arg("sensitive"))
	if a := w.arg("nullable"); a != nil {
		v.nullable, _ = literalBool(l, a)
	}
	if a := w.arg("type"); a != nil {
		var diags hcl.Diagnostics
		v.ty, v.defaults, diags = typeexpr.TypeConstraintWithDefaults(a.Expr)
		l.diags = append(l.diags, diags...)
		v.broken = diags.HasErrors()
	}
	for _, n := range w.blocks {
		check := &validation{variable: v, at: n.DefRange()}
		nw := l.match(n.Body, n.schema.Body, "validation", check.at, false)
		check.condition, check.message = nw.arg("condition"), nw.arg("error_message")
		v.validations = append(v.validations, check)
	}
	if a := w.arg("default"); a != nil && !v.broken {
		v.fallback = v.readDefault(l, a)
		v.broken = v.fallback == cty.NilVal
	}
	return v
}

func (v *variable) readDefault(l *loader, a *hclsyntax.Attribute) cty.Value {
	raw, diags := a.Expr.Value(nil)
	l.diags = append(l.diags, diags...)
	if diags.HasErrors() {
		return cty.NilVal
	}
	value, err := v.convert(raw)
	if err != nil {
		l.errorf(a.Expr.Range(), "Wrong type", "The default of variable %q is no %s: %s.", v.name, v.typeName(), err)
		return cty.NilVal
	}
	if value.IsNull() && !v.nullable {
		l.errorf(a.Expr.Range(), "Invalid default", "Variable %q has nullable = false, so that its default cannot be null.", v.name)
		return cty.NilVal
	}
	return value
}

func (v *variable) typeName() string {
	if v.ty == cty.DynamicPseudoType {
		return "value"
	}
	return typeexpr.TypeString(v.ty.WithoutOptionalAttributesDeep())
}

// convert makes a value that was given one of the variable's type.
func (v *variable) convert(raw cty.Value) (cty.Value, error) {
	if v.defaults != nil && !raw.IsNull() {
		raw = v.defaults.Apply(raw)
	}
	out, err := convertTo(raw, v.ty)
	if err != nil {
		return cty.NilVal, conversionError(err)
	}
	return out, nil
}

// variable returns the value of a variable.
func (i *instance) variable(name string) cty.Value {
	v := i.m.variables[name]
	c := get(i.variables, name, func() string { return i.name("var." + name) }, v.at)
	return force(i.l, c, cty.DynamicVal, func() cty.Value {
		if i.inputs != nil {
			return i.inputs.final(v)
		}
		return i.argument(v)
	})
}

// argument returns the value that the caller of a module gives a variable.
func (i *instance) argument(v *variable) cty.Value {
	if v.broken {
		return cty.DynamicVal
	}
	var e *expression
	if i.call != nil {
		e = i.call.args[v.name]
	}
	if e == nil {
		if v.fallback == cty.NilVal {
			return cty.DynamicVal // reported as missing
		}
		return v.finish(v.fallback)
	}
	ctx := i.item.context(i.parent.scope(e.needs))
	raw, ok := i.l.value(e, ctx)
	if !ok {
		return cty.DynamicVal
	}
	value, err := v.convert(raw)
	if err != nil {
		d := problem(e.Range(), "Wrong type", "Variable %q of the module wants %s (%s): %s.", v.name, v.typeName(), place(v.at), err)
		d.Expression, d.EvalContext = e.Expression, ctx
		i.l.diags = append(i.l.diags, d)
		return cty.DynamicVal
	}
	if value.IsKnown() && value.IsNull() && !v.nullable {
		if v.fallback == cty.NilVal {
			i.l.errorf(e.Range(), "Missing value", "Variable %q of the module cannot be null.", v.name)
			return cty.DynamicVal
		}
		value = v.fallback
	}
	return v.finish(value)
}

func (v *variable) finish(value cty.Value) cty.Value {
	if v.sensitive {
		return value.Mark(sensitive)
	}
	return value
}

// literalValue evaluates an argument that may use neither variables nor
// functions. It is not ok for nil.
func (l *loader) literalValue(a *hclsyntax.Attribute, ty cty.Type) (cty.Value, bool) {
	if a == nil {
		return cty.NilVal, false
	}
	v, diags := a.Expr.Value(nil)
	l.diags = append(l.diags, diags...)
	if diags.HasErrors() || !v.IsKnown() {
		return cty.NilVal, false
	}
	out, err := convert.Convert(v, ty)
	if err != nil || out.IsNull() {
		l.errorf(a.Expr.Range(), "Wrong type", "%s wants %s, and this is %s.", a.Name, wanted(ty), describe(v))
		return cty.NilVal, false
	}
	return out, true
}
