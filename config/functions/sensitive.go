package functions

import (
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// mark is the type of the one mark that values carry.
type mark string

// Sensitive marks values that must not be shown or stored.
const Sensitive = mark("sensitive")

// anything is a parameter that takes every value as it is.
var anything = function.Parameter{
	Name: "value", Type: cty.DynamicPseudoType,
	AllowNull: true, AllowUnknown: true, AllowMarked: true, AllowDynamicType: true,
}

func typeOfFirst(args []cty.Value) (cty.Type, error) { return args[0].Type(), nil }

var sensitive = function.New(&function.Spec{
	Params: []function.Parameter{anything},
	Type:   typeOfFirst,
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		return args[0].Mark(Sensitive), nil
	},
})

// nonsensitive takes the mark off the value itself and off what is in it.
var nonsensitive = function.New(&function.Spec{
	Params: []function.Parameter{anything},
	Type:   typeOfFirst,
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		v, _ := args[0].UnmarkDeep()
		return v, nil
	},
})

var isSensitive = function.New(&function.Spec{
	Params: []function.Parameter{anything},
	Type:   function.StaticReturnType(cty.Bool),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		return cty.BoolVal(args[0].HasMark(Sensitive)), nil
	},
})
