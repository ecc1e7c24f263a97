package kinds

import (
	"fmt"
	"slices"
	"strings"

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
	var last resource.ID // a gateway that takes the route
	for _, parent := range append([]*resource.Block{b}, b.BlocksOf("attach")...) {
		id := gatewayOf(parent)
		if id.Name == "" {
			continue
		}
		o, known := find(id)
		switch {
		case o == nil && known:
			problems = append(problems, resource.TrafficProblem{Of: id, Text: fmt.Sprintf("gateway %s/%s does not exist, so no request comes from it", id.Namespace, id.Name)})
			continue
		case o == nil:
			for _, h := range own {
				spots = append(spots, spot{gateway: id, host: h, own: h})
			}
			continue
		}
		listeners := listenersOf(o)
		taking, problem := listenersFor(parent, listeners, id.Namespace == route.Namespace)
		if problem != "" {
			problems = append(problems, resource.TrafficProblem{Of: id, Text: fmt.Sprintf("gateway %s/%s %s, so no request comes from it", id.Namespace, id.Name, problem)})
			continue
		}
		last = id
		spots = append(spots, spotsAt(id, listeners, taking, own)...)
	}
	for _, h := range own {
		if last.Name != "" && !slices.ContainsFunc(spots, func(s spot) bool { return s.own == h }) {
			problems = append(problems, resource.TrafficProblem{Of: last, Text: "no listener that it attaches to serves " + h + ", so nothing for that host comes here"})
		}
	}
	return mostSpecific(spots), problems
}

func gatewayOf(parent *resource.Block) resource.ID {
	if a := argument(parent, "gateway"); a != nil {
		if ref, ok := a.Value.(resource.Ref); ok {
			return ref.ID
		}
	}
	return resource.ID{}
}

// listener is what routes need to know of one.
type listener struct {
	name, hostname string
	port           int64
	same           bool // takes routes of its own namespace alone
	routes         bool // takes HTTPRoutes
}

// listenersOf reads the listeners of a Gateway, whoever wrote it.
func listenersOf(gateway *resource.Object) []listener {
	spec, _ := gateway.Object["spec"].(map[string]any)
	all, _ := spec["listeners"].([]any)
	out := make([]listener, 0, len(all))
	for _, v := range all {
		fields, _ := v.(map[string]any)
		l := listener{same: true, routes: true}
		l.name, _ = fields["name"].(string)
		l.hostname, _ = fields["hostname"].(string)
		l.port, _ = whole(fields["port"])
		allowed, _ := fields["allowedRoutes"].(map[string]any)
		namespaces, _ := allowed["namespaces"].(map[string]any)
		if from, ok := namespaces["from"].(string); ok {
			l.same = from == "Same" // which ones a selector takes is not known here
		}
		if kinds, _ := allowed["kinds"].([]any); len(kinds) > 0 {
			l.routes = slices.ContainsFunc(kinds, func(v any) bool {
				kind, _ := v.(map[string]any)
				return kind["kind"] == routeObject.Kind
			})
		}
		out = append(out, l)
	}
	return out
}

// listenersFor returns the listeners that a parent reference means and that
// take the route, or what is wrong with the gateway.
func listenersFor(parent *resource.Block, all []listener, sameNamespace bool) (taking []listener, problem string) {
	name, port := "", int64(0)
	if a := argument(parent, "listener"); a != nil {
		name, _ = a.Value.(string)
	}
	if a := argument(parent, "other"); a != nil && parent.Type == "attach" {
		other, _ := a.Value.(map[string]any)
		port, _ = whole(other["port"])
	}
	named := false
	for _, l := range all {
		if name != "" && name != l.name || port != 0 && port != l.port {
			continue
		}
		named = true
		if l.routes && (sameNamespace || !l.same) {
			taking = append(taking, l)
		}
	}
	switch {
	case !named && name != "":
		return nil, fmt.Sprintf("has no listener %q", name)
	case !named:
		return nil, "has no such listener"
	case len(taking) == 0:
		return nil, "allows no routes of this namespace"
	}
	return taking, ""
}

// spotsAt intersects hostnames with those of listeners. A host belongs to the
// most specific listener of its port alone.
func spotsAt(gateway resource.ID, all, taking []listener, own []string) []spot {
	ports := map[int64]bool{}
	for _, l := range all {
		ports[l.port] = true
	}
	var spots []spot
	for _, l := range taking {
		for _, h := range own {
			common, ok := hostname.Intersect(l.hostname, h)
			if !ok || slices.ContainsFunc(all, func(other listener) bool {
				return other.port == l.port && hostname.Covers(other.hostname, common) && hostname.MoreSpecific(other.hostname, l.hostname) < 0
			}) {
				continue
			}
			spots = append(spots, spot{gateway: gateway, port: l.port, ports: len(ports), host: common, own: h})
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
