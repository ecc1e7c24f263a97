package translate

import (
	"cmp"
	"slices"

	"github.com/gwctl/gwctl/internal/hostname"
)

// virtualHost answers the requests for one hostname at one port.
type virtualHost struct {
	hostname string    // "" is any that has no virtual host of its own
	listener *listener // whose routes it has; nil where it has none
	entries  []rankedEntry
	reach    int        // how many of the entries requests get to
	tree     *matchTree // nil: the entries are a list
	size     int        // of what Envoy is told of them, in bytes
}

func (h *virtualHost) compare(other *virtualHost) int { return cmp.Compare(h.hostname, other.hostname) }

// rankedEntry is an entry with the hostname of its route that it is there for.
type rankedEntry struct {
	own string
	*entry
}

// compare orders entries: first those of routes that name the host more closely.
func (e rankedEntry) compare(other rankedEntry) int {
	return cmp.Or(hostname.MoreSpecific(e.own, other.own), before(e.entry, other.entry))
}

// reached returns the entries that requests get to: what stands behind an entry
// for all requests is left out.
func (h *virtualHost) reached() []rankedEntry { return h.entries[:h.reach] }

// replace changes entries, and returns those that requests do not get to any
// more, and those that they now get to.
func (h *virtualHost) replace(gone, come []rankedEntry, trees treeBounds) (left, entered []rankedEntry) {
	before := h.reached()
	h.entries = replaced(h.entries, gone, come, rankedEntry.compare)
	h.reach = len(h.entries)
	if i := slices.IndexFunc(h.entries, func(e rankedEntry) bool { return e.all }); i >= 0 {
		h.reach = i + 1
	}
	left, entered = differences(before, h.reached(), rankedEntry.compare)
	h.tree = h.tree.replaced(h, left, entered, trees)
	h.size = 0
	if h.tree == nil {
		for _, e := range h.reached() {
			h.size += len(e.wireFor(h.hostname))
		}
	} else {
		h.size = h.tree.size()
	}
	return left, entered
}

// misdirections builds the virtual hosts for what belongs to other listeners
// than the one whose connection it came over.
func misdirections(l *listener, owner owners) []*virtualHost {
	var out []*virtualHost
	for hostname, other := range owner {
		if other == l {
			continue
		}
		h := &virtualHost{hostname: hostname}
		if other.open() { // else no other connection leads to it
			h.replace(nil, misdirected, usualTrees)
		}
		out = append(out, h)
	}
	return out
}

// owners are the listeners of one port by their hostnames.
type owners map[string]*listener

func ownersOf(listeners []*listener) owners {
	out := make(owners, len(listeners))
	for _, l := range listeners {
		out[l.Hostname] = l
	}
	return out
}

// of returns the most specific listener for a hostname.
func (o owners) of(hostname string) *listener {
	for _, h := range around(hostname) {
		if l := o[h]; l != nil {
			return l
		}
	}
	return nil
}

// wider reports whether another listener would take a client that asks for what
// l alone is for.
func (o owners) wider(l *listener) bool {
	return slices.ContainsFunc(around(l.Hostname)[1:], func(h string) bool { return o[h] != nil })
}
