package routing

import (
	"slices"
	"strings"

	"github.com/gwctl/gwctl/internal/attachment"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// Shadow is a rule that never gets a request.
type Shadow struct {
	Lost   Match // the rule's first match
	Won    Match // that comes first for all that Lost is for
	Reason Reason
	Detail string // of Reason, as in Loss
}

// Shadowed lists rules that never get a request, since for each of their
// matches, wherever the route is attached, another one is for the same requests
// and more, and comes first. It is certain of what it lists, and does not list
// all: of regular expressions it knows that some are for every path.
func (w *World) Shadowed() []Shadow {
	var out []Shadow
	crowd := w.crowd()
	for _, r := range w.routes {
		own := everyMatch(r, "")
		for i := range r.rules {
			if s, ok := w.shadowed(r, i, own, crowd); ok {
				out = append(out, s)
			}
		}
	}
	return out
}

// shadowed looks among the rules of the route itself, which are wherever it is,
// and then at each of its places.
func (w *World) shadowed(r *route, rule int, own []*candidate, crowd crowd) (Shadow, bool) {
	if s, ok := shadowOf(rule, own, func(c *candidate) *candidate { return firstBefore(c, own) }); ok {
		return s, true
	}
	places, certain := w.placesOf(r)
	if !certain || len(places) == 0 {
		return Shadow{}, false
	}
	var shadow Shadow
	for i, p := range places {
		s, ok := shadowOf(rule, everyMatch(r, p.own), func(c *candidate) *candidate { return crowd.before(c, p) })
		if !ok {
			return Shadow{}, false
		}
		if i == 0 || s.Won.Route != r.id {
			shadow = s
		}
	}
	return shadow, true
}

// shadowOf asks for each match of a rule which one comes before it.
func shadowOf(rule int, all []*candidate, before func(*candidate) *candidate) (Shadow, bool) {
	var shadow Shadow
	for _, c := range all {
		if c.Rule != rule {
			continue
		}
		winner := before(c)
		if winner == nil {
			return Shadow{}, false
		}
		if shadow.Reason == 0 {
			l := lossOf(winner, c)
			shadow = Shadow{c.Match, winner.Match, l.Reason, l.Detail}
		}
	}
	return shadow, shadow.Reason != 0
}

func everyMatch(r *route, host string) []*candidate {
	var out []*candidate
	for i := range r.rules {
		matches := matchesOf(&r.rules[i])
		for j := range matches {
			out = append(out, &candidate{
				Match{Route: r.id, Rule: i, RuleName: string(value(r.rules[i].Name, "")), Position: j, Hostname: host}, r, &matches[j],
			})
		}
	}
	return out
}

// firstBefore returns one of another rule that gets all requests of c.
func firstBefore(c *candidate, among []*candidate) *candidate {
	for _, b := range among {
		if (b.route != c.route || b.Rule != c.Rule) && comesBefore(b, c) && contains(b.match, c.match) {
			return b
		}
	}
	return nil
}

func comesBefore(b, a *candidate) bool {
	for _, c := range criteria {
		if order := c.compare(b, a); order != 0 {
			return order < 0
		}
	}
	return false
}

// spot is where requests for some hosts come to a route.
type spot struct {
	listener *listener
	common   string // what the listener leaves of own
	own      string
}

// placesOf returns where a route gets requests, and whether that is known of
// all of its parents.
func (w *World) placesOf(r *route) (out []spot, certain bool) {
	for _, p := range r.parents {
		i := slices.IndexFunc(w.gateways, func(g *gateway) bool { return g.id == p.To })
		if i < 0 {
			return nil, false
		}
		var all []*attachment.Listener
		for _, l := range w.gateways[i].listeners {
			all = append(all, l.Listener)
		}
		for _, l := range w.gateways[i].listeners {
			hosts, outcome := attachment.At(l.Listener, r.Route, p.Parent, w.labelsOf)
			if outcome == attachment.WrongNamespace && w.Partial {
				return nil, false // the labels may be such
			}
			for _, h := range hosts {
				if attachment.Before(l.Listener, all, h.Common) == nil {
					out = append(out, spot{l, h.Common, h.Own})
				}
			}
		}
	}
	return out, true
}

// crowd is who is for the same hosts and paths at one listener.
type crowd map[place][]*candidate

type place struct {
	listener *listener
	common   string
	path     string // as text; "~" is the expressions for every path
}

// crowded is how many candidates of a place are compared with one another: of
// more, those that are late are not looked at.
const crowded = 64

func (w *World) crowd() crowd {
	out := crowd{}
	for _, r := range w.routes {
		places, _ := w.placesOf(r) // what is known of them is so
		for _, p := range places {
			for _, c := range everyMatch(r, p.own) {
				at := place{p.listener, p.common, pathText(c.match)}
				if everyPath(c.match) {
					at.path = "~"
				}
				out[at] = append(out[at], c)
			}
		}
	}
	for at, all := range out {
		rank(all)
		out[at] = all[:min(len(all), crowded)]
	}
	return out
}

// before returns one that gets all requests of c at a spot.
func (cr crowd) before(c *candidate, at spot) *candidate {
	for _, path := range []string{pathText(c.match), "~"} {
		if b := firstBefore(c, cr[place{at.listener, at.common, path}]); b != nil {
			return b
		}
	}
	return nil
}

// everyPath reports whether the path is an expression that every path matches.
func everyPath(m *gatewayv1.HTTPRouteMatch) bool {
	typ, path := pathOf(m)
	path = strings.TrimPrefix(strings.TrimSuffix(path, "$"), "^")
	return typ == gatewayv1.PathMatchRegularExpression && (path == ".*" || path == "/.*")
}

// contains reports whether b is certainly for each request that a is for.
func contains(b, a *gatewayv1.HTTPRouteMatch) bool {
	return containsPath(b, a) && (b.Method == nil || a.Method != nil && *a.Method == *b.Method) &&
		impliesAll(headersOf(a), headersOf(b)) && impliesAll(queryOf(a), queryOf(b))
}

func containsPath(b, a *gatewayv1.HTTPRouteMatch) bool {
	typeA, pathA := pathOf(a)
	typeB, pathB := pathOf(b)
	switch {
	case everyPath(b), typeB == gatewayv1.PathMatchPathPrefix && pathB == "":
		return true
	case typeA == typeB && pathA == pathB:
		return true
	case typeA == gatewayv1.PathMatchRegularExpression || typeB == gatewayv1.PathMatchExact:
		return false
	}
	var e expressions
	return typeB == gatewayv1.PathMatchPathPrefix && e.pathMatches(b, pathA)
}

// impliesAll reports whether what meets the conditions given meets all wanted.
func impliesAll(given, wanted []condition) bool {
	var e expressions
	for _, want := range wanted {
		if !slices.ContainsFunc(given, func(g condition) bool {
			return g == want || g.name == want.name && !g.regex && e.equal(want, g.value)
		}) {
			return false
		}
	}
	return true
}
