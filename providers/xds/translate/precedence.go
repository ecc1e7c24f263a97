package translate

import (
	"cmp"
	"slices"
)

// entry is one match of one rule, as it stands in a virtual host.
type entry struct {
	route    *route
	rule     *rule
	match    *match
	all      bool     // every request matches
	clusters []string // that it sends to
	wire     []byte   // of Envoy's routes, ready to be part of a virtual host
	// perHost builds wire where it depends on the host; nil where it does not.
	perHost func(hostname string) []byte
}

// rank says how closely a match describes requests: of two, the one with the
// first greater number comes first. Those of one virtual host are all of routes
// of one kind.
type rank [5]int

// before orders entries as the specification demands: by rank, then the oldest
// route, its name, the place in it.
func before(a, b *entry) int {
	return cmp.Or(
		slices.Compare(b.match.rank[:], a.match.rank[:]),
		a.route.created.Compare(b.route.created),
		a.route.id.CompareNames(b.route.id),
		cmp.Compare(a.rule.index, b.rule.index),
		cmp.Compare(a.match.index, b.match.index),
	)
}
