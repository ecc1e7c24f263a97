package functions

import (
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

var (
	toList = quick(cty.List(cty.DynamicPseudoType))
	toSet  = quick(cty.Set(cty.DynamicPseudoType))
	toMap  = quick(cty.Map(cty.DynamicPseudoType))
)

// quick makes a conversion function that does not compare the type of each
// element with all others, as go-cty does for tuples and objects, where they
// are the same anyway. for_each = toset([...]) may have thousands.
func quick(ty cty.Type) function.Function {
	convert := stdlib.MakeToFunc(ty)
	return function.New(&function.Spec{
		Params: convert.Params(),
		Type: func(args []cty.Value) (cty.Type, error) {
			return convert.ReturnTypeForValues([]cty.Value{uniform(args[0])})
		},
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			return convert.Call([]cty.Value{uniform(args[0])})
		},
	})
}

// uniform turns a tuple or object whose elements have one type into a list or
// map, and leaves other values as they are.
func uniform(v cty.Value) cty.Value {
	unmarked, marks := v.Unmark()
	ty := unmarked.Type()
	if !unmarked.IsKnown() || unmarked.IsNull() || !ty.IsTupleType() && !ty.IsObjectType() || unmarked.LengthInt() == 0 {
		return v
	}
	var list []cty.Value
	keyed := map[string]cty.Value{}
	for it := unmarked.ElementIterator(); it.Next(); {
		key, element := it.Element()
		if len(list) > 0 && !element.Type().Equals(list[0].Type()) || element.Type().HasDynamicTypes() {
			return v
		}
		list = append(list, element)
		if ty.IsObjectType() {
			keyed[key.AsString()] = element
		}
	}
	if ty.IsObjectType() {
		return cty.MapVal(keyed).WithMarks(marks)
	}
	return cty.ListVal(list).WithMarks(marks)
}
