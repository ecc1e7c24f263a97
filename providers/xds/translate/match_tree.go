package translate

import (
	"maps"
	"slices"
	"strings"
)

// treeBounds say when a virtual host gets a match tree. A tree finds any rule in
// the same time, while Envoy goes through a list of rules one by one; but it
// repeats rules, and for few of them the list is faster.
type treeBounds struct {
	from   int // entries of a virtual host
	growth int // how many times more entries all leaves may have
}

var usualTrees = treeBounds{from: 200, growth: 4}

// allow reports whether so many entries are better found by leaves that have so
// many of them together.
func (b treeBounds) allow(entries, inLeaves int) bool {
	return entries >= b.from && inLeaves <= b.growth*entries
}

// matchTree sorts the entries of a virtual host by the beginnings of paths.
// Envoy takes the leaf with the longest key that a path begins with, and looks
// nowhere else: so each has, besides the rules of its own path, those of the
// paths around it and those that say nothing of where a path begins. What of
// them holds for a request, they still decide themselves.
type matchTree struct {
	hostname string
	at       map[string][]rankedEntry // by the path that they name
	anywhere []rankedEntry            // those that are in all leaves
	leaves   []leaf                   // ordered by key
	inLeaves int                      // entries of all leaves
	bytes    int                      // of all leaves
}

// leaf is what may answer the requests whose path begins with key, and with no
// longer key of the tree.
type leaf struct {
	key     string
	entries int
	wire    []byte // of them, ready to be part of a tree
}

func (l leaf) compareKey(key string) int { return strings.Compare(l.key, key) }

// newMatchTree returns a tree of entries in order of precedence; nil where a
// list of them is better.
func newMatchTree(hostname string, entries []rankedEntry, bounds treeBounds) *matchTree {
	if !bounds.allow(len(entries), 0) {
		return nil
	}
	t := &matchTree{hostname: hostname, at: map[string][]rankedEntry{}}
	prefixes := map[string]int{}
	for _, e := range entries {
		switch p := e.match.path; {
		case p.anywhere():
			t.anywhere = append(t.anywhere, e)
		case p.hasQuery():
			return nil
		default:
			t.at[p.value] = append(t.at[p.value], e)
			if p.kind == pathPrefix {
				prefixes[p.value]++
			}
		}
	}
	keys := slices.Collect(maps.Keys(t.at))
	if t.at["/"] == nil && len(t.anywhere) > 0 {
		keys = append(keys, "/")
	}
	inLeaves := len(keys) * len(t.anywhere)
	for key, own := range t.at {
		inLeaves += len(own)
		for around := range ancestors(key) {
			inLeaves += prefixes[around]
		}
	}
	if !bounds.allow(len(entries), inLeaves) {
		return nil
	}
	t.renew(keys)
	return t
}

// replaced returns the tree of a virtual host in which some entries are others;
// t may be nil. Leaves that have the same entries as before stay.
func (t *matchTree) replaced(h *virtualHost, left, entered []rankedEntry, bounds treeBounds) *matchTree {
	changed := slices.Concat(left, entered)
	if t == nil || slices.ContainsFunc(changed, func(e rankedEntry) bool {
		return e.match.path.anywhere() || e.match.path.hasQuery()
	}) {
		return newMatchTree(h.hostname, h.reached(), bounds)
	}
	for _, e := range left {
		path := e.match.path.value
		if t.at[path] = replaced(t.at[path], []rankedEntry{e}, nil, rankedEntry.compare); len(t.at[path]) == 0 {
			delete(t.at, path)
		}
	}
	for _, e := range entered {
		path := e.match.path.value
		t.at[path] = replaced(t.at[path], nil, []rankedEntry{e}, rankedEntry.compare)
	}
	concerned := map[string]bool{}
	for _, e := range changed {
		p := e.match.path
		concerned[p.value] = true
		if p.kind != pathPrefix {
			continue
		}
		// The keys below a prefix follow it in order, with others between them.
		first, _ := slices.BinarySearchFunc(t.leaves, p.value, leaf.compareKey)
		for _, l := range t.leaves[first:] {
			below, ok := strings.CutPrefix(l.key, p.value)
			if !ok {
				break
			}
			if strings.HasPrefix(below, "/") {
				concerned[l.key] = true
			}
		}
	}
	t.renew(slices.Collect(maps.Keys(concerned)))
	if !bounds.allow(h.reach, t.inLeaves) {
		return nil
	}
	return t
}

// renew makes the leaves of some keys what they are to be.
func (t *matchTree) renew(keys []string) {
	slices.Sort(keys)
	var gone, come []leaf
	for _, key := range keys {
		if at, known := slices.BinarySearchFunc(t.leaves, key, leaf.compareKey); known {
			gone = append(gone, t.leaves[at])
		}
		if entries := t.entriesOf(key); len(entries) > 0 {
			come = append(come, leaf{key, len(entries), leafWire(key, t.hostname, entries)})
		}
	}
	for _, l := range gone {
		t.inLeaves -= l.entries
		t.bytes -= len(l.wire)
	}
	for _, l := range come {
		t.inLeaves += l.entries
		t.bytes += len(l.wire)
	}
	t.leaves = replaced(t.leaves, gone, come, func(a, b leaf) int { return a.compareKey(b.key) })
}

// entriesOf lists what the leaf of a key has, in order of precedence; nothing
// where there is to be none.
func (t *matchTree) entriesOf(key string) []rankedEntry {
	if t.at[key] == nil && key != "/" {
		return nil
	}
	out := slices.Concat(t.anywhere, t.at[key])
	for around := range ancestors(key) {
		for _, e := range t.at[around] {
			if e.match.path.kind == pathPrefix {
				out = append(out, e)
			}
		}
	}
	slices.SortFunc(out, rankedEntry.compare)
	return out
}

// anywhere reports whether a path may match whatever a request's begins with.
func (p pathMatch) anywhere() bool {
	return p.kind == pathRegex || p.kind == pathPrefix && p.value == ""
}

// hasQuery reports whether a path looks like one with a query: a key would see
// the query of a request, which rules do not.
func (p pathMatch) hasQuery() bool { return strings.ContainsAny(p.value, "?#") }

// ancestors yields the paths around a path, without slashes at their ends.
func ancestors(path string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for i := strings.LastIndexByte(path, '/'); i > 0; i = strings.LastIndexByte(path[:i], '/') {
			if !yield(path[:i]) {
				return
			}
		}
	}
}
