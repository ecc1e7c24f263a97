package translate

import (
	"cmp"
	"maps"
	"slices"

	"github.com/gwctl/gwctl/internal/hostname"
)

// virtualHost answers the requests for one hostname at one port.
type virtualHost struct {
	hostname string // "" is any that has no virtual host of its own
	entries  []*entry
}

func (h virtualHost) compare(other virtualHost) int { return cmp.Compare(h.hostname, other.hostname) }

// virtualHosts builds those of some listeners, ordered by hostname. A request
// belongs to the most specific listener of its port alone, so that a listener
// without routes for it answers 404 even where another one's wildcard would take
// it.
func virtualHosts(listeners []*listener, owner owners, attached attachments, entriesAt func(*listener, *route) []*entry) []virtualHost {
	var out []virtualHost
	for _, l := range listeners {
		entries := func(r *route) []*entry { return entriesAt(l, r) }
		at := make(map[string][]claim, len(attached[l])) // by the hostname that the listener leaves
		at[l.Hostname] = nil
		for _, a := range attached[l] {
			for _, h := range a.hosts {
				at[h.Common] = append(at[h.Common], claim{h.Own, a.route})
			}
		}
		for hostname := range at {
			if owner.of(hostname) == l {
				out = append(out, virtualHost{hostname, merge(hostname, at, entries)})
			}
		}
	}
	slices.SortFunc(out, virtualHost.compare)
	return out
}

// misdirections builds the virtual hosts for what belongs to other listeners
// than the one whose connection it came over.
func misdirections(l *listener, owner owners) []virtualHost {
	var out []virtualHost
	for hostname, other := range owner {
		switch {
		case other == l:
		case other.open():
			out = append(out, virtualHost{hostname, misdirected})
		default: // no other connection leads to it
			out = append(out, virtualHost{hostname, nil})
		}
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

// claim is a route's wish for the requests of one of its hostnames.
type claim struct {
	hostname string
	route    *route
}

// merge lists the entries for a hostname: first those of routes that name it,
// then those of the wildcards around it, since Envoy itself looks into one
// virtual host only.
func merge(host string, at map[string][]claim, entries func(*route) []*entry) []*entry {
	hostnames := around(host)
	if only := at[host]; len(only) == 1 && !slices.ContainsFunc(hostnames[1:], func(h string) bool { return len(at[h]) > 0 }) {
		return reachable(entries(only[0].route))
	}
	best := map[*route]string{} // the most specific of the route's hostnames
	for _, h := range hostnames {
		for _, c := range at[h] {
			if other, ok := best[c.route]; !ok || hostname.MoreSpecific(c.hostname, other) < 0 {
				best[c.route] = c.hostname
			}
		}
	}
	ranks := map[string][]*route{}
	for r, h := range best {
		ranks[h] = append(ranks[h], r)
	}
	var out []*entry
	for _, h := range slices.SortedFunc(maps.Keys(ranks), hostname.MoreSpecific) {
		var rank []*entry
		for _, r := range ranks[h] {
			rank = append(rank, entries(r)...)
		}
		slices.SortFunc(rank, before)
		reached := reachable(rank)
		out = append(out, reached...)
		if len(reached) > 0 && reached[len(reached)-1].match.all() {
			break
		}
	}
	return out
}

// reachable leaves out what stands behind an entry for all requests.
func reachable(entries []*entry) []*entry {
	if i := slices.IndexFunc(entries, func(e *entry) bool { return e.match.all() }); i >= 0 {
		return entries[:i+1]
	}
	return entries
}
