package config

import (
	"slices"
	"strconv"

	"github.com/gwctl/gwctl/config/kinds"
	"github.com/gwctl/gwctl/config/schema"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// decoder decodes a block for each of its instances. What does not vary is
// decoded once, and the instances share it.
type decoder struct {
	l     *loader
	i     *instance
	block *block // nil for provider and state blocks
	args  []decodedArg
	inner []decodedBlocks

	provider string // that applies the block; "" where that is not known

	// Of the instance at hand.
	namespace string // of references to what others own
	failed    bool
	deps      []resource.Address // with repetitions
}

// decodedArg is an argument's value.
type decodedArg struct {
	done, ok bool
	absent   bool
	attr     resource.Attr
	deps     []resource.Address
}

// decodedBlocks is what one written block became: itself, or what a dynamic
// block made.
type decodedBlocks struct {
	done, ok bool
	list     []*resource.Block
	deps     []resource.Address
}

func (i *instance) decoder(b *block, slots int) *decoder {
	return &decoder{l: i.l, i: i, block: b, args: make([]decodedArg, slots), inner: make([]decodedBlocks, slots)}
}

// decode makes a resource of each instance of a block.
func (i *instance) decode(b *block) {
	expansion := i.expansion(b)
	if !expansion.ok {
		i.l.unexpanded = append(i.l.unexpanded, resource.Address{Module: i.path, Kind: b.kind.Name, Name: b.name})
	}
	provider, known := i.provider(b)
	scope := i.scope(b.needs)
	d := i.decoder(b, b.slots)
	if known {
		d.provider = provider
	}
	always := i.addressesOf(b.dependsOn)
	for _, it := range expansion.items {
		if i.l.ctx.Err() != nil {
			return
		}
		ctx := it.context(scope)
		d.failed, d.deps = false, append(append(d.deps[:0], always...), i.dependsOn...)
		d.namespace = d.namespaceOf(ctx, provider)
		r := &resource.Resource{
			Address:   resource.Address{Module: i.path, Kind: b.kind.Name, Name: b.name, Key: it.key},
			Provider:  provider,
			Range:     b.header,
			Lifecycle: d.lifecycleOf(ctx),
		}
		r.Block = d.body(b.body, ctx)
		r.Block.Type, r.Block.Label = b.kind.Name, b.name
		r.DependsOn = distinctAddresses(d.deps, r.Address)
		if d.failed || !known {
			i.l.broken[r] = true
		}
		i.l.resources = append(i.l.resources, r)
	}
}

// distinctAddresses returns the addresses sorted, each once, and without self.
func distinctAddresses(list []resource.Address, self resource.Address) []resource.Address {
	slices.SortFunc(list, resource.Address.Compare)
	out := slices.Clone(slices.Compact(list))
	return slices.DeleteFunc(out, func(a resource.Address) bool { return a == self })
}

// body decodes one body for one instance.
func (d *decoder) body(b *body, ctx *hcl.EvalContext) *resource.Block {
	out := &resource.Block{Range: b.header}
	if len(b.args) > 0 {
		out.Attrs = make([]resource.Attr, 0, len(b.args))
	}
	for _, arg := range b.args {
		v := d.argument(arg, ctx)
		d.deps = append(d.deps, v.deps...)
		switch {
		case !v.ok:
			d.failed = true
		case v.absent && arg.schema.Required:
			d.failed = true
			d.l.errorf(arg.expr.Range(), "Missing argument", "%s needs the argument %q, and this is null. %s", b.what, arg.schema.Name, arg.schema.Doc)
		case !v.absent:
			out.Attrs = append(out.Attrs, v.attr)
		}
	}
	if len(b.blocks) > 0 {
		out.Blocks = make([]*resource.Block, 0, len(b.blocks))
	}
	complete := true
	for _, n := range b.blocks {
		blocks := d.nested(n, ctx)
		complete = complete && blocks.ok
		out.Blocks = append(out.Blocks, blocks.list...)
	}
	number(b.schema, out.Blocks)
	// What failed to decode would be missed only because of that.
	if !complete || !d.l.tally(b, out.Blocks) {
		d.failed = true
	}
	return out
}

// number gives blocks that nobody named what tells them apart. Instances share
// blocks, which may stand at other places in each.
func number(s *schema.Body, blocks []*resource.Block) {
	for i := range s.Blocks {
		if !s.Blocks[i].OptionalLabel {
			continue
		}
		n := 0
		for at, b := range blocks {
			if b.Type == s.Blocks[i].Type && b.Label == "" {
				numbered := *b
				numbered.Key = kinds.UnnamedKey(n)
				blocks[at] = &numbered
				n++
			}
		}
	}
}

// argument decodes an argument, or returns what it was for the instances
// before.
func (d *decoder) argument(arg *argument, ctx *hcl.EvalContext) decodedArg {
	constant := len(arg.expr.varies) == 0
	if constant && d.args[arg.slot].done {
		return d.args[arg.slot]
	}
	out := d.evaluate(arg, ctx)
	if constant {
		d.args[arg.slot] = out
	}
	return out
}

func (d *decoder) evaluate(arg *argument, ctx *hcl.EvalContext) decodedArg {
	out := decodedArg{done: true}
	v, ok := d.l.value(arg.expr, ctx)
	if !ok {
		return out
	}
	c := converter{d: d, arg: arg, ctx: ctx}
	value, ok := c.convert(v)
	if !ok {
		return out
	}
	out.ok, out.absent = true, value == nil
	out.attr = resource.Attr{Name: arg.schema.Name, Value: value, Range: arg.expr.Range()}
	if !c.flattened {
		out.attr.ValueRanges = arg.elementRanges(ctx)
	}
	out.deps = append(c.deps, d.usedBy(arg, ctx)...)
	return out
}

// nested decodes a nested block or expands a dynamic one, or returns what it
// was for the instances before.
func (d *decoder) nested(n *nested, ctx *hcl.EvalContext) decodedBlocks {
	constant := len(n.varies) == 0
	if constant && d.inner[n.slot].done {
		out := d.inner[n.slot]
		d.failed = d.failed || !out.ok
		d.deps = append(d.deps, out.deps...)
		return out
	}
	first, failed := len(d.deps), d.failed
	d.failed = false
	out := decodedBlocks{done: true}
	if n.forEach == nil {
		out.list = []*resource.Block{d.finish(n, n.label, d.body(n.body, ctx))}
	} else {
		out.list = d.dynamic(n, ctx)
	}
	out.ok = !d.failed
	d.failed = failed || d.failed
	if constant {
		out.deps = slices.Clone(d.deps[first:])
		d.inner[n.slot] = out
	}
	return out
}

// finish names a nested block.
func (d *decoder) finish(n *nested, label string, b *resource.Block) *resource.Block {
	b.Type, b.Label, b.Range = n.schema.Type, label, n.header
	if n.schema.KeyAttr != "" {
		if a := b.Attr(n.schema.KeyAttr); a != nil {
			switch v := a.Value.(type) {
			case resource.Ref:
				b.Key = v.String()
			case int64:
				b.Key = strconv.FormatInt(v, 10)
			}
		}
	}
	return b
}

// dynamic expands a dynamic block.
func (d *decoder) dynamic(n *nested, ctx *hcl.EvalContext) []*resource.Block {
	v, ok := d.l.value(n.forEach, ctx)
	if !ok {
		d.failed = true
		return nil
	}
	fail := func(at hclsyntax.Expression, format string, args ...any) []*resource.Block {
		d.failed = true
		p := problem(at.Range(), "Invalid dynamic block", format, args...)
		p.Expression, p.EvalContext = at, ctx
		d.l.diags = append(d.l.diags, p)
		return nil
	}
	switch {
	case v.IsMarked():
		return fail(n.forEach.Expression, "for_each is sensitive, but how many blocks there are is shown.")
	case !v.IsKnown():
		d.failed = true
		return nil
	case v.IsNull() || !v.CanIterateElements():
		return fail(n.forEach.Expression, "for_each needs a list, a set, a map or an object, and this is %s.", describe(v))
	case v.LengthInt() > maxInstances:
		return fail(n.forEach.Expression, "for_each makes at most %d blocks.", maxInstances)
	case !d.l.grant(v.LengthInt(), n.forEach.Range()):
		d.failed = true
		return nil
	}
	var out []*resource.Block
	for it := v.ElementIterator(); it.Next(); {
		key, value := it.Element()
		inner := ctx.NewChild()
		inner.Variables = map[string]cty.Value{n.iterator: cty.ObjectVal(map[string]cty.Value{"key": key, "value": value})}
		label := ""
		if n.labels != nil {
			var ok bool
			if label, ok = d.label(n, inner); !ok {
				d.failed = true
				continue
			}
		}
		out = append(out, d.finish(n, label, d.body(n.body, inner)))
	}
	return out
}

// label evaluates the label of a block that dynamic makes.
func (d *decoder) label(n *nested, ctx *hcl.EvalContext) (string, bool) {
	v, ok := d.l.value(n.labels, ctx)
	if !ok || !v.IsWhollyKnown() {
		return "", false
	}
	if list, err := convert.Convert(v, cty.List(cty.String)); err == nil && !list.ContainsMarked() && !list.IsNull() && list.LengthInt() == 1 {
		if label := list.Index(cty.Zero); !label.IsNull() && label.AsString() != "" {
			return label.AsString(), true
		}
	}
	p := problem(n.labels.Range(), "Invalid label", "labels needs a list of one string, as in [%s.key], and this is %s.", n.iterator, describe(v))
	p.Expression, p.EvalContext = n.labels.Expression, ctx
	d.l.diags = append(d.l.diags, p)
	return "", false
}

// primitive evaluates an expression to a value of a primitive type that is
// neither null nor sensitive.
func (l *loader) primitive(e *expression, ctx *hcl.EvalContext, ty cty.Type, what string) (cty.Value, bool) {
	v, ok := l.value(e, ctx)
	if !ok || !v.IsKnown() {
		return cty.NilVal, false
	}
	out, err := convert.Convert(v, ty)
	if err == nil && !out.IsNull() && !out.IsMarked() {
		return out, true
	}
	d := problem(e.Range(), "Wrong type", "%s wants %s, and this is %s.", what, wanted(ty), describe(v))
	d.Expression, d.EvalContext = e.Expression, ctx
	l.diags = append(l.diags, d)
	return cty.NilVal, false
}

// elementRanges returns the place of each element of a map or list that is
// written out; instances share it where no key is computed.
func (arg *argument) elementRanges(ctx *hcl.EvalContext) resource.ElementRanges {
	if arg.ranges == nil && arg.hasElements {
		ranges := valueRanges(arg.expr.Expression, ctx)
		if arg.computedKeys {
			return ranges
		}
		arg.ranges = ranges
	}
	return arg.ranges
}

// elements reports whether an expression writes out a map or list, and whether
// a key of it or of one in it is computed.
func elements(expr hclsyntax.Expression) (written, computed bool) {
	switch e := expr.(type) {
	case *hclsyntax.ParenthesesExpr:
		return elements(e.Expression)
	case *hclsyntax.TupleConsExpr:
		return true, slices.ContainsFunc(e.Exprs, hasComputedKeys)
	case *hclsyntax.ObjectConsExpr:
		return true, slices.ContainsFunc(e.Items, func(it hclsyntax.ObjectConsItem) bool {
			return len(it.KeyExpr.Variables()) > 0 || hasComputedKeys(it.ValueExpr)
		})
	}
	return false, false
}

func hasComputedKeys(expr hclsyntax.Expression) bool {
	_, computed := elements(expr)
	return computed
}

// valueRanges returns the place of each element of a map or list that is
// written out.
func valueRanges(expr hclsyntax.Expression, ctx *hcl.EvalContext) resource.ElementRanges {
	place := func(e hclsyntax.Expression) resource.ElementRange {
		return resource.ElementRange{Range: e.Range(), Elements: valueRanges(e, ctx)}
	}
	switch e := expr.(type) {
	case *hclsyntax.ParenthesesExpr:
		return valueRanges(e.Expression, ctx)
	case *hclsyntax.TupleConsExpr:
		out := make(resource.ElementRanges, len(e.Exprs))
		for n, element := range e.Exprs {
			out[strconv.Itoa(n)] = place(element)
		}
		return out
	case *hclsyntax.ObjectConsExpr:
		out := make(resource.ElementRanges, len(e.Items))
		for _, it := range e.Items {
			key, _ := it.KeyExpr.Value(ctx)
			key, _ = key.Unmark()
			if key, err := convert.Convert(key, cty.String); err == nil && key.IsKnown() && !key.IsNull() {
				out[key.AsString()] = place(it.ValueExpr)
			}
		}
		return out
	}
	return nil
}
