package functions

import (
	"fmt"

	"github.com/gwctl/gwctl/config/nesting"
	"github.com/gwctl/gwctl/internal/diag"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

var templateVars = function.Parameter{Name: "vars", Type: cty.DynamicPseudoType}

func (f files) templateFile(inner map[string]function.Function) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{text("path"), templateVars},
		Type:   function.StaticReturnType(cty.DynamicPseudoType),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			path := args[0].AsString()
			source, err := f.text(path)
			if err != nil {
				return cty.DynamicVal, function.NewArgError(0, err)
			}
			return render(source, path, args[1], inner)
		},
	})
}

func templateString(inner map[string]function.Function) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{text("template"), templateVars},
		Type:   function.StaticReturnType(cty.DynamicPseudoType),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			return render(args[0].AsString(), "template", args[1], inner)
		},
	})
}

// render evaluates a template with the attributes of vars as its variables.
func render(source, name string, vars cty.Value, inner map[string]function.Function) (cty.Value, error) {
	if ty := vars.Type(); !ty.IsObjectType() && !ty.IsMapType() {
		return cty.DynamicVal, function.NewArgErrorf(1, "the variables must be an object: { name = value }")
	}
	ctx := &hcl.EvalContext{Variables: vars.AsValueMap(), Functions: inner}
	for variable := range ctx.Variables {
		if !hclsyntax.ValidIdentifier(variable) {
			return cty.DynamicVal, function.NewArgErrorf(1, "%q cannot be the name of a variable", variable)
		}
	}
	tokens, _ := hclsyntax.LexTemplate([]byte(source), name, hcl.InitialPos)
	if at, deep := nesting.Check(tokens); deep {
		return cty.DynamicVal, fmt.Errorf("%s is nested more than %d deep", at, nesting.Max)
	}
	expr, diags := hclsyntax.ParseTemplate([]byte(source), name, hcl.InitialPos)
	if diags.HasErrors() {
		return cty.DynamicVal, diag.AsError(diags)
	}
	v, diags := expr.Value(ctx)
	if diags.HasErrors() {
		return cty.DynamicVal, diag.AsError(diags)
	}
	return v, nil
}
