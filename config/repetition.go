package config

import (
	"strconv"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// maxInstances bounds what for_each and count make of one block, maxMade what
// they and dynamic blocks make of all: modules in modules and blocks in blocks
// multiply.
const (
	maxInstances = 100_000
	maxMade      = 1_000_000
)

// grant notes that so many instances or blocks come into being, and reports
// where that is too much.
func (l *loader) grant(n int, at hcl.Range) bool {
	if n <= l.left {
		l.left -= n
		return true
	}
	l.errorf(at, "Too many instances", "With these, for_each, count and dynamic blocks make more than %d instances and blocks, which is the limit of one configuration. Split it.", maxMade)
	return false
}

// repetition is the for_each or count of a block.
type repetition struct{ forEach, count *expression }

// item is one instance of a block: its key as in an address, and each or
// count.
type item struct {
	key  string
	vars map[string]cty.Value
}

// expansion is all instances of a block; not ok where they could not be told.
type expansion struct {
	items []item
	ok    bool
}

// single is the expansion of a block without for_each and count.
var single = expansion{items: []item{{}}, ok: true}

// repetition reads for_each and count.
func (m *module) repetition(w written) repetition {
	var rep repetition
	forEach, count := w.arg("for_each"), w.arg("count")
	if forEach != nil {
		rep.forEach = m.expression(forEach.Expr, names{})
	}
	if count != nil {
		rep.count = m.expression(count.Expr, names{})
		if forEach != nil {
			m.l.errorf(count.NameRange, "Both count and for_each", "A block takes count or for_each, not both.")
		}
	}
	return rep
}

// expand makes the instances of a repetition.
func (i *instance) expand(rep repetition) expansion {
	switch {
	case rep.forEach != nil:
		return i.expandForEach(rep.forEach)
	case rep.count != nil:
		return i.expandCount(rep.count)
	}
	return single
}

func (i *instance) expandForEach(e *expression) expansion {
	ctx := i.scope(e.needs)
	v, ok := i.l.value(e, ctx)
	if !ok || !v.IsKnown() {
		return expansion{}
	}
	fail := func(summary, detail string) expansion {
		d := problem(e.Range(), summary, "%s", detail)
		d.Expression, d.EvalContext = e.Expression, ctx
		i.l.diags = append(i.l.diags, d)
		return expansion{}
	}
	if v.IsMarked() {
		return fail("Sensitive for_each", "The keys of for_each become addresses, which are shown everywhere, so that they cannot be sensitive. Use nonsensitive() where they are no secret.")
	}
	ty := v.Type()
	set := ty.IsSetType() && (ty.ElementType() == cty.String || !v.IsNull() && v.LengthInt() == 0)
	switch {
	case v.IsNull():
		return fail("Invalid for_each", "for_each is null. For no instances, give it an empty map: {}.")
	case ty.IsTupleType() || ty.IsListType():
		return fail("Invalid for_each", "for_each needs a map, an object or a set of strings, and this is a list, whose elements have no names. Make it a set with toset(...), or a map with { for x in list : x.name => x }.")
	case !set && !ty.IsMapType() && !ty.IsObjectType():
		return fail("Invalid for_each", "for_each needs a map, an object or a set of strings, and this is "+describe(v)+".")
	}
	if v.LengthInt() > maxInstances {
		return fail("Too many instances", "for_each makes at most "+strconv.Itoa(maxInstances)+" instances of one block.")
	}
	if !i.l.grant(v.LengthInt(), e.Range()) {
		return expansion{}
	}
	out := expansion{items: make([]item, 0, v.LengthInt()), ok: true}
	for it := v.ElementIterator(); it.Next(); {
		key, value := it.Element()
		if set {
			key = value
			if key.IsNull() {
				return fail("Invalid for_each", "The set has null in it, which names no instance.")
			}
		}
		out.items = append(out.items, item{
			key:  "[" + strconv.Quote(key.AsString()) + "]",
			vars: map[string]cty.Value{"each": cty.ObjectVal(map[string]cty.Value{"key": key, "value": value})},
		})
	}
	return out
}

func (i *instance) expandCount(e *expression) expansion {
	ctx := i.scope(e.needs)
	v, ok := i.l.value(e, ctx)
	if !ok || !v.IsKnown() {
		return expansion{}
	}
	n, err := convert.Convert(v, cty.Number)
	if err == nil && !n.IsNull() && !n.IsMarked() {
		if f := n.AsBigFloat(); f.IsInt() && f.Sign() >= 0 && f.Cmp(bigMaxInstances) <= 0 {
			whole, _ := f.Int64()
			if !i.l.grant(int(whole), e.Range()) {
				return expansion{}
			}
			return countTo(whole)
		}
	}
	d := problem(e.Range(), "Invalid count", "count needs a whole number from 0 to %d, and this is %s.", maxInstances, describe(v))
	d.Expression, d.EvalContext = e.Expression, ctx
	i.l.diags = append(i.l.diags, d)
	return expansion{}
}

var bigMaxInstances = cty.NumberIntVal(maxInstances).AsBigFloat()

func countTo(n int64) expansion {
	out := expansion{items: make([]item, n), ok: true}
	for k := range n {
		out.items[k] = item{
			key:  "[" + strconv.FormatInt(k, 10) + "]",
			vars: map[string]cty.Value{"count": cty.ObjectVal(map[string]cty.Value{"index": cty.NumberIntVal(k)})},
		}
	}
	return out
}

// context returns what the instance's expressions are evaluated in.
func (it item) context(scope *hcl.EvalContext) *hcl.EvalContext {
	if it.vars == nil {
		return scope
	}
	ctx := scope.NewChild()
	ctx.Variables = it.vars
	return ctx
}
