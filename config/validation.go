package config

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// validation is a validation block of a variable.
type validation struct {
	variable  *variable
	at        hcl.Range
	condition *hclsyntax.Attribute
	message   *hclsyntax.Attribute
	check     *expression
	text      *expression
}

func (v *validation) analyze(m *module) {
	if v.condition != nil {
		v.check = m.expression(v.condition.Expr, names{})
	}
	if v.message != nil {
		v.text = m.expression(v.message.Expr, names{})
	}
}

// validate checks the value of a variable.
func (i *instance) validate(v *variable) {
	for _, rule := range v.validations {
		if rule.check == nil || rule.text == nil || !i.variable(v.name).IsKnown() {
			continue
		}
		ctx := i.scope(rule.check.needs)
		value, ok := i.l.value(rule.check, ctx)
		if !ok {
			continue
		}
		value, _ = value.Unmark()
		holds, err := convert.Convert(value, cty.Bool)
		if err != nil || holds.IsNull() {
			i.l.errorf(rule.check.Range(), "Wrong type", "condition wants true or false, and this is %s.", describe(value))
			continue
		}
		if !holds.IsKnown() || holds.True() {
			continue
		}
		d := problem(rule.check.Range(), "Invalid value for variable", "%s\n\n%s", i.message(rule), i.origin(v))
		d.Expression, d.EvalContext = rule.check.Expression, ctx
		i.l.diags = append(i.l.diags, d)
	}
}

// message evaluates the error message of a rule.
func (i *instance) message(rule *validation) string {
	v, ok := i.l.value(rule.text, i.scope(rule.text.needs))
	if !ok {
		return "The value does not meet the condition."
	}
	if v.ContainsMarked() {
		return "The value does not meet the condition. What is wrong with it is not shown, since error_message uses a sensitive value."
	}
	text, err := convert.Convert(v, cty.String)
	if err != nil || text.IsNull() || !text.IsKnown() {
		i.l.errorf(rule.text.Range(), "Wrong type", "error_message wants a string, and this is %s.", describe(v))
		return "The value does not meet the condition."
	}
	return strings.TrimSpace(text.AsString())
}

// origin says where the value of a variable comes from.
func (i *instance) origin(v *variable) string {
	if i.call != nil {
		if e := i.call.args[v.name]; e != nil {
			return "The value is given at " + place(e.Range()) + "."
		}
		return "The value is the default, at " + place(v.at) + "."
	}
	if source := i.inputs.values[v.name].source; source != "" {
		return "The value is given by " + source + "."
	}
	return "The value is the default, at " + place(v.at) + "."
}
