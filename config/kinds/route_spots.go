package kinds

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gwctl/gwctl/internal/attachment"
	"github.com/gwctl/gwctl/internal/hostname"
	"github.com/gwctl/gwctl/internal/resource"
)

// spot is where requests for one host come in.
type spot struct {
	gateway resource.ID
	port    int64 // 0 where nobody knows the gateway
	ports   int
	host    string // what the listener leaves of own
	own     string // as the route has it
}

// spotsOf returns where a route is served, by the rules of the Gateway API, and
// why it is not where it is not.
func spotsOf(route resource.ID, b *resource.Block, find resource.Find) (spots []spot, problems []resource.TrafficProblem) {
	own := stringsOf(b.Attr("hostnames"))
	if len(own) == 0 {
		own = []string{""}
	}
	var last resource.ID // a parent that takes the route
	for _, parent := range parentsOf(b) {
		id := parentID(parent)
		if id.Name == "" {
			continue
		}
		p, known, problem := lookUp(id, find)
		if problem == "" && known {
			p.taking, problem = p.listenersFor(parent, route)
		}
		switch {
		case problem != "":
			problems = append(problems, resource.TrafficProblem{Of: id, Text: fmt.Sprintf("%s %s/%s %s, so no request comes from it", parentWord(id), id.Namespace, id.Name, problem)})
		case !known:
			for _, h := range own {
				spots = append(spots, spot{gateway: id, host: h, own: h})
			}
		default:
			last = id
			spots = append(spots, p.spots(own)...)
		}
	}
	for _, h := range own {
		if last.Name != "" && !slices.ContainsFunc(spots, func(s spot) bool { return s.own == h }) {
			problems = append(problems, resource.TrafficProblem{Of: last, Text: "no listener that it attaches to serves " + h + ", so nothing for that host comes here"})
		}
	}
	return mostSpecific(spots), problems
}

func parentID(parent *resource.Block) resource.ID {
	if a := parentOf(parent); a != nil {
		if ref, ok := a.Value.(resource.Ref); ok {
			return ref.ID
		}
	}
	return resource.ID{}
}

// parentWord is what users call a parent.
func parentWord(id resource.ID) string {
	if id.GroupKind() == listenerSetObject.GroupKind() {
		return "listener set"
	}
	return "gateway"
}

// parent is what a route is attached to.
type parent struct {
	gateway resource.ID // that serves it
	own     []listener  // that a parent reference may mean
	all     []listener  // of the gateway as far as they are known
	taking  []listener  // that take the route
	same    resource.ID // whose namespace the listeners are in
}

// lookUp finds a Gateway or a ListenerSet with its Gateway, or what is wrong
// with it.
func lookUp(id resource.ID, find resource.Find) (p parent, known bool, problem string) {
	o, known := find(id)
	switch {
	case o == nil && known:
		return parent{}, true, "does not exist"
	case o == nil:
		return parent{}, false, ""
	}
	p = parent{gateway: id, own: listenersOf(o), same: id}
	p.all = p.own
	if id.GroupKind() != listenerSetObject.GroupKind() {
		return p, true, ""
	}
	spec, _ := o.Object["spec"].(map[string]any)
	ref := fieldsOf(spec["parentRef"])
	p.gateway = decodeRef(ref, gatewayObject.GroupKind(), home{namespace: id.Namespace}).ID
	gateway, known := find(p.gateway)
	switch {
	case gateway == nil && known:
		return p, true, fmt.Sprintf("adds to gateway %s/%s, which does not exist", p.gateway.Namespace, p.gateway.Name)
	case gateway == nil:
		return p, true, ""
	case !takesListeners(gateway, p.gateway.Namespace == id.Namespace):
		return p, true, fmt.Sprintf("adds to gateway %s/%s, which does not allow it", p.gateway.Namespace, p.gateway.Name)
	}
	p.all = append(listenersOf(gateway), p.own...)
	return p, true, ""
}

// takesListeners reports whether a Gateway takes listener sets of its own
// namespace, or of another. Which ones a selector chooses is not known here.
func takesListeners(gateway *resource.Object, same bool) bool {
	spec, _ := gateway.Object["spec"].(map[string]any)
	allowed, _ := spec["allowedListeners"].(map[string]any)
	namespaces, _ := allowed["namespaces"].(map[string]any)
	switch namespaces["from"] {
	case "All", "Selector":
		return true
	case "Same":
		return same
	}
	return false
}

// listener is what routes need to know of one.
type listener struct {
	name, hostname, protocol string
	port                     int64
	same                     bool     // takes routes of its own namespace alone
	kinds                    []string // of routes that it takes; nil: not known
}

// listenersOf reads the listeners of a Gateway or a ListenerSet, whoever wrote
// it.
func listenersOf(gateway *resource.Object) []listener {
	spec, _ := gateway.Object["spec"].(map[string]any)
	all, _ := spec["listeners"].([]any)
	out := make([]listener, 0, len(all))
	for _, v := range all {
		fields, _ := v.(map[string]any)
		l := listener{same: true}
		l.name, _ = fields["name"].(string)
		l.hostname, _ = fields["hostname"].(string)
		l.protocol, _ = fields["protocol"].(string)
		l.port, _ = whole(fields["port"])
		l.kinds = attachment.RoutesOf(l.protocol)
		allowed, _ := fields["allowedRoutes"].(map[string]any)
		namespaces, _ := allowed["namespaces"].(map[string]any)
		if from, ok := namespaces["from"].(string); ok {
			l.same = from == "Same" // which ones a selector takes is not known here
		}
		if kinds, _ := allowed["kinds"].([]any); len(kinds) > 0 {
			l.kinds = make([]string, len(kinds))
			for i, v := range kinds {
				kind, _ := v.(map[string]any)
				l.kinds[i], _ = kind["kind"].(string)
			}
		}
		out = append(out, l)
	}
	return out
}

func (l listener) takes(kind string) bool { return l.kinds == nil || slices.Contains(l.kinds, kind) }

// listenersFor returns the listeners that a parent reference means and that
// take the route, or what is wrong with the parent.
func (p parent) listenersFor(reference *resource.Block, route resource.ID) (taking []listener, problem string) {
	name, _ := valueOf(reference, "listener").(string)
	port, _ := whole(valueOf(reference, "port"))
	var meant []listener
	for _, l := range p.own {
		if name == "" || name == l.name {
			meant = append(meant, l)
		}
	}
	if len(meant) == 0 && name != "" {
		return nil, fmt.Sprintf("has no listener %q", name)
	}
	meant = slices.DeleteFunc(meant, func(l listener) bool { return port != 0 && port != l.port })
	if len(meant) == 0 {
		return nil, "has no such listener"
	}
	meant = slices.DeleteFunc(meant, func(l listener) bool { return !l.takes(route.Kind) })
	if len(meant) == 0 {
		return nil, "has no listener that takes a " + route.Kind
	}
	meant = slices.DeleteFunc(meant, func(l listener) bool { return l.same && p.same.Namespace != route.Namespace })
	if len(meant) == 0 {
		return nil, "allows no routes of this namespace"
	}
	return meant, ""
}

// spots intersects hostnames with those of the listeners that take the route. A
// host belongs to the most specific listener of its port alone.
func (p parent) spots(own []string) []spot {
	ports := map[int64]bool{}
	for _, l := range p.all {
		ports[l.port] = true
	}
	var spots []spot
	for _, l := range p.taking {
		for _, h := range own {
			common, ok := hostname.Intersect(l.hostname, h)
			if !ok || slices.ContainsFunc(p.all, func(other listener) bool {
				return other.port == l.port && (other.protocol == "UDP") == (l.protocol == "UDP") &&
					hostname.Covers(other.hostname, common) && hostname.MoreSpecific(other.hostname, l.hostname) < 0
			}) {
				continue
			}
			spots = append(spots, spot{gateway: p.gateway, port: l.port, ports: len(ports), host: common, own: h})
		}
	}
	return spots
}

// mostSpecific leaves one spot for each host, port and gateway: that of the
// hostname that counts.
func mostSpecific(spots []spot) []spot {
	var out []spot
	for _, s := range spots {
		i := slices.IndexFunc(out, func(o spot) bool { return o.gateway == s.gateway && o.port == s.port && o.host == s.host })
		switch {
		case i < 0:
			out = append(out, s)
		case hostname.MoreSpecific(s.own, out[i].own) < 0:
			out[i] = s
		}
	}
	return out
}

// hostText writes a hostname; "" is all of them.
func hostText(h string) string {
	if h == "" {
		return "*"
	}
	return strings.ToLower(h)
}
