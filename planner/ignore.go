package planner

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gwctl/gwctl/internal/resource"
)

// ignoreAll is the path that means the whole block.
const ignoreAll = "all"

// checkIgnored complains of ignore_changes paths that can name nothing.
func (pl *planning) checkIgnored(r *resource.Resource) {
	for _, path := range r.Lifecycle.IgnoreChanges {
		if path != ignoreAll && !pl.in.Codec.HasPath(r.Address.Kind, path) {
			pl.fail("Nothing to ignore", fmt.Sprintf("ignore_changes of %s lists %s, but a %s has nothing of that name. A path goes from the block inwards, with names: hostnames, or rule.api.forward.backend.orders.weight; all is everything.", r.Address, path, r.Address.Kind), r.Range.Ptr())
		}
	}
}

// keepIgnored returns the wanted object with what ignore_changes names as it
// is live. That is done in HCL's words, in which rules and backends have names
// and not positions.
func (pl *planning) keepIgnored(w *wanted, live *resource.Object) *resource.Object {
	object := w.stamped
	for _, r := range w.makers {
		paths := r.Lifecycle.IgnoreChanges
		if len(paths) == 0 {
			continue
		}
		if len(w.makers) > 1 {
			pl.fail("Changes of a shared object cannot be ignored", fmt.Sprintf("%s has ignore_changes, but other blocks are part of %s too: remove ignore_changes.", r.Address, resource.IDOf(live)), r.Range.Ptr())
			return object
		}
		if slices.Contains(paths, ignoreAll) {
			return withContent(object, live)
		}
		own, now := pl.words(r.Provider, r.Address, object), pl.words(r.Provider, r.Address, live)
		if own == nil || now == nil {
			pl.fail("Changes cannot be ignored", fmt.Sprintf("%s has ignore_changes, and %s as it is live cannot be read in its words.", r.Address, resource.IDOf(live)), r.Range.Ptr())
			return object
		}
		merged := cloneBlock(own)
		for _, path := range paths {
			takePath(merged, now, path, r.Address.Module)
		}
		if Diff(own, merged).Action == NoOp {
			continue
		}
		encoded, err := pl.in.Codec.Encode(r.Address, merged)
		if err != nil {
			pl.fail("Changes cannot be ignored", fmt.Sprintf("%s with what is live for %s is not valid: %s.", r.Address, strings.Join(paths, ", "), err), r.Range.Ptr())
			continue
		}
		object = withContent(object, encoded)
	}
	return object
}

// withContent returns o with from's content.
func withContent(o, from *resource.Object) *resource.Object {
	top := make(map[string]any, len(o.Object))
	for k, v := range o.Object {
		if !isContent(k) {
			top[k] = v
		}
	}
	for k, v := range from.Object {
		if isContent(k) {
			top[k] = v
		}
	}
	return &resource.Object{Object: top}
}

// cloneBlock copies what takePath changes.
func cloneBlock(b *resource.Block) *resource.Block {
	c := *b
	c.Attrs = slices.Clone(b.Attrs)
	c.Blocks = make([]*resource.Block, len(b.Blocks))
	for i, n := range b.Blocks {
		c.Blocks[i] = cloneBlock(n)
	}
	return &c
}

// takePath makes b be as from at a path, as one in a module writes it.
func takePath(b, from *resource.Block, path, module string) {
	if b.Attr(path) != nil || from.Attr(path) != nil {
		takeAttr(b, from, path)
		return
	}
	if name, entry, ok := strings.Cut(path, "."); ok && (b.Attr(name) != nil || from.Attr(name) != nil) {
		takeEntry(b, from, name, entry)
		return
	}
	types := map[string]bool{}
	for _, n := range slices.Concat(b.Blocks, from.Blocks) {
		types[n.Type] = true
	}
	for _, typ := range slices.Sorted(maps.Keys(types)) {
		if path == typ {
			takeBlocks(b, from, func(n *resource.Block) bool { return n.Type == typ })
			return
		}
		if rest, ok := strings.CutPrefix(path, typ+"."); ok {
			takeInside(b, from, typ, rest, module)
			return
		}
	}
}

func takeAttr(b, from *resource.Block, name string) {
	i := slices.IndexFunc(b.Attrs, func(a resource.Attr) bool { return a.Name == name })
	a := from.Attr(name)
	switch {
	case a == nil:
		b.Attrs = slices.Delete(b.Attrs, i, i+1)
	case i < 0:
		b.Attrs = append(b.Attrs, *a)
	default:
		b.Attrs[i].Value = a.Value
	}
}

// takeEntry takes one entry of an argument that is a map.
func takeEntry(b, from *resource.Block, name, entry string) {
	own, live := mapOf(b.Attr(name)), mapOf(from.Attr(name))
	m := maps.Clone(own)
	if v, ok := live[entry]; ok {
		if m == nil {
			m = map[string]any{}
		}
		m[entry] = v
	} else {
		delete(m, entry)
	}
	i := slices.IndexFunc(b.Attrs, func(a resource.Attr) bool { return a.Name == name })
	switch {
	case i < 0 && len(m) > 0:
		b.Attrs = append(b.Attrs, resource.Attr{Name: name, Value: m})
	case i >= 0 && len(m) == 0 && len(own) > 0:
		b.Attrs = slices.Delete(b.Attrs, i, i+1)
	case i >= 0 && len(m) > 0:
		b.Attrs[i].Value = m
	}
}

func mapOf(a *resource.Attr) map[string]any {
	if a == nil {
		return nil
	}
	m, _ := a.Value.(map[string]any)
	return m
}

// takeBlocks replaces the nested blocks that are meant, in place of the first.
func takeBlocks(b, from *resource.Block, meant func(*resource.Block) bool) {
	var live []*resource.Block
	for _, n := range from.Blocks {
		if meant(n) {
			live = append(live, n)
		}
	}
	var out []*resource.Block
	placed := false
	for _, n := range b.Blocks {
		if !meant(n) {
			out = append(out, n)
			continue
		}
		if !placed {
			out = append(out, live...)
			placed = true
		}
	}
	if !placed {
		out = append(out, live...)
	}
	b.Blocks = out
}

// takeInside goes on in the nested blocks of one type. The longest name that
// rest starts with is meant, since names have dots: backend.orders.
func takeInside(b, from *resource.Block, typ, rest, module string) {
	own, live := b.BlocksOf(typ), from.BlocksOf(typ)
	type spelling struct{ text, name string }
	var names []spelling
	for _, n := range slices.Concat(own, live) {
		for _, text := range spellings(n.Name(), module) {
			names = append(names, spelling{text, n.Name()})
		}
	}
	slices.SortStableFunc(names, func(a, b spelling) int { return cmp.Compare(len(b.text), len(a.text)) })
	for _, s := range names {
		is := func(n *resource.Block) bool { return n.Type == typ && n.Name() == s.name }
		if rest == s.text {
			takeBlocks(b, from, is)
			return
		}
		if inner, ok := strings.CutPrefix(rest, s.text+"."); ok {
			i, j := slices.IndexFunc(own, is), slices.IndexFunc(live, is)
			if i >= 0 && j >= 0 {
				takePath(own[i], live[j], inner, module)
			}
			return
		}
	}
	for i, n := range own { // blocks without names
		if i < len(live) && n.Name() == "" && live[i].Name() == "" {
			takePath(n, live[i], rest, module)
		}
	}
}

// spellings are the ways to write the name of a block in a path: an address
// also without the module that the path is in.
func spellings(name, module string) []string {
	if name == "" {
		return nil
	}
	out := []string{name}
	if a, err := resource.ParseAddress(name); err == nil && module != "" && a.Module == module {
		a.Module = ""
		out = append(out, a.String())
	}
	return out
}
