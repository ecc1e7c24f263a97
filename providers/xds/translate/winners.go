package translate

import (
	"fmt"
	"slices"

	"github.com/gwctl/gwctl/internal/hostname"
)

// winners says which route gets the connections or packets for each hostname at
// a listener that does not look into them: there can be but one.
func winners(attached []attachedRoute) map[string]*route {
	own := map[string]string{}
	out := map[string]*route{}
	for _, a := range attached {
		for _, h := range a.hosts {
			best := out[h.Common]
			if best == nil || preferred(a.route, h.Own, best, own[h.Common]) {
				out[h.Common], own[h.Common] = a.route, h.Own
			}
		}
	}
	return out
}

// preferred reports whether a route gets what another one wants as well: the one
// that names it more closely, the older, the first by namespace and name.
func preferred(r *route, host string, other *route, otherHost string) bool {
	if c := hostname.MoreSpecific(host, otherHost); c != 0 {
		return c < 0
	}
	if c := r.created.Compare(other.created); c != 0 {
		return c < 0
	}
	return r.id.CompareNames(other.id) < 0
}

// losers says of the routes that are attached to a listener, and do not get all
// that they want there, to whom it goes.
func losers(l *listener, attached []attachedRoute) map[*route]string {
	out := map[*route]string{}
	if l.scheme != "" { // requests are told apart by more than their host
		return out
	}
	to := winners(attached)
	for _, a := range attached {
		for _, h := range a.hosts {
			winner := to[h.Common]
			if winner == a.route || out[a.route] != "" {
				continue
			}
			what := "What comes to listener " + l.Name
			if h.Common != "" {
				what += " for " + h.Common
			}
			out[a.route] = fmt.Sprintf("%s goes to %s.", what, winner.id)
		}
	}
	return out
}

// withLosses adds what a route does not get at a listener to its status.
func (s *Status) withLosses(l *listener, message string) *Status {
	out := &Status{Parents: slices.Clone(s.Parents)}
	for i, p := range out.Parents {
		accepted := p.Conditions[0]
		if !accepted.Status || accepted.Message != "" || p.Parent != l.Owner || !l.meant(p) {
			continue
		}
		accepted.Message = message
		out.Parents[i].Conditions = slices.Clone(p.Conditions)
		out.Parents[i].Conditions[0] = accepted
	}
	return out
}

// meant reports whether a parent reference means the listener.
func (l *listener) meant(p ParentStatus) bool {
	return (p.SectionName == "" || p.SectionName == l.Name) && (p.Port == 0 || p.Port == l.Port)
}
