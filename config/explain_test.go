package config

import (
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

func TestDefectOfAFunctionShowsNoStack(t *testing.T) {
	crash := function.New(&function.Spec{
		Type: function.StaticReturnType(cty.String),
		Impl: func([]cty.Value, cty.Type) (cty.Value, error) { panic("boom") },
	})
	expr, diags := hclsyntax.ParseExpression([]byte("crash()"), "main.hcl", hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	_, diags = expr.Value(&hcl.EvalContext{Functions: map[string]function.Function{"crash": crash}})
	if len(diags) != 1 {
		t.Fatal(diags)
	}
	text := explain(diags[0]).Detail
	if strings.Contains(text, "goroutine") || !strings.Contains(text, `Function "crash" has a defect`) {
		t.Error(text)
	}
}
