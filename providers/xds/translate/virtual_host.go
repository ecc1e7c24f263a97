package translate

import (
	"cmp"
	"maps"
	"slices"
)

// virtualHost answers the requests for one hostname at one port.
type virtualHost struct {
	hostname string // "" is any that has no virtual host of its own
	entries  []*entry
}

// virtualHosts builds those of one port, ordered by hostname. A request belongs
// to the most specific listener alone, so that a listener without routes for it
// answers 404 even where another one's wildcard would take it.
func virtualHosts(listeners []*listener, attached attachments, entries func(*route) []*entry) []virtualHost {
	owner := make(map[string]*listener, len(listeners)) // by the listener's hostname
	for _, l := range listeners {
		owner[l.hostname] = l
	}
	var out []virtualHost
	for _, l := range listeners {
		at := make(map[string][]claim) // by the hostname that the listener leaves
		at[l.hostname] = nil
		for _, a := range attached[l] {
			for _, h := range a.hosts {
				at[h.common] = append(at[h.common], claim{h.own, a.route})
			}
		}
		for hostname := range at {
			if ownerOf(owner, hostname) == l {
				out = append(out, virtualHost{hostname, merge(hostname, at, entries)})
			}
		}
	}
	slices.SortFunc(out, func(a, b virtualHost) int { return cmp.Compare(a.hostname, b.hostname) })
	return out
}

// ownerOf returns the most specific listener for a hostname.
func ownerOf(owner map[string]*listener, hostname string) *listener {
	for _, h := range around(hostname) {
		if l := owner[h]; l != nil {
			return l
		}
	}
	return nil
}

// claim is a route's wish for the requests of one of its hostnames.
type claim struct {
	hostname string
	route    *route
}

// merge lists the entries for a hostname: first those of routes that name it,
// then those of the wildcards around it, since Envoy itself looks into one
// virtual host only. What stands behind an entry for all requests is left out.
func merge(hostname string, at map[string][]claim, entries func(*route) []*entry) []*entry {
	best := map[*route]string{} // the most specific of the route's hostnames
	for _, h := range around(hostname) {
		for _, c := range at[h] {
			if other, ok := best[c.route]; !ok || moreSpecific(c.hostname, other) < 0 {
				best[c.route] = c.hostname
			}
		}
	}
	ranks := map[string][]*route{}
	for r, h := range best {
		ranks[h] = append(ranks[h], r)
	}
	var out []*entry
	for _, h := range slices.SortedFunc(maps.Keys(ranks), moreSpecific) {
		rank := len(out)
		for _, r := range ranks[h] {
			out = append(out, entries(r)...)
		}
		slices.SortFunc(out[rank:], before)
		if i := slices.IndexFunc(out[rank:], func(e *entry) bool { return e.match.all() }); i >= 0 {
			return out[:rank+i+1]
		}
	}
	return out
}
