package config

import (
	"slices"

	"github.com/gwctl/gwctl/internal/diag"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// moved is a moved block.
type moved struct {
	at      hcl.Range
	written written
}

// removed is a removed block.
type removed struct {
	at      hcl.Range
	written written
}

// readMoves notes the moved and removed blocks of a module.
func (i *instance) readMoves() {
	for _, mv := range i.m.moved {
		from, okFrom := i.target(mv.written.arg("from"))
		to, okTo := i.target(mv.written.arg("to"))
		switch {
		case !okFrom || !okTo:
		case from == to:
			i.l.errorf(mv.at, "Move to itself", "from and to are both %s.", from)
		case from.Kind != to.Kind:
			i.l.errorf(mv.at, "Move to another kind", "%s cannot become %s: a block keeps its kind.", from, to)
		default:
			i.l.config.Moved = append(i.l.config.Moved, Moved{From: from, To: to, Range: mv.at})
		}
	}
	for _, rm := range i.m.removed {
		from, ok := i.target(rm.written.arg("from"))
		if !ok {
			continue
		}
		out := Removed{From: from, Destroy: true, Range: rm.at}
		for n, b := range rm.written.blocks {
			at := b.DefRange()
			if n > 0 {
				i.l.errorf(at, "Too many blocks", "removed takes one lifecycle block.")
				continue
			}
			w := i.l.match(b.Body, b.schema.Body, "lifecycle", at, false)
			if v, ok := i.l.literalValue(w.arg("destroy"), cty.Bool); ok {
				out.Destroy = v.True()
			}
		}
		i.l.config.Removed = append(i.l.config.Removed, out)
	}
}

// target reads an address in the module.
func (i *instance) target(a *hclsyntax.Attribute) (resource.Address, bool) {
	if a == nil {
		return resource.Address{}, false // reported as missing
	}
	t, diags := hcl.AbsTraversalForExpr(a.Expr)
	if !diags.HasErrors() {
		if out, ok := i.address(t); ok {
			if out.Kind == "" || i.l.kinds[out.Kind] != nil {
				return out, true
			}
			i.l.errorf(a.Expr.Range(), "Unknown kind", "There is no kind %q.%s", out.Kind, diag.Allowed(out.Kind, i.l.kindNames()))
			return resource.Address{}, false
		}
	}
	i.l.errorf(a.Expr.Range(), "Invalid address", "%s wants an address without quotes: http_route.a, backend.x[\"key\"] or module.m.", a.Name)
	return resource.Address{}, false
}

// address turns a traversal into an address.
func (i *instance) address(t hcl.Traversal) (resource.Address, bool) {
	var words, keys []string // the steps and the key after each
	words, keys = append(words, t.RootName()), append(keys, "")
	for _, step := range t[1:] {
		switch step := step.(type) {
		case hcl.TraverseAttr:
			words, keys = append(words, step.Name), append(keys, "")
		case hcl.TraverseIndex:
			key := keyOf(step.Key)
			if key == "" || keys[len(keys)-1] != "" {
				return resource.Address{}, false
			}
			keys[len(keys)-1] = key
		default:
			return resource.Address{}, false
		}
	}
	out := resource.Address{Module: i.path}
	for len(words) >= 2 && words[0] == "module" && keys[0] == "" {
		if out.Module != "" {
			out.Module += "."
		}
		out.Module += "module." + words[1] + keys[1]
		words, keys = words[2:], keys[2:]
	}
	switch {
	case len(words) == 0:
		return out, true
	case len(words) == 2 && keys[0] == "":
		out.Kind, out.Name, out.Key = words[0], words[1], keys[1]
		return out, true
	}
	return resource.Address{}, false
}

// checkMoves reports moves that contradict each other or the blocks that are
// there.
func (l *loader) checkMoves() {
	slices.SortStableFunc(l.config.Moved, func(a, b Moved) int { return a.From.Compare(b.From) })
	slices.SortStableFunc(l.config.Removed, func(a, b Removed) int { return a.From.Compare(b.From) })
	next := make(map[resource.Address]Moved, len(l.config.Moved))
	for _, mv := range l.config.Moved {
		if first, ok := next[mv.From]; ok {
			l.errorf(mv.Range, "Moved twice", "%s is moved at %s already.", mv.From, place(first.Range))
			continue
		}
		next[mv.From] = mv
	}
	for _, mv := range l.config.Moved {
		at, steps := mv.To, 0
		for ; at != mv.From && steps <= len(next); steps++ {
			following, ok := next[at]
			if !ok {
				break
			}
			at = following.To
		}
		if at == mv.From {
			l.errorf(mv.Range, "Move in a circle", "%s is moved on until it is where it was.", mv.From)
		}
	}
	l.checkGone(next)
}

// checkGone reports blocks that are there although they are said to be gone.
func (l *loader) checkGone(moves map[resource.Address]Moved) {
	for _, mv := range moves {
		if n := slices.IndexFunc(l.resources, func(r *resource.Resource) bool { return mv.leaves(r.Address) }); n >= 0 {
			r := l.resources[n]
			l.errorf(mv.Range, "Moved block is still there", "%s is declared at %s, so that it cannot be moved away. Remove one of the two.", r.Address, place(r.Range))
		}
	}
	for _, rm := range l.config.Removed {
		if n := slices.IndexFunc(l.resources, func(r *resource.Resource) bool { return rm.From.Contains(r.Address) }); n >= 0 {
			r := l.resources[n]
			l.errorf(rm.Range, "Removed block is still there", "%s is declared at %s. Remove one of the two.", r.Address, place(r.Range))
		}
	}
}

// leaves reports whether the move says that an address is no more used.
func (mv Moved) leaves(a resource.Address) bool {
	to, ok := a.Move(mv.From, mv.To)
	return ok && to != a
}
