package functions

import (
	"errors"
	"testing"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
)

// What failed elsewhere is unknown, and may stand anywhere in an argument. An
// error about it would only hide the one that counts.
func TestFunctionsTakeWhatIsUnknown(t *testing.T) {
	a, one := cty.StringVal("a"), cty.NumberIntVal(1)
	values := []cty.Value{
		cty.DynamicVal, cty.UnknownVal(cty.String),
		cty.TupleVal([]cty.Value{cty.DynamicVal, a}), cty.ListVal([]cty.Value{cty.UnknownVal(cty.String), a}),
		cty.ObjectVal(map[string]cty.Value{"a": cty.DynamicVal}), cty.MapVal(map[string]cty.Value{"a": cty.UnknownVal(cty.List(cty.String))}),
		cty.SetVal([]cty.Value{cty.UnknownVal(cty.String), a}),
		a, one, cty.True, cty.NullVal(cty.String),
		cty.TupleVal([]cty.Value{a}), cty.ObjectVal(map[string]cty.Value{"a": a}),
	}
	for name, f := range Table(t.TempDir(), t.TempDir()) {
		var call func(args []cty.Value)
		call = func(args []cty.Value) {
			if converted, ok := asParameters(f, args); ok {
				_, err := f.Call(converted)
				if crash, ok := errors.AsType[function.PanicError](err); ok {
					t.Errorf("%s%#v: %v", name, args, crash.Value)
				}
			}
			if len(args) < 3 {
				for _, v := range values {
					call(append(args[:len(args):len(args)], v))
				}
			}
		}
		call(nil)
	}
}

func TestUnknownArgumentsAreNoMistake(t *testing.T) {
	unknown := cty.DynamicVal
	for name, args := range map[string][]cty.Value{
		"transpose": {cty.ObjectVal(map[string]cty.Value{"a": cty.TupleVal([]cty.Value{unknown})})},
		"index":     {cty.TupleVal([]cty.Value{unknown}), cty.StringVal("x")},
		"lookup":    {cty.EmptyObjectVal, unknown},
		"sum":       {cty.TupleVal([]cty.Value{cty.NumberIntVal(1), unknown})},
		"alltrue":   {cty.TupleVal([]cty.Value{unknown})},
	} {
		f := Table(".", ".")[name]
		converted, ok := asParameters(f, args)
		if !ok {
			t.Fatalf("%s does not take %#v", name, args)
		}
		if v, err := f.Call(converted); err != nil || v.IsWhollyKnown() {
			t.Errorf("%s: %#v, %v", name, v, err)
		}
	}
}

// asParameters converts arguments to the types of parameters, as HCL does
// before a call.
func asParameters(f function.Function, args []cty.Value) ([]cty.Value, bool) {
	params := f.Params()
	for f.VarParam() != nil && len(params) < len(args) {
		params = append(params, *f.VarParam())
	}
	if len(params) != len(args) {
		return nil, false
	}
	out := make([]cty.Value, len(args))
	for i := range args {
		if params[i].Type.IsCapsuleType() {
			return nil, false // try and can take expressions
		}
		var err error
		if out[i], err = convert.Convert(args[i], params[i].Type); err != nil {
			return nil, false
		}
	}
	return out, true
}
