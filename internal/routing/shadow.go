package routing

import (
	"slices"

	"github.com/gwctl/gwctl/internal/attachment"
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
		for j, m := range r.rules[i].matches {
			out = append(out, &candidate{Match{Route: r.id, Rule: i, RuleName: r.rules[i].name, Position: j, Hostname: host}, r, m})
		}
	}
	return out
}

// firstBefore returns one of another rule that gets all requests of c.
func firstBefore(c *candidate, among []*candidate) *candidate {
	for _, b := range among {
		if (b.route != c.route || b.Rule != c.Rule) && b.match.covers(c.match) && comesBefore(b, c) {
			return b
		}
	}
	return nil
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
		i := slices.IndexFunc(w.gateways, func(g *gateway) bool { return g.has(p.To) })
		if i < 0 {
			return nil, false
		}
		var all []*attachment.Listener
		for _, l := range w.gateways[i].listeners {
			all = append(all, l.Listener)
		}
		for _, l := range w.gateways[i].listeners {
			if l.Owner != p.To || l.lost[r] != nil {
				continue
			}
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
	field    string // of the matches
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
				at := place{p.listener, p.common, c.match.field()}
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
	for _, field := range []string{c.match.field(), everywhere} {
		if b := firstBefore(c, cr[place{at.listener, at.common, field}]); b != nil {
			return b
		}
	}
	return nil
}
