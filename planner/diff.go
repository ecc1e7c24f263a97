package planner

import (
	"slices"

	"github.com/gwctl/gwctl/internal/resource"
)

// BlockDiff is how two versions of one block differ, as people think of it:
// what is named is compared by name, never by position.
type BlockDiff struct {
	Action Action // NoOp, Create, Update or Delete
	Type   string
	Label  string
	Key    string
	Attrs  []AttrDiff   // the changed ones; of a new or removed block all
	Blocks []*BlockDiff // likewise
	Orders []OrderDiff  // siblings that changed places

	UnchangedAttrs  int
	UnchangedBlocks []TypeCount // by type, in order of appearance
}

// AttrDiff is how one argument differs.
type AttrDiff struct {
	Name          string
	Action        Action
	Before, After any
	// Elements are the entries of two maps by key, or the elements of two
	// lists by value, where both sides are such; nil otherwise.
	Elements  []ElementDiff
	Unchanged int  // elements that are left out
	Reordered bool // the elements that both lists have changed places
}

// ElementDiff is one entry of a map or one element of a list.
type ElementDiff struct {
	Key           string // of a map
	Action        Action
	Before, After any
	Inner         *AttrDiff // where both are maps or both are lists; nil otherwise
}

// OrderDiff says that siblings of one type changed places.
type OrderDiff struct {
	Type          string
	Before, After []string // names of those that both sides have; nil for blocks without names
}

// TypeCount counts blocks of one type.
type TypeCount struct {
	Type  string
	Count int
}

// Diff compares two versions of one block; nil is a block that is not there.
func Diff(before, after *resource.Block) *BlockDiff {
	switch {
	case before == nil && after == nil:
		return &BlockDiff{Action: NoOp}
	case before == nil:
		return whole(after, Create)
	case after == nil:
		return whole(before, Delete)
	}
	d := &BlockDiff{Action: NoOp, Type: after.Type, Label: after.Label, Key: after.Key}
	d.diffAttrs(before, after)
	d.diffBlocks(before, after)
	if len(d.Attrs)+len(d.Blocks)+len(d.Orders) > 0 {
		d.Action = Update
	}
	return d
}

// whole is a block that comes or goes with all that is in it.
func whole(b *resource.Block, action Action) *BlockDiff {
	d := &BlockDiff{Action: action, Type: b.Type, Label: b.Label, Key: b.Key}
	for i := range b.Attrs {
		if !isIdentity(b, &b.Attrs[i]) {
			d.Attrs = append(d.Attrs, wholeAttr(&b.Attrs[i], action))
		}
	}
	for _, n := range b.Blocks {
		d.Blocks = append(d.Blocks, whole(n, action))
	}
	return d
}

func wholeAttr(a *resource.Attr, action Action) AttrDiff {
	if action == Create {
		return AttrDiff{Name: a.Name, Action: action, After: a.Value}
	}
	return AttrDiff{Name: a.Name, Action: action, Before: a.Value}
}

// isIdentity reports whether an argument says nothing but the block's key.
func isIdentity(b *resource.Block, a *resource.Attr) bool {
	ref, ok := a.Value.(resource.Ref)
	return ok && b.Key != "" && ref.String() == b.Key
}

func (d *BlockDiff) diffAttrs(before, after *resource.Block) {
	for i := range after.Attrs {
		a := &after.Attrs[i]
		b := before.Attr(a.Name)
		switch {
		case b == nil:
			if !isIdentity(after, a) {
				d.Attrs = append(d.Attrs, wholeAttr(a, Create))
			}
		case equalValues(b.Value, a.Value):
			if !isIdentity(after, a) {
				d.UnchangedAttrs++
			}
		default: // of an identity: the same name stands for another object now
			d.Attrs = append(d.Attrs, diffValues(a.Name, b.Value, a.Value))
		}
	}
	for i := range before.Attrs {
		b := &before.Attrs[i]
		if after.Attr(b.Name) == nil && !isIdentity(before, b) {
			d.Attrs = append(d.Attrs, wholeAttr(b, Delete))
		}
	}
}

func diffValues(name string, before, after any) AttrDiff {
	d := AttrDiff{Name: name, Action: Update, Before: before, After: after}
	switch a := after.(type) {
	case map[string]any:
		if b, ok := before.(map[string]any); ok {
			d.diffMaps(b, a)
		}
	case []any:
		if b, ok := before.([]any); ok {
			d.diffLists(b, a)
		}
	}
	return d
}

func (d *AttrDiff) diffMaps(before, after map[string]any) {
	for _, k := range unionKeys(before, after) {
		b, inBefore := before[k]
		a, inAfter := after[k]
		switch {
		case !inBefore:
			d.Elements = append(d.Elements, ElementDiff{Key: k, Action: Create, After: a})
		case !inAfter:
			d.Elements = append(d.Elements, ElementDiff{Key: k, Action: Delete, Before: b})
		case equalValues(b, a):
			d.Unchanged++
		default:
			d.Elements = append(d.Elements, updatedElement(k, b, a))
		}
	}
}

func updatedElement(key string, before, after any) ElementDiff {
	e := ElementDiff{Key: key, Action: Update, Before: before, After: after}
	if inner := diffValues(key, before, after); inner.Elements != nil || inner.Reordered {
		e.Inner = &inner
	}
	return e
}

// diffLists matches elements by value. What is left on one side only came or
// went, unless it is as many maps on both: then each has changed.
func (d *AttrDiff) diffLists(before, after []any) {
	pairs := match(len(before), len(after), func(i, j int) bool { return equalValues(before[i], after[j]) })
	if d.diffRest(before, after, pairs) {
		return
	}
	for i, j := range pairs.ofBefore {
		if j < 0 {
			d.Elements = append(d.Elements, ElementDiff{Action: Delete, Before: before[i]})
		}
	}
	for j, i := range pairs.ofAfter {
		if i < 0 {
			d.Elements = append(d.Elements, ElementDiff{Action: Create, After: after[j]})
		} else {
			d.Unchanged++
		}
	}
	d.Reordered = pairs.reordered()
}

// diffRest compares what value does not match, place by place.
func (d *AttrDiff) diffRest(before, after []any, pairs pairing) bool {
	if len(before) != len(after) || pairs.reordered() {
		return false
	}
	for i := range before {
		_, isMap := before[i].(map[string]any)
		_, areMaps := after[i].(map[string]any)
		if pairs.ofBefore[i] != i && (pairs.ofBefore[i] >= 0 || pairs.ofAfter[i] >= 0 || !isMap || !areMaps) {
			return false
		}
	}
	for i := range before {
		if pairs.ofBefore[i] == i {
			d.Unchanged++
			continue
		}
		d.Elements = append(d.Elements, updatedElement("", before[i], after[i]))
	}
	return true
}

func (d *BlockDiff) diffBlocks(before, after *resource.Block) {
	for _, typ := range blockTypes(before, after) {
		b, a := before.BlocksOf(typ), after.BlocksOf(typ)
		pairs, reordered := matchBlocks(b, a)
		unchanged := 0
		for j, i := range pairs.ofAfter {
			if i < 0 {
				d.Blocks = append(d.Blocks, whole(a[j], Create))
				continue
			}
			if nested := Diff(b[i], a[j]); nested.Action != NoOp {
				d.Blocks = append(d.Blocks, nested)
			} else {
				unchanged++
			}
		}
		for i, j := range pairs.ofBefore {
			if j < 0 {
				d.Blocks = append(d.Blocks, whole(b[i], Delete))
			}
		}
		if unchanged > 0 {
			d.UnchangedBlocks = append(d.UnchangedBlocks, TypeCount{typ, unchanged})
		}
		if reordered {
			d.Orders = append(d.Orders, orderOf(typ, b, a, pairs))
		}
	}
}

func orderOf(typ string, before, after []*resource.Block, pairs pairing) OrderDiff {
	o := OrderDiff{Type: typ}
	for i, j := range pairs.ofBefore {
		if name := before[i].Name(); j >= 0 && name != "" {
			o.Before = append(o.Before, name)
		}
	}
	for j, i := range pairs.ofAfter {
		if name := after[j].Name(); i >= 0 && name != "" {
			o.After = append(o.After, name)
		}
	}
	return o
}

// blockTypes lists the types of nested blocks in order of appearance.
func blockTypes(before, after *resource.Block) []string {
	var types []string
	for _, b := range []*resource.Block{after, before} {
		for _, n := range b.Blocks {
			if !slices.Contains(types, n.Type) {
				types = append(types, n.Type)
			}
		}
	}
	return types
}

// pairing says which elements of two lists are the same; -1 is none.
type pairing struct {
	ofBefore, ofAfter []int
}

func newPairing(before, after int) pairing {
	p := pairing{make([]int, before), make([]int, after)}
	for i := range p.ofBefore {
		p.ofBefore[i] = -1
	}
	for j := range p.ofAfter {
		p.ofAfter[j] = -1
	}
	return p
}

func (p pairing) pair(i, j int) { p.ofBefore[i], p.ofAfter[j] = j, i }

// reordered reports whether the pairs are in another order than before.
func (p pairing) reordered() bool {
	last := -1
	for _, j := range p.ofBefore {
		if j < 0 {
			continue
		}
		if j < last {
			return true
		}
		last = j
	}
	return false
}

// match pairs elements, each with the first free one that is the same. Lists
// that only grew or shrank at one place are matched from both ends at once.
func match(before, after int, equal func(i, j int) bool) pairing {
	p := newPairing(before, after)
	p.match(equal)
	return p
}

func (p pairing) match(equal func(i, j int) bool) {
	start, endB, endA := 0, len(p.ofBefore), len(p.ofAfter)
	for start < endB && start < endA && p.free(start, start) && equal(start, start) {
		p.pair(start, start)
		start++
	}
	for endB > start && endA > start && p.free(endB-1, endA-1) && equal(endB-1, endA-1) {
		endB--
		endA--
		p.pair(endB, endA)
	}
	for i := start; i < endB; i++ {
		for j := start; j < endA; j++ {
			if p.free(i, j) && equal(i, j) {
				p.pair(i, j)
				break
			}
		}
	}
}

func (p pairing) free(i, j int) bool { return p.ofBefore[i] < 0 && p.ofAfter[j] < 0 }

// matchBlocks pairs siblings of one type: by name; where they have none, by
// content first and then by place among the rest. It also says whether those
// that are the same by name or content changed places.
func matchBlocks(before, after []*resource.Block) (p pairing, reordered bool) {
	p = newPairing(len(before), len(after))
	byName := map[string][]int{}
	for j, a := range after {
		if name := a.Name(); name != "" {
			byName[name] = append(byName[name], j)
		}
	}
	for i, b := range before {
		if free := byName[b.Name()]; b.Name() != "" && len(free) > 0 {
			p.pair(i, free[0])
			byName[b.Name()] = free[1:]
		}
	}
	nameless := func(i, j int) bool { return before[i].Name() == "" && after[j].Name() == "" }
	p.match(func(i, j int) bool { return nameless(i, j) && Diff(before[i], after[j]).Action == NoOp })
	reordered = p.reordered()
	p.matchGaps(nameless)
	return p, reordered
}

// matchGaps pairs what is left: first what stands after the same sibling on
// both sides, then in order.
func (p pairing) matchGaps(allowed func(i, j int) bool) {
	same := pairing{slices.Clone(p.ofBefore), slices.Clone(p.ofAfter)}
	pairs := func(allowed func(i, j int) bool) {
		j := 0
		for i := range p.ofBefore {
			if p.ofBefore[i] >= 0 {
				continue
			}
			for k := j; k < len(p.ofAfter); k++ {
				if p.free(i, k) && allowed(i, k) {
					p.pair(i, k)
					j = k + 1
					break
				}
			}
		}
	}
	pairs(func(i, j int) bool { return allowed(i, j) && same.anchor(i) == anchorOf(same.ofAfter, j) })
	pairs(allowed)
}

// anchor returns the partner of the sibling before i that has one, -1 for none.
func (p pairing) anchor(i int) int {
	for i--; i >= 0; i-- {
		if p.ofBefore[i] >= 0 {
			return p.ofBefore[i]
		}
	}
	return -1
}

func anchorOf(ofAfter []int, j int) int {
	for j--; j >= 0; j-- {
		if ofAfter[j] >= 0 {
			return j
		}
	}
	return -1
}
