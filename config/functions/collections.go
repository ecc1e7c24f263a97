package functions

import (
	"errors"
	"slices"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

var allTrue = foldBools(true)

var anyTrue = foldBools(false)

// foldBools makes alltrue from true and anytrue from false: the first element
// that is not the neutral one decides.
func foldBools(neutral bool) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "list", Type: cty.List(cty.Bool)}},
		Type:   function.StaticReturnType(cty.Bool),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			for _, v := range args[0].Elements() {
				if !v.IsKnown() {
					return cty.UnknownVal(cty.Bool), nil
				}
				// As in Terraform, null counts as false.
				if is := !v.IsNull() && v.True(); is != neutral {
					return cty.BoolVal(is), nil
				}
			}
			return cty.BoolVal(neutral), nil
		},
	})
}

var length = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "value", Type: cty.DynamicPseudoType}},
	Type: func(args []cty.Value) (cty.Type, error) {
		ty := args[0].Type()
		if ty == cty.String || ty.IsTupleType() || ty.IsObjectType() || ty.IsCollectionType() {
			return cty.Number, nil
		}
		return cty.NilType, function.NewArgErrorf(0, "the length is that of a string, list, map, set or object")
	},
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		switch v := args[0]; {
		case v.Type() == cty.String:
			return stdlib.Strlen(v)
		case v.Type().IsObjectType():
			return cty.NumberIntVal(int64(len(v.Type().AttributeTypes()))), nil
		default:
			return v.Length(), nil
		}
	},
})

var lookup = function.New(&function.Spec{
	Params:   []function.Parameter{{Name: "map", Type: cty.DynamicPseudoType}, text("key")},
	VarParam: &function.Parameter{Name: "default", Type: cty.DynamicPseudoType, AllowNull: true},
	Type: func(args []cty.Value) (cty.Type, error) {
		switch ty := args[0].Type(); {
		case len(args) > 3:
			return cty.NilType, errors.New("lookup takes a map, a key and at most one default")
		case !args[1].IsKnown():
			return cty.DynamicPseudoType, nil
		case len(args) == 3:
			return stdlib.LookupFunc.ReturnTypeForValues(args)
		case ty.IsMapType():
			return ty.ElementType(), nil
		case ty.IsObjectType():
			key := args[1].AsString()
			if !ty.HasAttribute(key) {
				return cty.NilType, function.NewArgErrorf(1, "the object has no %q, and there is no default", key)
			}
			return ty.AttributeType(key), nil
		}
		return cty.NilType, function.NewArgErrorf(0, "lookup needs a map or an object")
	},
	Impl: func(args []cty.Value, ty cty.Type) (cty.Value, error) {
		key := args[1].AsString()
		switch {
		case len(args) == 3:
			return stdlib.Lookup(args[0], args[1], args[2])
		case args[0].Type().IsObjectType():
			return args[0].GetAttr(key), nil
		case args[0].HasIndex(args[1]).True():
			return args[0].Index(args[1]), nil
		}
		return cty.UnknownVal(ty), function.NewArgErrorf(1, "the map has no %q, and there is no default", key)
	},
})

var indexOf = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "list", Type: cty.DynamicPseudoType}, {Name: "value", Type: cty.DynamicPseudoType}},
	Type:   function.StaticReturnType(cty.Number),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		if ty := args[0].Type(); !ty.IsListType() && !ty.IsTupleType() {
			return cty.UnknownVal(cty.Number), function.NewArgErrorf(0, "index searches a list")
		}
		if !args[0].IsWhollyKnown() || !args[1].IsWhollyKnown() {
			return cty.UnknownVal(cty.Number), nil
		}
		i := slices.IndexFunc(args[0].AsValueSlice(), func(v cty.Value) bool {
			equal, err := stdlib.Equal(v, args[1])
			return err == nil && equal.IsKnown() && equal.True()
		})
		if i < 0 {
			return cty.UnknownVal(cty.Number), errors.New("the list does not have that value")
		}
		return cty.NumberIntVal(int64(i)), nil
	},
})

var sum = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "list", Type: cty.List(cty.Number)}},
	Type:   function.StaticReturnType(cty.Number),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		total := cty.Zero
		for _, v := range args[0].Elements() {
			if v.IsNull() {
				return cty.UnknownVal(cty.Number), function.NewArgErrorf(0, "null cannot be added")
			}
			total = total.Add(v)
		}
		return total, nil
	},
})

// one turns a list of at most one element into that element or null.
var one = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "list", Type: cty.DynamicPseudoType}},
	Type: func(args []cty.Value) (cty.Type, error) {
		switch ty := args[0].Type(); {
		case ty.IsTupleType() && ty.Length() == 0:
			return cty.DynamicPseudoType, nil
		case ty.IsTupleType() && ty.Length() == 1:
			return ty.TupleElementType(0), nil
		case ty.IsListType() || ty.IsSetType():
			return ty.ElementType(), nil
		}
		return cty.NilType, function.NewArgErrorf(0, "one needs a list or set of at most one element")
	},
	Impl: func(args []cty.Value, ty cty.Type) (cty.Value, error) {
		switch elements := args[0].AsValueSlice(); len(elements) {
		case 0:
			return cty.NullVal(ty), nil
		case 1:
			return elements[0], nil
		}
		return cty.UnknownVal(ty), function.NewArgErrorf(0, "one needs a list or set of at most one element")
	},
})

var matchKeys = function.New(&function.Spec{
	Params: []function.Parameter{
		{Name: "values", Type: cty.List(cty.DynamicPseudoType)},
		{Name: "keys", Type: cty.List(cty.DynamicPseudoType)},
		{Name: "searchset", Type: cty.List(cty.DynamicPseudoType)},
	},
	Type: typeOfFirst,
	Impl: func(args []cty.Value, ty cty.Type) (cty.Value, error) {
		values, keys, wanted := args[0].AsValueSlice(), args[1].AsValueSlice(), args[2].AsValueSlice()
		if len(values) != len(keys) {
			return cty.UnknownVal(ty), function.NewArgErrorf(1, "there must be as many keys as values")
		}
		var out []cty.Value
		for i, key := range keys {
			if slices.ContainsFunc(wanted, func(w cty.Value) bool {
				converted, err := convert.Convert(w, key.Type())
				return err == nil && converted.RawEquals(key)
			}) {
				out = append(out, values[i])
			}
		}
		if out == nil {
			return cty.ListValEmpty(ty.ElementType()), nil
		}
		return cty.ListVal(out), nil
	},
})

var transpose = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "map", Type: cty.Map(cty.List(cty.String))}},
	Type:   function.StaticReturnType(cty.Map(cty.List(cty.String))),
	Impl: func(args []cty.Value, ty cty.Type) (cty.Value, error) {
		if !args[0].IsWhollyKnown() {
			return cty.UnknownVal(ty), nil
		}
		lists := map[string][]cty.Value{}
		for key, list := range args[0].Elements() {
			for _, v := range list.Elements() {
				if v.IsNull() {
					return cty.UnknownVal(ty), function.NewArgErrorf(0, "null cannot be a key")
				}
				lists[v.AsString()] = append(lists[v.AsString()], key)
			}
		}
		if len(lists) == 0 {
			return cty.MapValEmpty(ty.ElementType()), nil
		}
		out := make(map[string]cty.Value, len(lists))
		for key, list := range lists {
			out[key] = cty.ListVal(list)
		}
		return cty.MapVal(out), nil
	},
})
