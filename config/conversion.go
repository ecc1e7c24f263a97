package config

import (
	"errors"
	"fmt"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// convertTo is convert.Convert, element by element: that one unifies the types
// of all elements of an object first, in quadratic time, and a variable may
// have thousands of elements.
func convertTo(v cty.Value, ty cty.Type) (cty.Value, error) {
	if v.IsMarked() {
		unmarked, marks := v.Unmark()
		out, err := convertTo(unmarked, ty)
		if err != nil {
			return cty.NilVal, err
		}
		return out.WithMarks(marks), nil
	}
	from := v.Type()
	if !v.IsKnown() || v.IsNull() || !ty.IsCollectionType() || ty.ElementType().HasDynamicTypes() || v.Type().Equals(ty) {
		return convert.Convert(v, ty)
	}
	switch {
	case ty.IsMapType() && (from.IsObjectType() || from.IsMapType()):
		return convertElements(v, ty, func(elements map[string]cty.Value, _ []cty.Value) cty.Value { return cty.MapVal(elements) })
	case ty.IsListType() && (from.IsTupleType() || from.IsListType()):
		return convertElements(v, ty, func(_ map[string]cty.Value, elements []cty.Value) cty.Value { return cty.ListVal(elements) })
	}
	return convert.Convert(v, ty)
}

func convertElements(v cty.Value, ty cty.Type, collect func(map[string]cty.Value, []cty.Value) cty.Value) (cty.Value, error) {
	if v.LengthInt() == 0 {
		return convert.Convert(v, ty)
	}
	keyed := make(map[string]cty.Value, v.LengthInt())
	list := make([]cty.Value, 0, v.LengthInt())
	for it := v.ElementIterator(); it.Next(); {
		key, element := it.Element()
		converted, err := convertTo(element, ty.ElementType())
		if err != nil {
			return cty.NilVal, cty.Path{cty.IndexStep{Key: key}}.NewError(err)
		}
		if ty.IsMapType() {
			keyed[key.AsString()] = converted
		} else {
			list = append(list, converted)
		}
	}
	return collect(keyed, list), nil
}

// conversionError names the element that has the wrong type.
func conversionError(err error) error {
	pathErr, ok := errors.AsType[cty.PathError](err)
	if !ok || len(pathErr.Path) == 0 {
		return err
	}
	var text string
	for _, step := range pathErr.Path {
		switch step := step.(type) {
		case cty.GetAttrStep:
			text += "." + step.Name
		case cty.IndexStep:
			text += keyOf(step.Key)
		}
	}
	return fmt.Errorf("%s: %w", text, err)
}
