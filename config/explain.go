package config

import (
	"errors"
	"maps"
	"slices"

	"github.com/gwctl/gwctl/internal/diag"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// explain adds to an error of an expression what HCL leaves out: the names
// that an object has. It takes from it what must not be shown: what a function
// says about sensitive arguments.
func explain(d *hcl.Diagnostic) *hcl.Diagnostic {
	out := *d
	if call, ok := hcl.DiagnosticExtra[hclsyntax.FunctionCallDiagExtra](d); ok {
		if sensitiveIn(d) {
			out.Detail = "Function \"" + call.CalledFunctionName() + "\" failed. Why is not shown, since an argument is sensitive."
			return &out
		}
		if _, crashed := errors.AsType[function.PanicError](call.FunctionCallError()); crashed {
			out.Detail = "Function \"" + call.CalledFunctionName() + "\" has a defect that these arguments bring to light: report it, and write the value in another way."
			return &out
		}
	}
	switch e := d.Expression.(type) {
	case *hclsyntax.ScopeTraversalExpr:
		out.Detail += missing(e.Traversal, d.EvalContext)
	case *hclsyntax.RelativeTraversalExpr:
		if v, diags := e.Source.Value(d.EvalContext); !diags.HasErrors() {
			out.Detail += missingIn(v, e.Traversal)
		}
	}
	return &out
}

// sensitiveIn reports whether the expression of an error reads anything
// sensitive.
func sensitiveIn(d *hcl.Diagnostic) bool {
	if d.Expression == nil || d.EvalContext == nil {
		return true // nobody can tell
	}
	return slices.ContainsFunc(d.Expression.Variables(), func(t hcl.Traversal) bool {
		v, _ := t.TraverseAbs(d.EvalContext)
		return v.ContainsMarked()
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
