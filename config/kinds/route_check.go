package kinds

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gwctl/gwctl/internal/attachment"
	"github.com/gwctl/gwctl/internal/diag"
	"github.com/gwctl/gwctl/internal/hostname"
	"github.com/gwctl/gwctl/internal/resource"
)

// check reports parents that, where they are in the same configuration, have no
// listener that would take the route.
func (r route) check(b *resource.Block, siblings Siblings, f *Fragment) {
	for _, reference := range parentsOf(b) {
		a := parentOf(reference)
		if target := siblingOf(a, siblings); target != nil && !otherSets(target, "listeners") {
			r.checkParent(b, reference, a, target, f)
		}
	}
}

func (r route) checkParent(b, reference *resource.Block, a *resource.Attr, target *resource.Block, f *Fragment) {
	ref, _ := a.Value.(resource.Ref)
	meant := target.BlocksOf("listener")
	at := a
	if listener := argument(reference, "listener"); listener != nil {
		at = listener
		var have []string
		for _, l := range meant {
			have = append(have, l.Label)
		}
		name, isText := listener.Value.(string)
		if meant = slices.DeleteFunc(meant, func(l *resource.Block) bool { return l.Label != name }); len(meant) == 0 {
			if isText {
				f.Errorf(listener.Range, "Unknown listener", "%s has no listener %q.%s", ref, name, diag.Allowed(name, have))
			}
			return
		}
	}
	if port := argument(reference, "port"); port != nil {
		at = port
		wanted, _ := whole(port.Value)
		meant = slices.DeleteFunc(meant, func(l *resource.Block) bool {
			have, known := whole(valueOf(l, "port"))
			return known && have != wanted
		})
		if len(meant) == 0 {
			f.Errorf(port.Range, "Unknown listener", "%s has no such listener on port %d.%s", ref, wanted, diag.Allowed("", portsOf(target)))
			return
		}
	}
	takes := slices.DeleteFunc(slices.Clone(meant), func(l *resource.Block) bool { return !takesKind(l, r.object.Kind) })
	if len(takes) == 0 {
		f.Errorf(at.Range, "Route that no listener takes", "Of %s, %s, and this route is a %s. It wants a listener of %s that allows its kind.", ref, listTakers(meant), r.object.Kind, r.protocols())
		return
	}
	hosts := argument(b, "hostnames")
	own := stringsOf(hosts)
	if r.hostnames == nil || len(own) == 0 {
		return
	}
	for _, l := range takes {
		for _, h := range own {
			if _, common := hostname.Intersect(hostnameOf(l), strings.ToLower(h)); common {
				return
			}
		}
	}
	f.Errorf(hosts.Range, "Hosts that no listener serves", "The route is for %s, and of %s, %s.", strings.Join(own, ", "), ref, listHosts(takes))
}

// takesKind reports whether a listener takes routes of a kind, or may.
func takesKind(l *resource.Block, kind string) bool {
	if otherSets(l, "allowedRoutes") {
		return true
	}
	kinds := takenBy(l)
	return kinds == nil || slices.Contains(kinds, kind)
}

// takenBy returns the kinds of routes that a listener takes; nil: not known.
func takenBy(l *resource.Block) []string {
	for _, allowed := range l.BlocksOf("allowed_routes") {
		if given := stringsOf(allowed.Attr("kinds")); len(given) > 0 {
			return given
		}
	}
	return attachment.RoutesOf(protocolOf(l))
}

// listTakers says what listeners take instead: `listener "http" takes
// HTTPRoute and GRPCRoute`.
func listTakers(listeners []*resource.Block) string {
	return listed(listeners, func(l *resource.Block) string { return "takes " + strings.Join(takenBy(l), " and ") })
}

func listHosts(listeners []*resource.Block) string {
	return listed(listeners, func(l *resource.Block) string { return "serves " + hostnameOf(l) })
}

// listed says something of each of the first listeners.
func listed(listeners []*resource.Block, say func(*resource.Block) string) string {
	const most = 3
	var parts []string
	for _, l := range listeners[:min(len(listeners), most)] {
		parts = append(parts, title(l)+" "+say(l))
	}
	if more := len(listeners) - most; more > 0 {
		parts = append(parts, fmt.Sprintf("%d more take others", more))
	}
	return strings.Join(parts, ", ")
}

// protocols says of what protocols a listener has to be.
func (r route) protocols() string {
	var names []string
	for _, p := range protocols {
		if slices.Contains(attachment.RoutesOf(p), r.object.Kind) {
			names = append(names, p)
		}
	}
	return strings.Join(names, " or ")
}

func portsOf(gateway *resource.Block) []string {
	var out []string
	for _, l := range gateway.BlocksOf("listener") {
		if port, ok := whole(valueOf(l, "port")); ok {
			out = append(out, strconv.FormatInt(port, 10))
		}
	}
	return out
}
