package functions

import (
	"math"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

var logarithm = ofTwoNumbers("num", "base", "a logarithm wants a positive number, and a positive base other than 1",
	func(num, base float64) float64 { return math.Log(num) / math.Log(base) })

var power = ofTwoNumbers("num", "power", "a negative number has no power that is a fraction", math.Pow)

// ofTwoNumbers makes a function that says why where there is no result; cty
// knows no such number.
func ofTwoNumbers(first, second, why string, compute func(a, b float64) float64) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: first, Type: cty.Number}, {Name: second, Type: cty.Number}},
		Type:   function.StaticReturnType(cty.Number),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			a, _ := args[0].AsBigFloat().Float64()
			b, _ := args[1].AsBigFloat().Float64()
			out := compute(a, b)
			if math.IsNaN(out) {
				return cty.UnknownVal(cty.Number), function.NewArgErrorf(0, "%s", why)
			}
			return cty.NumberFloatVal(out), nil
		},
	})
}
