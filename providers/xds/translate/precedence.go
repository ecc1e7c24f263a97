package translate

import "cmp"

// entry is one match of one rule, as it stands in a virtual host.
type entry struct {
	route    *route
	rule     *rule
	match    *match
	clusters []string // that it sends to
	wire     []byte   // of Envoy's routes, ready to be part of a virtual host
	// perHost builds wire where it depends on the host; nil where it does not.
	perHost func(hostname string) []byte
}

// before orders entries as the specification demands: exact paths, then the
// longest, then those with a method, most headers, most query parameters; the
// oldest route; its name; the place in it.
func before(a, b *entry) int {
	m, n := a.match, b.match
	return cmp.Or(
		cmp.Compare(m.path.kind, n.path.kind),
		cmp.Compare(len(n.path.value), len(m.path.value)),
		-compareBool(m.method != "", n.method != ""),
		cmp.Compare(len(n.headers), len(m.headers)),
		cmp.Compare(len(n.query), len(m.query)),
		a.route.created.Compare(b.route.created),
		a.route.id.CompareNames(b.route.id),
		cmp.Compare(a.rule.index, b.rule.index),
		cmp.Compare(m.index, n.index),
	)
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}
