package config

import (
	"maps"
	"slices"

	"github.com/gwctl/gwctl/config/functions"
	"github.com/gwctl/gwctl/internal/diag"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// explain adds to an error of an expression what HCL leaves out: the names
// that an object has. It takes from it what must not be shown: what a function
// says about sensitive arguments.
func explain(d *hcl.Diagnostic) *hcl.Diagnostic {
	out := *d
	switch e := d.Expression.(type) {
	case *hclsyntax.FunctionCallExpr:
		failed, ok := hcl.DiagnosticExtra[hclsyntax.FunctionCallDiagExtra](d)
		if ok && failed.CalledFunctionName() != "" && d.EvalContext != nil && sensitiveArgument(e, d.EvalContext) {
			out.Detail = "Call to function \"" + e.Name + "\" failed. Why is not shown, since an argument is sensitive."
		}
	case *hclsyntax.ScopeTraversalExpr:
		out.Detail += missing(e.Traversal, d.EvalContext)
	case *hclsyntax.RelativeTraversalExpr:
		if d.EvalContext != nil {
			if v, diags := e.Source.Value(d.EvalContext); !diags.HasErrors() {
				out.Detail += missingIn(v, e.Traversal)
			}
		}
	}
	return &out
}

func sensitiveArgument(e *hclsyntax.FunctionCallExpr, ctx *hcl.EvalContext) bool {
	return slices.ContainsFunc(e.Args, func(arg hclsyntax.Expression) bool {
		v, _ := arg.Value(ctx)
		return v.HasMark(functions.Sensitive) || v.ContainsMarked()
	})
}

// missing suggests the names that an object has instead of one that it has
// not.
func missing(t hcl.Traversal, ctx *hcl.EvalContext) string {
	if len(t) < 2 {
		return ""
	}
	for ; ctx != nil; ctx = ctx.Parent() {
		if v, ok := ctx.Variables[t.RootName()]; ok {
			return missingIn(v, t[1:])
		}
	}
	return ""
}

func missingIn(v cty.Value, steps hcl.Traversal) string {
	for _, step := range steps {
		name := ""
		switch step := step.(type) {
		case hcl.TraverseAttr:
			name = step.Name
		case hcl.TraverseIndex:
			if key, _ := step.Key.Unmark(); key.Type() == cty.String && key.IsKnown() && !key.IsNull() {
				name = key.AsString()
			}
		}
		v, _ = v.Unmark()
		if name != "" && v.IsKnown() && !v.IsNull() {
			var has []string
			switch ty := v.Type(); {
			case ty.IsObjectType():
				has = slices.Collect(maps.Keys(ty.AttributeTypes()))
			case ty.IsMapType():
				has = slices.Collect(maps.Keys(v.AsValueMap()))
			}
			if has != nil && !slices.Contains(has, name) {
				return diag.Allowed(name, has)
			}
		}
		next, diags := hcl.Traversal{step}.TraverseRel(v)
		if diags.HasErrors() {
			return ""
		}
		v = next
	}
	return ""
}
