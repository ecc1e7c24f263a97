package translate

import (
	"fmt"
	"slices"

	"github.com/gwctl/gwctl/internal/hostname"
)

// winners says which route gets the connections or packets for each hostname at
// a listener that does not look into them: there can be but one.
func winners(attached []*attachedRoute) map[string]*route {
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

// outdone says to whom goes what a route wants at a listener and does not get; ""
// where it gets all.
func (t *tenants) outdone(a *attachedRoute) string {
	if t.winners == nil {
		return ""
	}
	for _, h := range a.hosts {
		winner := t.winners[h.Common]
		if winner == a.route {
			continue
		}
		what := "What comes to listener " + a.listener.Name
		if h.Common != "" {
			what += " for " + h.Common
		}
		return fmt.Sprintf("%s goes to %s.", what, winner.id)
	}
	return ""
}

// saying adds to what is said of a route that was accepted.
func (p ParentStatus) saying(message string) ParentStatus {
	if accepted := p.Conditions[0]; accepted.Status && accepted.Message == "" {
		accepted.Message = message
		p.Conditions = slices.Clone(p.Conditions)
		p.Conditions[0] = accepted
	}
	return p
}
