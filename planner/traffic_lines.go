package planner

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/gwctl/gwctl/internal/resource"
)

// line is one change of traffic at a place.
type line struct {
	place
	host   string
	ports  int  // of the gateway
	moved  bool // the change itself says where
	change string
	before *resource.Flow
	after  *resource.Flow
}

// trafficLines says what changes between two routings. What comes in at another
// place, of the same route, is one change.
func trafficLines(before, after routing) []TrafficChange {
	var lines []line
	type identity struct {
		provider, match string
		route           resource.Address
	}
	left, came := map[identity][]place{}, map[identity][]place{}
	for p, b := range before {
		a := after[p]
		if a == nil {
			id := identity{p.provider, p.match, b[0].route.address}
			left[id] = append(left[id], p)
			continue
		}
		change := flowChange(&b[0].Flow, &a[0].Flow)
		if !isRoute(a[0]) {
			change = endpointsChange(b[0].To, a[0].To)
		}
		if change != "" {
			lines = append(lines, line{p, a[0].Host, a[0].Ports, false, change, &b[0].Flow, &a[0].Flow})
		}
	}
	for p, a := range after {
		if before[p] == nil {
			id := identity{p.provider, p.match, a[0].route.address}
			came[id] = append(came[id], p)
		}
	}
	for id, from := range left {
		to := came[id]
		if len(from) == 1 && len(to) == 1 {
			delete(came, id)
			lines = append(lines, movedLine(before[from[0]][0], after[to[0]][0], to[0]))
			continue
		}
		for _, p := range from {
			b := before[p][0]
			if isRoute(b) { // routes tell of backends that come and go
				lines = append(lines, line{p, b.Host, b.Ports, false, flowChange(&b.Flow, nil), &b.Flow, nil})
			}
		}
	}
	for _, to := range came {
		for _, p := range to {
			a := after[p][0]
			if isRoute(a) {
				lines = append(lines, line{p, a.Host, a.Ports, false, flowChange(nil, &a.Flow), nil, &a.Flow})
			}
		}
	}
	return label(lines)
}

// isRoute reports whether requests come in, rather than to a backend's endpoints.
func isRoute(s served) bool { return s.Host != "" }

// movedLine says that requests come in elsewhere, and go elsewhere if they do.
func movedLine(b, a served, to place) line {
	var parts []string
	if b.Gateway != a.Gateway {
		parts = append(parts, fmt.Sprintf("gateway %s -> %s", gatewayText(b.Gateway, a.Gateway), gatewayText(a.Gateway, b.Gateway)))
	}
	if b.Port != a.Port && b.Port != 0 && a.Port != 0 {
		parts = append(parts, fmt.Sprintf("port %d -> %d", b.Port, a.Port))
	}
	if change := flowChange(&b.Flow, &a.Flow); change != "" {
		parts = append(parts, change)
	}
	return line{to, a.Host, a.Ports, true, strings.Join(parts, ", "), &b.Flow, &a.Flow}
}

// gatewayText writes the name, with the namespace where that tells them apart.
func gatewayText(id, other resource.ID) string {
	if id.Namespace == other.Namespace {
		return id.Name
	}
	return id.Namespace + "/" + id.Name
}

// label names the ports and gateways of changes that differ by them, and folds
// those that do not.
func label(lines []line) []TrafficChange {
	slices.SortFunc(lines, func(a, b line) int {
		return cmp.Or(
			strings.Compare(a.match, b.match),
			strings.Compare(a.provider, b.provider),
			a.gateway.Compare(b.gateway),
			cmp.Compare(a.port, b.port),
			strings.Compare(a.change, b.change),
		)
	})
	var out []TrafficChange
	for len(lines) > 0 {
		n := 1
		for n < len(lines) && lines[n].match == lines[0].match {
			n++
		}
		out = append(out, labelSame(lines[:n])...)
		lines = lines[n:]
	}
	return out
}

// labelSame labels changes of one match.
func labelSame(lines []line) []TrafficChange {
	gateways := map[resource.ID]int{} // how many of its ports change
	same := true
	for _, l := range lines {
		gateways[l.gateway]++
		same = same && l.change == lines[0].change
	}
	whole := same // every port of each gateway changes alike
	for _, l := range lines {
		whole = whole && (gateways[l.gateway] >= l.ports || l.moved)
	}
	if whole {
		lines = lines[:1]
	}
	out := make([]TrafficChange, len(lines))
	for i, l := range lines {
		match := l.match
		if rest, ok := strings.CutPrefix(l.match, l.host); ok && l.ports > 1 && !whole && !l.moved {
			match = fmt.Sprintf("%s:%d%s", l.host, l.port, rest)
		}
		if len(gateways) > 1 && !whole {
			match += " on " + l.gateway.Name
		}
		out[i] = TrafficChange{Match: match, Change: l.change, Before: l.before, After: l.after}
	}
	return out
}
