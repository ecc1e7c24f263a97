package config

import (
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/gwctl/gwctl/config/schema"
	"github.com/gwctl/gwctl/internal/diag"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// converter turns the value of one argument into plain Go values of the type
// that its description wants. It goes through the value itself, so that an
// error names the element that is wrong.
type converter struct {
	d         *decoder
	arg       *argument
	ctx       *hcl.EvalContext
	path      []string // to the element at hand: "headers", `["x-a"]`
	deps      []resource.Address
	flattened bool // elements are not where they were written
}

// convert returns nil for null. It is not ok where an error has been
// reported.
func (c *converter) convert(v cty.Value) (any, bool) {
	c.path = append(c.path, c.arg.schema.Name)
	return c.value(v, c.arg.schema.Type)
}

func (c *converter) value(v cty.Value, ty cty.Type) (any, bool) {
	if v.IsMarked() {
		if !c.arg.schema.Secret {
			return c.fail("Sensitive value", "%s is shown and stored, so that it cannot take a sensitive value. Refer to a secret by its name, or use nonsensitive() where it is none.", c.where())
		}
		v, _ = v.Unmark()
	}
	switch {
	case !v.IsKnown():
		return nil, false // what it comes from has been reported
	case v.IsNull():
		return nil, true
	case ty == cty.DynamicPseudoType:
		return c.any(v)
	case ty.Equals(schema.Ref):
		return c.ref(v)
	case ty == cty.String && len(c.arg.schema.Refs) > 0 && (v.Type().IsObjectType() || v.Type().IsMapType()):
		return c.ref(v) // instead of its name
	case ty.IsPrimitiveType():
		return c.primitive(v, ty)
	case ty.IsListType(), ty.IsSetType():
		return c.list(v, ty)
	case ty.IsMapType():
		return c.mapping(v, func(string) (cty.Type, bool) { return ty.ElementType(), true }, ty)
	case ty.IsObjectType():
		return c.object(v, ty)
	case ty.IsTupleType():
		return c.tuple(v, ty)
	}
	return c.wrong(v, ty)
}

// at converts an element.
func (c *converter) at(step string, v cty.Value, ty cty.Type) (any, bool) {
	c.path = append(c.path, step)
	out, ok := c.value(v, ty)
	c.path = c.path[:len(c.path)-1]
	return out, ok
}

func (c *converter) primitive(v cty.Value, ty cty.Type) (any, bool) {
	if v.Type() != ty {
		converted, err := convert.Convert(v, ty)
		if err != nil {
			return c.wrong(v, ty)
		}
		v = converted
	}
	out, ok := c.plain(v)
	if !ok {
		return nil, false
	}
	if s, ok := out.(string); ok && len(c.arg.schema.OneOf) > 0 && !slices.Contains(c.arg.schema.OneOf, s) {
		return c.fail("Value not allowed", "%s cannot be %q.%s", c.where(), s, diag.Allowed(s, c.arg.schema.OneOf))
	}
	return out, true
}

func (c *converter) list(v cty.Value, ty cty.Type) (any, bool) {
	elem := ty.ElementType()
	if elem.Equals(schema.Ref) {
		v = c.flatten(v)
	}
	if t := v.Type(); !t.IsListType() && !t.IsTupleType() && !t.IsSetType() {
		return c.wrong(v, ty)
	}
	out, ok := make([]any, 0, v.LengthInt()), true
	for it := v.ElementIterator(); it.Next(); {
		_, element := it.Element()
		converted, fine := c.at("["+strconv.Itoa(len(out))+"]", element, elem)
		if fine && converted == nil {
			_, fine = c.failAt(strconv.Itoa(len(out)), "Wrong type", "%s has null in it. Leave the element out.", c.where())
		}
		ok = ok && fine
		out = append(out, converted)
	}
	if ty.IsSetType() {
		out = distinct(out)
		c.flattened = true
	}
	return out, ok
}

// distinct sorts the strings of a set and drops repetitions.
func distinct(list []any) []any {
	for _, v := range list {
		if _, ok := v.(string); !ok {
			return list
		}
	}
	slices.SortFunc(list, func(a, b any) int { return strings.Compare(a.(string), b.(string)) })
	return slices.Compact(list)
}

func (c *converter) tuple(v cty.Value, ty cty.Type) (any, bool) {
	types := ty.TupleElementTypes()
	if t := v.Type(); !t.IsListType() && !t.IsTupleType() || v.LengthInt() != len(types) {
		return c.wrong(v, ty)
	}
	out, ok := make([]any, 0, len(types)), true
	for it := v.ElementIterator(); it.Next(); {
		_, element := it.Element()
		converted, fine := c.at("["+strconv.Itoa(len(out))+"]", element, types[len(out)])
		ok = ok && fine
		out = append(out, converted)
	}
	return out, ok
}

func (c *converter) object(v cty.Value, ty cty.Type) (any, bool) {
	types := ty.AttributeTypes()
	out, ok := c.mapping(v, func(key string) (cty.Type, bool) {
		if t, known := types[key]; known {
			return t, true
		}
		names := make([]string, 0, len(types))
		for name := range types {
			names = append(names, name)
		}
		c.failAt(key, "Unknown attribute", "%s has no %q.%s", c.where(), key, diag.Allowed(key, names))
		return cty.NilType, false
	}, ty)
	if !ok {
		return nil, false
	}
	for name := range types {
		if _, given := out.(map[string]any)[name]; !given && !ty.AttributeOptional(name) {
			_, ok = c.fail("Missing attribute", "%s needs %q.", c.where(), name)
		}
	}
	return out, ok
}

// mapping converts a map or an object; null elements are left out.
func (c *converter) mapping(v cty.Value, elem func(string) (cty.Type, bool), ty cty.Type) (any, bool) {
	if t := v.Type(); !t.IsMapType() && !t.IsObjectType() {
		return c.wrong(v, ty)
	}
	out, ok := make(map[string]any, v.LengthInt()), true
	for it := v.ElementIterator(); it.Next(); {
		key, element := it.Element()
		name := key.AsString()
		t, known := elem(name)
		if !known {
			ok = false
			continue
		}
		converted, fine := c.at("["+strconv.Quote(name)+"]", element, t)
		ok = ok && fine
		if converted != nil {
			out[name] = converted
		}
	}
	return out, ok
}

// any converts a value of any type.
func (c *converter) any(v cty.Value) (any, bool) {
	ty := v.Type()
	switch {
	case isRef(v):
		return c.fail("Reference in an object", "%s is %s, and the fields of an object take none. Write what the field is to be, such as the reference's name.", c.where(), describe(v))
	case ty.IsPrimitiveType():
		return c.plain(v)
	case ty.IsListType(), ty.IsSetType(), ty.IsTupleType():
		out, ok := make([]any, 0, v.LengthInt()), true
		for it := v.ElementIterator(); it.Next(); {
			_, element := it.Element()
			converted, fine := c.at("["+strconv.Itoa(len(out))+"]", element, cty.DynamicPseudoType)
			ok = ok && fine
			out = append(out, converted)
		}
		return out, ok
	case ty.IsMapType(), ty.IsObjectType():
		return c.mapping(v, func(string) (cty.Type, bool) { return cty.DynamicPseudoType, true }, ty)
	}
	return c.wrong(v, cty.DynamicPseudoType)
}

// plain returns a primitive value in Go. No target takes a number that is
// infinite or beyond what JSON keeps everywhere.
func (c *converter) plain(v cty.Value) (any, bool) {
	if v.Type() != cty.Number {
		return primitive(v), true
	}
	f := v.AsBigFloat()
	if n, accuracy := f.Int64(); accuracy == big.Exact {
		return n, true
	}
	rounded, _ := f.Float64()
	switch {
	case f.IsInf():
		return c.fail("Infinite number", "%s is infinite. Does something divide by zero?", c.where())
	case math.Abs(rounded) >= 1<<53, rounded == 0:
		return c.fail("Number out of range", "%s is %s, which would be rounded. A whole number is from %d to %d, and one with a fraction below 2^53. Write anything else as a string.", c.where(), numberText(f), math.MinInt64, math.MaxInt64)
	}
	return rounded, true
}

// primitive returns a primitive value in Go, with numbers as they are.
func primitive(v cty.Value) any {
	switch v.Type() {
	case cty.String:
		return v.AsString()
	case cty.Bool:
		return v.True()
	}
	f := v.AsBigFloat()
	switch n, accuracy := f.Int64(); {
	case accuracy == big.Exact:
		return n
	case f.IsInt() && f.MantExp(nil) <= int(f.Prec()):
		return resource.Number(f.Text('f', 0))
	}
	return resource.Number(f.Text('g', -1))
}

// maxExponent bounds the numbers that are written out, since the decimal text
// of 1e1000000000 takes minutes to find.
const maxExponent = 4096

func writable(f *big.Float) bool {
	return !f.IsInf() && max(f.MantExp(nil), -f.MantExp(nil)) <= maxExponent
}

// numberText writes a number for people.
func numberText(f *big.Float) string {
	switch {
	case f.IsInf():
		return "infinite"
	case !writable(f):
		return "a number of more than 1,000 digits"
	}
	return f.Text('g', 20)
}

// where names the element at hand: headers["x-a"].
func (c *converter) where() string { return strings.Join(c.path, "") }

func (c *converter) wrong(v cty.Value, ty cty.Type) (any, bool) {
	return c.fail("Wrong type", "%s wants %s, and this is %s.", c.where(), wanted(ty), describe(v))
}

// fail reports an error at the innermost element that is written out.
func (c *converter) fail(summary, format string, args ...any) (any, bool) {
	key := ""
	if len(c.path) > 1 {
		key = strings.TrimSuffix(strings.TrimPrefix(c.path[1], "["), "]")
		if unquoted, err := strconv.Unquote(key); err == nil {
			key = unquoted
		}
	}
	return c.failAt(key, summary, format, args...)
}

// failAt reports an error at the element with a key, or at the whole.
func (c *converter) failAt(key, summary, format string, args ...any) (any, bool) {
	at := c.arg.expr.Range()
	if !c.flattened {
		if r, ok := c.arg.elementRanges(c.ctx)[key]; ok {
			at = r.Range
		}
	}
	d := problem(at, summary, format, args...)
	d.Expression, d.EvalContext = c.arg.expr.Expression, c.ctx
	c.d.l.diags = append(c.d.l.diags, d)
	return nil, false
}

// wanted describes a type for the middle of a sentence.
func wanted(ty cty.Type) string {
	switch {
	case ty == cty.String:
		return "a string"
	case ty == cty.Number:
		return "a number"
	case ty == cty.Bool:
		return "true or false"
	case ty.Equals(schema.Ref):
		return "a reference"
	case ty.IsListType(), ty.IsSetType():
		return "a list of " + wantedMany(ty.ElementType())
	case ty.IsMapType():
		return "a map of " + wantedMany(ty.ElementType())
	case ty.IsObjectType():
		return "an object"
	case ty.IsTupleType():
		return fmt.Sprintf("a list of %d elements", ty.Length())
	}
	return "a value"
}

func wantedMany(ty cty.Type) string {
	switch {
	case ty == cty.String:
		return "strings"
	case ty == cty.Number:
		return "numbers"
	case ty == cty.Bool:
		return "true or false"
	case ty.Equals(schema.Ref):
		return "references"
	case ty == cty.DynamicPseudoType:
		return "values"
	}
	return strings.TrimPrefix(strings.TrimPrefix(wanted(ty), "an "), "a ") + "s"
}

// describe says what a value is, without giving away what is sensitive.
func describe(v cty.Value) string {
	if v.ContainsMarked() {
		return "sensitive"
	}
	ty := v.Type()
	switch {
	case !v.IsKnown():
		return "not known"
	case v.IsNull():
		return "null"
	case ty == cty.String:
		if s := v.AsString(); len(s) <= 40 {
			return "the string " + strconv.Quote(s)
		}
		return "a string"
	case ty == cty.Number:
		if f := v.AsBigFloat(); writable(f) {
			return "the number " + f.Text('g', 10)
		}
		return "a number"
	case ty == cty.Bool:
		return strconv.FormatBool(v.True())
	case isRef(v):
		if address := v.GetAttr("address"); !address.IsNull() {
			return "a reference to " + address.AsString()
		}
		return "a reference"
	case ty.IsListType(), ty.IsTupleType():
		return "a list"
	case ty.IsSetType():
		return "a set of " + wantedMany(ty.ElementType())
	case ty.IsMapType():
		return "a map"
	case ty.IsObjectType():
		return "an object"
	}
	return "a " + ty.FriendlyName()
}
