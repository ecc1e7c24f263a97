package config

import (
	"slices"
	"strings"

	"github.com/gwctl/gwctl/internal/diag"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// block is a declared block of a kind.
type block struct {
	m      *module
	kind   *kind
	name   string
	header hcl.Range
	source *hclsyntax.Block

	rep            repetition
	body           *body
	slots          int         // of values that never vary
	needs          []reference // of the whole body
	identity       []*argument // what references to the block are made from
	provider       string      // key as written; "" is the default
	providerAt     hcl.Range
	dependsOn      []dependency
	preventDestroy *expression
	ignoreChanges  []string
}

// address is the block's address within its module.
func (b *block) address() string { return b.kind.Name + "." + b.name }

// analyze looks at what the block needs, now that all names are known.
func (b *block) analyze() {
	m := b.m
	what := header(b.source)
	w := m.l.match(b.source.Body, b.kind.body, what, b.header, true)
	b.rep = m.repetition(w)
	in := names{each: b.rep.forEach != nil, count: b.rep.count != nil}
	if a := w.arg("provider"); a != nil {
		b.providerAt = a.Expr.Range()
		b.provider = m.providerKey(a.Expr)
	}
	if a := w.arg("depends_on"); a != nil {
		b.dependsOn = m.dependencies(a.Expr)
	}
	p := m.planner()
	b.body = p.body(w, &b.kind.Schema, what, b.header, in, isMeta)
	b.lifecycle(p, w, in)
	b.slots, b.needs = p.slots, p.needs
	for _, arg := range b.body.args {
		if slices.Contains(b.kind.Identity, arg.schema.Name) {
			b.identity = append(b.identity, arg)
		}
	}
}

func (b *block) lifecycle(p *planner, w written, in names) {
	l := b.m.l
	var first *hcl.Range
	for _, n := range w.blocks {
		if n.schema.Type != "lifecycle" {
			continue
		}
		at := n.DefRange()
		if n.dynamic {
			l.errorf(at, "Dynamic lifecycle", "lifecycle is read before anything is evaluated: write it without dynamic.")
			continue
		}
		if first != nil {
			l.errorf(at, "Too many blocks", "%s takes one lifecycle block, and has one at %s already.", header(b.source), place(*first))
			continue
		}
		first = &at
		lw := l.match(n.Body, n.schema.Body, "lifecycle", at, false)
		if a := lw.arg("prevent_destroy"); a != nil {
			b.preventDestroy = p.expression(a.Expr, in)
		}
		if a := lw.arg("ignore_changes"); a != nil {
			b.ignoreChanges = b.ignored(a.Expr)
		}
	}
}

// ignored reads ignore_changes: `all`, or a list of paths.
func (b *block) ignored(expr hclsyntax.Expression) []string {
	l := b.m.l
	if hcl.ExprAsKeyword(expr) == "all" {
		return []string{"all"}
	}
	items, diags := hcl.ExprList(expr)
	if diags.HasErrors() {
		l.errorf(expr.Range(), "Invalid ignore_changes", "ignore_changes is a list of arguments, as in [hostnames, rule.api.forward], or all.")
		return nil
	}
	var paths []string
	for _, item := range items {
		t, diags := hcl.AbsTraversalForExpr(item)
		if diags.HasErrors() {
			l.errorf(item.Range(), "Invalid ignore_changes", "Write the path of an argument without quotes, as in rule.api.forward or rule[\"api\"].forward.")
			continue
		}
		path, ok := b.path(t)
		if !ok {
			l.errorf(item.Range(), "Invalid ignore_changes", "Blocks in a path go by their names, as in rule.api, not by position.")
			continue
		}
		if !b.takes(t.RootName()) {
			l.errorf(item.Range(), "Unknown argument", "%s takes neither an argument nor a block %q.%s", b.kind.Name, t.RootName(), diag.Allowed(t.RootName(), b.ownNames()))
			continue
		}
		paths = append(paths, path)
	}
	return paths
}

// path writes a path in the block: labels behind a dot, keys of instances as in
// addresses, such as rule.api.forward.backend.orders["blue"].weight.
func (b *block) path(t hcl.Traversal) (string, bool) {
	steps := []string{t.RootName()}
	for _, step := range t[1:] {
		switch step := step.(type) {
		case hcl.TraverseAttr:
			steps = append(steps, step.Name)
		case hcl.TraverseIndex:
			n := len(steps)
			switch key := keyOf(step.Key); {
			case key != "" && n > 1 && (b.m.l.kinds[steps[n-2]] != nil || steps[n-2] == "module"):
				steps[n-1] += key
			case step.Key.Type() == cty.String:
				steps = append(steps, step.Key.AsString())
			default:
				return "", false
			}
		default:
			return "", false
		}
	}
	return strings.Join(steps, "."), true
}

func (b *block) takes(name string) bool {
	return slices.Contains(b.ownNames(), name)
}

func (b *block) ownNames() []string {
	var all []string
	for _, a := range b.kind.Schema.Attrs {
		all = append(all, a.Name)
	}
	for _, n := range b.kind.Schema.Blocks {
		all = append(all, n.Type)
	}
	return all
}

// lifecycleOf evaluates the lifecycle block for one instance.
func (d *decoder) lifecycleOf(ctx *hcl.EvalContext) resource.Lifecycle {
	out := resource.Lifecycle{IgnoreChanges: d.block.ignoreChanges}
	if e := d.block.preventDestroy; e != nil {
		if v, ok := d.l.primitive(e, ctx, cty.Bool, "prevent_destroy"); ok {
			out.PreventDestroy = v.True()
		}
	}
	return out
}
