package config

import (
	"slices"

	"github.com/gwctl/gwctl/config/schema"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// body is a body that was matched and analyzed, ready to be decoded for every
// instance.
type body struct {
	schema  *schema.Body
	header  hcl.Range
	what    string // for messages: `listener "http"`
	args    []*argument
	blocks  []*nested
	dynamic bool     // the number of blocks differs between instances
	varies  []string // what of it differs between instances; empty: nothing
}

// argument is an argument of a body.
type argument struct {
	schema *schema.Attr
	expr   *expression
	uses   []use // blocks that it mentions, where its value is no reference
	slot   int   // where a decoder keeps the value if it never varies

	hasElements  bool // a map or list is written out
	computedKeys bool // and a key of it is computed
	ranges       resource.ElementRanges
}

// nested is a block in a body, or a dynamic block that makes some.
type nested struct {
	schema   *schema.Block
	label    string
	header   hcl.Range
	body     *body
	slot     int
	iterator string      // of a dynamic block
	forEach  *expression // nil: written as it is
	labels   *expression
	varies   []string
}

// planner analyzes the body of one block.
type planner struct {
	m     *module
	needs []reference
	seen  map[reference]bool
	slots int
}

func (m *module) planner() *planner { return &planner{m: m, seen: map[reference]bool{}} }

func (p *planner) expression(expr hclsyntax.Expression, in names) *expression {
	e := p.m.expression(expr, in)
	for _, need := range e.needs {
		if !p.seen[need] {
			p.seen[need] = true
			p.needs = append(p.needs, need)
		}
	}
	return e
}

// body analyzes what was written, arguments and blocks that skip returns true
// for left out.
func (p *planner) body(w written, s *schema.Body, what string, header hcl.Range, in names, skip func(string) bool) *body {
	out := &body{schema: s, what: what, header: header}
	for _, a := range w.args {
		if skip != nil && skip(a.Name) {
			continue
		}
		arg := &argument{schema: a.schema, expr: p.expression(a.Expr, in), slot: p.slots}
		arg.hasElements, arg.computedKeys = elements(a.Expr)
		if !holdsRef(a.schema.Type) {
			arg.uses = p.m.uses(a.Expr)
		}
		p.slots++
		out.args = append(out.args, arg)
		out.varies = union(out.varies, arg.expr.varies)
	}
	for _, b := range w.blocks {
		if skip != nil && skip(b.schema.Type) {
			continue
		}
		n := p.nested(b, in)
		if n == nil {
			continue
		}
		n.slot = p.slots
		p.slots++
		out.blocks = append(out.blocks, n)
		out.varies = union(out.varies, n.varies)
		out.dynamic = out.dynamic || n.forEach != nil
	}
	return out
}

func (p *planner) nested(b writtenBlock, in names) *nested {
	if b.dynamic {
		return p.dynamic(b, in)
	}
	n := &nested{schema: b.schema, header: b.DefRange()}
	if len(b.Labels) > 0 {
		n.label = b.Labels[0]
	}
	what := header(b.Block)
	n.body = p.body(p.m.l.match(b.Body, b.schema.Body, what, n.header, true), &b.schema.Body, what, n.header, in, nil)
	n.varies = n.body.varies
	return n
}

// dynamic analyzes a dynamic block. It is expanded here and not by HCL's own
// extension, which matches bodies anew for every instance and knows no
// nearest names.
func (p *planner) dynamic(b writtenBlock, in names) *nested {
	l := p.m.l
	at := b.DefRange()
	what := header(b.Block)
	w := l.match(b.Body, dynamicBlock.Body, what, at, false)
	contents := 0
	for _, c := range w.blocks {
		if contents++; contents > 1 {
			l.errorf(c.DefRange(), "Too many blocks", "%s has one content block.", what)
		}
	}
	if contents == 0 {
		l.errorf(at, "Missing block", "%s needs a content { ... } block with what stands in each %s.", what, b.schema.Type)
	}
	forEach := w.arg("for_each")
	if forEach == nil || contents != 1 {
		return nil
	}
	n := &nested{schema: b.schema, header: at, iterator: b.schema.Type}
	if a := w.arg("iterator"); a != nil {
		n.iterator = hcl.ExprAsKeyword(a.Expr)
		if n.iterator == "" {
			l.errorf(a.Expr.Range(), "Invalid iterator", "iterator must be a name without quotes.")
			return nil
		}
	}
	inner := in
	inner.iterators = append(slices.Clip(in.iterators), n.iterator)
	n.forEach = p.expression(forEach.Expr, in)
	labels := w.arg("labels")
	switch {
	case labels != nil && b.schema.Label == "":
		l.errorf(labels.NameRange, "Label not allowed", "%s takes no label.", b.schema.Type)
		return nil
	case labels == nil && b.schema.Label != "" && !b.schema.OptionalLabel:
		l.errorf(at, "Missing label", "Each %s needs a label, its %s: write labels = [%s.key].", b.schema.Type, b.schema.Label, n.iterator)
		return nil
	case labels != nil:
		n.labels = p.expression(labels.Expr, inner)
	}
	content := w.block("content")
	what = b.schema.Type
	n.body = p.body(l.match(content.Body, b.schema.Body, what, content.DefRange(), true), &b.schema.Body, what, content.DefRange(), inner, nil)
	n.varies = n.body.varies
	if n.labels != nil {
		n.varies = union(n.varies, n.labels.varies)
	}
	n.varies = union(slices.DeleteFunc(slices.Clone(n.varies), func(v string) bool { return v == n.iterator }), n.forEach.varies)
	return n
}

func union(a, b []string) []string {
	out := a
	for _, v := range b {
		if !slices.Contains(out, v) {
			out = append(slices.Clip(out), v)
		}
	}
	return out
}

// tally counts blocks by type and reports too few, too many, and two with one
// name.
func (l *loader) tally(b *body, blocks []*resource.Block) bool {
	ok := true
	for i := range b.schema.Blocks {
		s := &b.schema.Blocks[i]
		count := 0
		var first *resource.Block
		for _, n := range blocks {
			if n.Type != s.Type {
				continue
			}
			if count++; first == nil {
				first = n
			}
			if s.Max > 0 && count == s.Max+1 && !s.Counted {
				ok = false
				if s.Max == 1 {
					l.errorf(n.Range, "Too many blocks", "%s takes one %s block, and has one at %s already.", b.what, s.Type, place(first.Range))
				} else {
					l.errorf(n.Range, "Too many blocks", "%s takes at most %d %s blocks.", b.what, s.Max, s.Type)
				}
			}
		}
		switch {
		case count >= s.Min:
		case s.Min == 1:
			ok = false
			l.errorf(b.header, "Missing block", "%s needs a %s block. %s", b.what, s.Type, s.Doc)
		default:
			ok = false
			l.errorf(b.header, "Missing block", "%s needs at least %d %s blocks. %s", b.what, s.Min, s.Type, s.Doc)
		}
	}
	return l.distinct(blocks) && ok
}

// distinct reports siblings with one name.
func (l *loader) distinct(blocks []*resource.Block) bool {
	if len(blocks) < 2 {
		return true
	}
	type id struct{ typ, name string }
	ok, taken := true, make(map[id]*resource.Block, len(blocks))
	for _, b := range blocks {
		if b.Name() == "" {
			continue
		}
		first := taken[id{b.Type, b.Name()}]
		switch {
		case first == nil:
			taken[id{b.Type, b.Name()}] = b
			continue
		case b.Label != "":
			l.errorf(b.Range, "Declared twice", "%s %q is declared at %s already. Give one of the two another name.", b.Type, b.Label, place(first.Range))
		default:
			l.errorf(b.Range, "Declared twice", "A %s of %s is declared at %s already. Make one of the two.", b.Type, b.Key, place(first.Range))
		}
		ok = false
	}
	return ok
}
