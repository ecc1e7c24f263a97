package translate

import (
	"maps"
	"slices"
	"sync"

	"github.com/gwctl/gwctl/internal/hostname"
)

// routeTable is what listeners answer that share one table of routes, by virtual
// host. It is kept as long as an inventory, and brought up to date by which
// routes came to the listeners and left.
type routeTable struct {
	name      string
	gateway   *gateway
	face      face
	listeners []*listener
	owner     owners
	trees     treeBounds

	tenants  []*tenants // of each listener, as the virtual hosts have them
	sites    []sites    // of each listener: the same by hostname
	hosts    []*virtualHost
	senders  map[string]int // how many entries send to a cluster
	clusters []string       // of senders, sorted; nil until wanted
	resource *Resource      // nil before the first update
}

// newRouteTable returns a table without routes: for its own hostname a listener
// answers 404. Other virtual hosts may stand beside those of the listeners.
func newRouteTable(name string, g *gateway, listeners []*listener, owner owners, others []*virtualHost, trees treeBounds) *routeTable {
	t := &routeTable{
		name: name, gateway: g, listeners: listeners,
		face:  face{port: listeners[0].Port, scheme: listeners[0].scheme, egress: listeners[0].egress(g)},
		owner: owner, trees: trees,
		hosts: others, senders: map[string]int{},
	}
	for _, l := range listeners {
		t.tenants = append(t.tenants, &tenants{})
		t.sites = append(t.sites, sites{})
		t.hosts = append(t.hosts, &virtualHost{hostname: l.Hostname, listener: l})
	}
	slices.SortFunc(t.hosts, (*virtualHost).compare)
	return t
}

// update returns the table for what is at the listeners now.
func (t *routeTable) update(at attachments) *Resource {
	same := t.resource != nil
	for i, l := range t.listeners {
		now := at.of(l)
		gone, come := differences(t.tenants[i].attached, now.attached, (*attachedRoute).compare)
		if len(gone)+len(come) > 0 {
			same = false
			t.replace(l, t.sites[i], gone, come)
		}
		t.tenants[i] = now
	}
	if !same {
		t.resource = newLazyResource(Route, t.name, t.body(), t.sendsTo(), t.origins())
	}
	return t.resource
}

// replace changes the routes at a listener, and the virtual hosts that they are
// in: those of their hostnames, and of all hostnames below. A request belongs to
// the most specific listener of its port alone, so that a listener without
// routes for it answers 404 even where another one's wildcard would take it.
func (t *routeTable) replace(l *listener, all sites, gone, come []*attachedRoute) {
	leaving, arriving := sitesOf(gone), sitesOf(come)
	concerned := map[string]bool{}
	wildcards := false
	for _, names := range []sites{leaving, arriving} {
		for name := range names {
			concerned[name] = true
			wildcards = wildcards || !hostname.Exact(name)
		}
	}
	for name := range concerned {
		if all[name] = replaced(all[name], leaving[name], arriving[name], (*attachedRoute).compare); len(all[name]) == 0 {
			delete(all, name)
		}
	}
	if wildcards {
		for _, h := range t.hosts {
			if h.listener == l && slices.ContainsFunc(around(h.hostname), func(name string) bool { return concerned[name] }) {
				concerned[h.hostname] = true
			}
		}
	}
	var closed, opened []*virtualHost
	for _, name := range slices.Sorted(maps.Keys(concerned)) {
		if t.owner.of(name) != l {
			continue
		}
		h := &virtualHost{hostname: name, listener: l}
		at, known := slices.BinarySearchFunc(t.hosts, h, (*virtualHost).compare)
		if known {
			h = t.hosts[at]
		}
		wanted := all[name] != nil || name == l.Hostname
		switch {
		case wanted && known:
			t.count(h.replace(t.entries(name, leaving), t.entries(name, arriving), t.trees))
		case wanted:
			opened = append(opened, h)
			t.count(h.replace(nil, t.entries(name, all), t.trees))
		case known:
			closed = append(closed, h)
			t.count(h.reached(), nil)
		}
	}
	t.hosts = replaced(t.hosts, closed, opened, (*virtualHost).compare)
}

// entries lists those of the routes that have a hostname or are for one around
// it, since Envoy itself looks into one virtual host only. They are in order.
func (t *routeTable) entries(host string, at sites) []rankedEntry {
	var out []rankedEntry
	for _, a := range at.around(host) {
		own, face := a.closest(host), t.face
		if a.held != nil { // what is counted is told apart by listeners
			face.listener = t.gateway.key + "/" + a.listener.key
		}
		for _, e := range a.route.build(face, a.route.place.clusters[face.egress], a.held).entries {
			out = append(out, rankedEntry{own, e})
		}
	}
	slices.SortFunc(out, rankedEntry.compare)
	return out
}

// count keeps account of where entries send requests.
func (t *routeTable) count(left, entered []rankedEntry) {
	for _, e := range left {
		for _, c := range e.clusters {
			if t.senders[c]--; t.senders[c] == 0 {
				delete(t.senders, c)
				t.clusters = nil
			}
		}
	}
	for _, e := range entered {
		for _, c := range e.clusters {
			if t.senders[c]++; t.senders[c] == 1 {
				t.clusters = nil
			}
		}
	}
}

// sendsTo returns the clusters that the table sends requests to, sorted.
func (t *routeTable) sendsTo() []string {
	if t.clusters == nil {
		t.clusters = slices.Sorted(maps.Keys(t.senders))
	}
	return t.clusters
}

// origins returns what lists them, on demand: they are all rules of all routes.
func (t *routeTable) origins() func() []Origin {
	listeners, at := t.listeners, slices.Clone(t.tenants)
	return sync.OnceValue(func() []Origin {
		var out []Origin
		for _, l := range listeners {
			out = append(out, Origin{l.Owner, l.path + ".hostname"})
		}
		seen := map[*route]bool{}
		for _, tenants := range at {
			for _, a := range tenants.attached {
				if !seen[a.route] {
					seen[a.route] = true
					out = append(out, a.route.origins...)
				}
			}
		}
		return append(out, policyOrigins(at)...)
	})
}

// policyOrigins are those of the policies that hold for routes.
func policyOrigins(at []*tenants) []Origin {
	var out []Origin
	seen := map[*trafficPolicy]bool{}
	for _, tenants := range at {
		for _, a := range tenants.attached {
			for _, p := range slices.Concat(a.held...) {
				if !seen[p] {
					seen[p] = true
					out = append(out, Origin{p.ID, "spec"})
				}
			}
		}
	}
	return out
}

// sites are the routes at a listener by the hostnames that it leaves of theirs,
// each in order.
type sites map[string][]*attachedRoute

func sitesOf(attached []*attachedRoute) sites {
	out := sites{}
	for _, a := range attached {
		for _, h := range a.hosts {
			if at := out[h.Common]; len(at) == 0 || at[len(at)-1] != a {
				out[h.Common] = append(at, a)
			}
		}
	}
	return out
}

// around returns the routes at a hostname and at the wildcards around it.
func (s sites) around(host string) []*attachedRoute {
	var out []*attachedRoute
	for _, h := range around(host) {
		out = append(out, s[h]...)
	}
	slices.SortFunc(out, (*attachedRoute).compare)
	return slices.Compact(out)
}

// closest returns the most specific of the route's own hostnames that is for a
// host: it decides precedence.
func (a *attachedRoute) closest(host string) string {
	own, found := "", false
	for _, h := range a.hosts {
		if hostname.Covers(h.Common, host) && (!found || hostname.MoreSpecific(h.Own, own) < 0) {
			own, found = h.Own, true
		}
	}
	return own
}
