package translate

import (
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

// leaf is what may answer the requests whose path begins with key, and with no
// longer key of the tree.
type leaf struct {
	key     string
	entries []*entry // in order of precedence
}

// matchTree sorts the entries of a virtual host by the beginnings of paths; nil
// where a list of them is better. Envoy takes the leaf with the longest key that
// a path begins with, and looks nowhere else: so each has, besides the rules of
// its own path, those of the paths around it and those that say nothing of where
// a path begins. What of them holds for a request, they still decide themselves.
func matchTree(entries []*entry, bounds treeBounds) []leaf {
	if len(entries) < bounds.from {
		return nil
	}
	var everywhere int // rules that are in all leaves
	at := map[string]int{}
	for _, e := range entries {
		switch p := e.match.path; {
		case p.anywhere():
			everywhere++
		case strings.ContainsAny(p.value, "?#"): // a key would see the query, which rules do not
			return nil
		default:
			at[p.value]++
		}
	}
	total := everywhere
	for key, own := range at {
		total += own + everywhere
		for around := range ancestors(key) {
			total += at[around] // some of them exact ones, which are left out below
		}
	}
	if total > bounds.growth*len(entries) {
		return nil
	}
	place := make(map[string]int, len(at)+1)
	leaves := make([]leaf, 0, len(at)+1)
	for key := range at {
		leaves = append(leaves, leaf{key: key})
	}
	if _, ok := at["/"]; !ok && everywhere > 0 {
		leaves = append(leaves, leaf{key: "/"})
	}
	slices.SortFunc(leaves, func(a, b leaf) int { return strings.Compare(a.key, b.key) })
	for i := range leaves {
		place[leaves[i].key] = i
	}
	// The keys below a prefix follow it in order, with others between them.
	for _, e := range entries {
		p := e.match.path
		switch {
		case p.anywhere():
			for i := range leaves {
				leaves[i].entries = append(leaves[i].entries, e)
			}
		case p.kind == pathExact:
			l := &leaves[place[p.value]]
			l.entries = append(l.entries, e)
		default:
			for i := place[p.value]; i < len(leaves) && strings.HasPrefix(leaves[i].key, p.value); i++ {
				if key := leaves[i].key; len(key) == len(p.value) || key[len(p.value)] == '/' {
					leaves[i].entries = append(leaves[i].entries, e)
				}
			}
		}
	}
	return leaves
}

// anywhere reports whether a path may match whatever a request's begins with.
func (p pathMatch) anywhere() bool {
	return p.kind == pathRegex || p.kind == pathPrefix && p.value == ""
}

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
