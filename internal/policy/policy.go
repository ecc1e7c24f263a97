// Package policy decides which policies hold for which requests, by the Gateway
// API's rules of attachment (GEP-713) as Envoy Gateway reads them: the most
// specific one holds alone, unless it merges. It is pure.
package policy

import (
	"cmp"
	"slices"
	"time"

	"github.com/gwctl/gwctl/internal/resource"
)

// Target is what a policy is attached to: a Gateway, a ListenerSet or a route,
// or a section of it: a listener, or a rule by its name.
type Target struct {
	ID      resource.ID
	Section string // "" is all of it
}

// Compare orders targets by their objects, and the whole before its sections.
func (t Target) Compare(other Target) int {
	return cmp.Or(t.ID.Compare(other.ID), cmp.Compare(t.Section, other.Section))
}

// String returns "HTTPRoute default/orders", with a section "HTTPRoute
// default/orders, api".
func (t Target) String() string {
	if t.Section == "" {
		return t.ID.String()
	}
	return t.ID.String() + ", " + t.Section
}

// Attached is a policy as attachment sees it.
type Attached struct {
	ID      resource.ID
	Targets []Target
	Merges  bool // is added to what is above a route, instead of replacing it
	Created time.Time
}

// before reports whether p comes before another policy of one target: it is
// older, else first by namespace and name.
func (p *Attached) before(other *Attached) bool {
	return cmp.Or(p.Created.Compare(other.Created), p.ID.CompareNames(other.ID)) < 0
}

// Place is where requests pass: a listener, and what takes them there.
type Place struct {
	Gateway  resource.ID
	Set      resource.ID // the ListenerSet that has the listener; zero: the Gateway itself
	Listener string
	Route    resource.ID // zero: whatever route is there
	Rule     string      // name of the route's rule; "" where it has none
}

// Conflict says of a target that another policy had it first.
type Conflict struct {
	Target Target
	By     resource.ID
}

// Resolved finds the policies that hold at a place.
type Resolved struct {
	at        map[Target]*Attached
	conflicts map[resource.ID][]Conflict
}

// Resolve settles which policy each target has. All of them are of one kind.
func Resolve(policies []Attached) *Resolved {
	r := &Resolved{at: make(map[Target]*Attached, len(policies)), conflicts: map[resource.ID][]Conflict{}}
	for i := range policies {
		p := &policies[i]
		for _, t := range p.Targets {
			if holds := r.at[t]; holds == nil || p.before(holds) {
				r.at[t] = p
			}
		}
	}
	for i := range policies {
		p := &policies[i]
		for _, t := range p.Targets {
			if by := r.at[t].ID; by != p.ID && !slices.ContainsFunc(r.conflicts[p.ID], func(c Conflict) bool { return c.Target == t }) {
				r.conflicts[p.ID] = append(r.conflicts[p.ID], Conflict{t, by})
			}
		}
	}
	return r
}

// On returns the policy that a target itself has; false: none.
func (r *Resolved) On(t Target) (resource.ID, bool) {
	if p := r.at[t]; p != nil {
		return p.ID, true
	}
	return resource.ID{}, false
}

// At returns the policies that hold at a place, the more general first: one, two
// where a route's merges, or none.
func (r *Resolved) At(p Place) []resource.ID {
	own, above := r.first(p.ofRoute()), r.first(p.aboveRoute())
	switch {
	case own == nil && above == nil:
		return nil
	case own == nil:
		return []resource.ID{above.ID}
	case above == nil || !own.Merges || own == above:
		return []resource.ID{own.ID}
	}
	return []resource.ID{above.ID, own.ID}
}

// Conflicts returns, by policy, the targets at which it does not hold, since
// another one had them first. The caller must not change it.
func (r *Resolved) Conflicts() map[resource.ID][]Conflict { return r.conflicts }

func (r *Resolved) first(targets []Target) *Attached {
	for _, t := range targets {
		if p := r.at[t]; p != nil {
			return p
		}
	}
	return nil
}

// ofRoute returns the targets in a route, the most specific first.
func (p Place) ofRoute() []Target {
	if p.Route == (resource.ID{}) {
		return nil
	}
	if p.Rule == "" {
		return []Target{{ID: p.Route}}
	}
	return []Target{{p.Route, p.Rule}, {ID: p.Route}}
}

// aboveRoute returns the targets above routes, the most specific first. A
// listener of a set is beside those of the Gateway, not below them.
func (p Place) aboveRoute() []Target {
	if p.Set == (resource.ID{}) {
		return []Target{{p.Gateway, p.Listener}, {ID: p.Gateway}}
	}
	return []Target{{p.Set, p.Listener}, {ID: p.Set}, {ID: p.Gateway}}
}
