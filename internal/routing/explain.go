package routing

import (
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/gwctl/gwctl/internal/attachment"
	"github.com/gwctl/gwctl/internal/hostname"
	"github.com/gwctl/gwctl/internal/resource"
)

// Explain says what becomes of a request at a gateway.
func (w *World) Explain(at resource.ID, r *Request) Answer {
	a := Answer{Gateway: at}
	i := slices.IndexFunc(w.gateways, func(g *gateway) bool { return g.id == at })
	if i < 0 {
		return a.fail(404, fmt.Sprintf("there is no %s", at))
	}
	g, host := w.gateways[i], hostOf(r.Host)
	l := g.listenerFor(r, host)
	if l != nil {
		a.Listener, a.Owner = l.Name, l.Owner
	}
	if r = a.receive(r); r == nil {
		return a
	}
	if l == nil {
		a.Lost = w.elsewhere(g)
		return a.fail(404, fmt.Sprintf("no %s listener on port %d is for host %s", strings.ToUpper(r.Scheme), r.Port, host))
	}

	var found []*candidate
	var e expressions
	for _, rt := range w.routes {
		own, loss := w.attached(rt, g, l, host)
		if loss != nil {
			if loss.Reason != 0 {
				a.Lost = append(a.Lost, *loss)
			}
			continue
		}
		for i := range rt.rules {
			for j, match := range rt.rules[i].matches {
				m := Match{Route: rt.id, Rule: i, RuleName: rt.rules[i].name, Position: j, Hostname: own}
				if reason, detail := match.mismatch(&e, r); reason != 0 {
					a.Lost = append(a.Lost, Loss{m, reason, detail})
				} else {
					found = append(found, &candidate{m, rt, match})
				}
			}
		}
	}
	if len(found) == 0 {
		return a.fail(404, "no rule is for the request")
	}
	rank(found)
	first := found[0]
	var outranked []Loss
	for _, c := range found[1:] {
		outranked = append(outranked, lossOf(first, c))
	}
	a.Lost = append(outranked, a.Lost...)
	rule := &first.route.rules[first.Rule]
	a.Won, a.Text, a.Filters = &first.Match, first.match.String(), rule.filters
	w.answer(&a, first, rule, l, r)
	return a
}

// receive returns a request as rules see it; nil where it is answered before any
// is asked.
func (a *Answer) receive(r *Request) *Request {
	path, escaped, ok := normalized(r.Path)
	switch {
	case !ok:
		*a = a.fail(http.StatusBadRequest, "the path has the character NUL")
		return nil
	case escaped && r.IsGRPC():
		*a = a.fail(http.StatusBadRequest, "the path has escaped slashes, and calls of gRPC are not redirected")
		return nil
	case escaped:
		*a = a.fail(http.StatusTemporaryRedirect, "the path has escaped slashes")
		a.Location = withQuery(path, r.Query)
		return nil
	case path == r.Path:
		return r
	}
	seen := *r
	seen.Path, a.Path = path, path
	return &seen
}

func (a Answer) fail(status int, why string) Answer {
	a.Status, a.Why = status, why
	return a
}

// hostOf returns the name in a Host header.
func hostOf(header string) string {
	if name, _, err := net.SplitHostPort(header); err == nil {
		header = name
	}
	return strings.ToLower(header)
}

// listenerFor returns the one that takes a request: the most specific of its
// port.
func (g *gateway) listenerFor(r *Request, host string) *listener {
	var best *listener
	for _, l := range g.listeners {
		if l.takes(r.Scheme, r.Port) && hostname.Covers(l.Hostname, host) && (best == nil || hostname.MoreSpecific(l.Hostname, best.Hostname) < 0) {
			best = l
		}
	}
	return best
}

// attached returns the most specific hostname by which a route is for a host at
// a listener, or why it is not. A loss without a reason is none: the route has
// nothing to do with the gateway.
func (w *World) attached(rt *route, g *gateway, l *listener, host string) (string, *Loss) {
	loss := &Loss{Match: Match{Route: rt.id, Rule: -1, Position: -1}}
	tell := func(reason Reason, detail string) {
		if reason > loss.Reason { // the nearest miss says most
			loss.Reason, loss.Detail = reason, detail
		}
	}
	var hosts []string
	for _, p := range rt.parents {
		if p.To != l.Owner {
			if g.has(p.To) {
				tell(OtherListener, "it is for another listener of the gateway")
			}
			continue
		}
		common, outcome := attachment.At(l.Listener, rt.Route, p.Parent, w.labelsOf)
		switch outcome {
		case attachment.NotMeant:
			tell(OtherListener, "it is for another listener of the gateway")
		case attachment.WrongKind:
			tell(NotAttached, fmt.Sprintf("listener %q takes no %s", l.Name, rt.id.Kind))
		case attachment.WrongNamespace:
			tell(NotAttached, fmt.Sprintf("listener %q takes no routes of namespace %s", l.Name, rt.id.Namespace))
		case attachment.NoHostname:
			tell(OtherHost, "its hostnames are "+strings.Join(rt.Hostnames, ", "))
		case attachment.Attached:
			tell(OtherHost, "its hostnames are "+strings.Join(rt.Hostnames, ", "))
			for _, h := range common {
				switch winner := l.lost[rt]; {
				case !hostname.Covers(h.Common, host):
				case winner != nil:
					tell(Rival, rivalText(winner, rt))
				default:
					hosts = append(hosts, h.Own)
				}
			}
		}
	}
	if len(hosts) == 0 {
		return "", loss
	}
	return slices.MinFunc(hosts, hostname.MoreSpecific), nil
}

// elsewhere are the losses where no listener takes a request.
func (w *World) elsewhere(g *gateway) []Loss {
	var out []Loss
	for _, rt := range w.routes {
		if slices.ContainsFunc(rt.parents, func(p attachment.Reference) bool { return g.has(p.To) }) {
			out = append(out, Loss{Match{Route: rt.id, Rule: -1, Position: -1}, OtherListener, "no listener takes the request"})
		}
	}
	return out
}
