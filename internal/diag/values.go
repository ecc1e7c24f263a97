package diag

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// maxValueBytes bounds how much of a string value is shown.
const maxValueBytes = 80

// values says what the variables of the diagnostic's expression were.
func values(d *hcl.Diagnostic) []ExpressionValue {
	if d.Expression == nil || d.EvalContext == nil {
		return nil
	}
	var out []ExpressionValue
	for _, traversal := range d.Expression.Variables() {
		// Errors are what the diagnostic is about; they need no value.
		if val, diags := traversal.TraverseAbs(d.EvalContext); !diags.HasErrors() {
			if s := statement(val); s != "" {
				out = append(out, ExpressionValue{Traversal: traversalText(traversal), Statement: s})
			}
		}
	}
	slices.SortFunc(out, func(a, b ExpressionValue) int { return strings.Compare(a.Traversal, b.Traversal) })
	return slices.Compact(out)
}

// statement completes the sentence "var.x ...", or is empty when there is
// nothing to say. A sensitive value is never said.
func statement(val cty.Value) string {
	if val.ContainsMarked() {
		return "has a sensitive value"
	}
	if !val.IsKnown() {
		return ""
	}
	if val.IsNull() {
		return "is null"
	}
	switch ty := val.Type(); {
	case ty == cty.Bool:
		return "is " + strconv.FormatBool(val.True())
	case ty == cty.Number:
		return "is " + val.AsBigFloat().Text('g', 10)
	case ty == cty.String:
		s := val.AsString()
		if len(s) > maxValueBytes {
			return "is " + strconv.Quote(strings.ToValidUTF8(s[:maxValueBytes], "")) + "..."
		}
		return "is " + strconv.Quote(s)
	case ty.IsObjectType():
		return "" // how many attributes it has helps nobody
	case ty.IsTupleType() || ty.IsCollectionType():
		return "is " + ty.FriendlyName() + " with " + count(val.LengthInt(), "element")
	default:
		return "is a " + ty.FriendlyName()
	}
}

func count(n int, noun string) string {
	switch n {
	case 0:
		return "no " + noun + "s"
	case 1:
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// traversalText writes a traversal as users do.
func traversalText(t hcl.Traversal) string {
	var b strings.Builder
	for _, step := range t {
		switch step := step.(type) {
		case hcl.TraverseRoot:
			b.WriteString(step.Name)
		case hcl.TraverseAttr:
			b.WriteString("." + step.Name)
		case hcl.TraverseIndex:
			switch key := step.Key; {
			case key.Type() == cty.String:
				b.WriteString("[" + strconv.Quote(key.AsString()) + "]")
			case key.Type() == cty.Number:
				b.WriteString("[" + key.AsBigFloat().Text('f', -1) + "]")
			default:
				b.WriteString("[...]")
			}
		}
	}
	return b.String()
}
