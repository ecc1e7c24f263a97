package state

import (
	"fmt"
	"maps"
	"slices"

	"github.com/gwctl/gwctl/internal/resource"
)

// Clone returns a copy whose lists can be changed without touching s. Objects
// are shared: they are never changed in place.
func (s *State) Clone() *State {
	c := *s
	c.Targets = maps.Clone(s.Targets)
	c.Outputs = maps.Clone(s.Outputs)
	c.Resources = slices.Clone(s.Resources)
	c.History = slices.Clone(s.History)
	for i := range c.Resources {
		c.Resources[i].Objects = slices.Clone(c.Resources[i].Objects)
		c.Resources[i].DependsOn = slices.Clone(c.Resources[i].DependsOn)
	}
	return &c
}

// Find returns the record of one instance.
func (s *State) Find(a resource.Address) (Record, bool) {
	for _, r := range s.Resources {
		if r.Address == a {
			return r, true
		}
	}
	return Record{}, false
}

// Match returns the records that a contains, sorted by address.
func (s *State) Match(a resource.Address) []Record {
	var found []Record
	for _, r := range s.Resources {
		if a.Contains(r.Address) {
			found = append(found, r)
		}
	}
	slices.SortFunc(found, compareRecords)
	return found
}

// Moved is one record that changed its address.
type Moved struct {
	From, To resource.Address
}

// Move returns the state with what from contains at the address to instead, and
// says what moved. Without keys, all instances of a block move and keep theirs;
// of a module, all that is in it.
func (s *State) Move(from, to resource.Address) (*State, []Moved, error) {
	found := s.Match(from)
	switch {
	case len(found) == 0:
		return nil, nil, &AddressError{from, "is not in the state; gwctl state list shows what is"}
	case from.IsModule() != to.IsModule():
		return nil, nil, &AddressError{from, fmt.Sprintf("cannot become %s: a module moves to a module, a block to a block", to)}
	case from.Kind != to.Kind:
		return nil, nil, &AddressError{from, fmt.Sprintf("cannot become %s: a %s stays a %s", to, from.Kind, from.Kind)}
	case to.Key != "" && len(found) > 1:
		return nil, nil, &AddressError{from, fmt.Sprintf("has %d instances, and %s is one: name the instance to move, such as %s", len(found), to, found[0].Address)}
	}
	taken := make(map[resource.Address]bool, len(s.Resources))
	for _, r := range s.Resources {
		taken[r.Address] = true
	}
	moves := make(map[resource.Address]resource.Address, len(found))
	moved := make([]Moved, 0, len(found))
	for _, r := range found {
		target, ok := r.Address.Move(from, to)
		switch {
		case !ok && from.IsModule():
			return nil, nil, &AddressError{from, fmt.Sprintf("has instances, and %s is one: name the instance to move, such as %s", to, r.Address.Module)}
		case !ok:
			target = to // the only instance
		}
		if taken[target] {
			return nil, nil, &AddressError{target, fmt.Sprintf("is in the state already: remove it first (gwctl state rm '%s'), or move %s elsewhere", target, r.Address)}
		}
		moves[r.Address] = target
		moved = append(moved, Moved{r.Address, target})
	}
	next := s.Clone()
	for i := range next.Resources {
		r := &next.Resources[i]
		if target, ok := moves[r.Address]; ok {
			r.Address = target
		}
		for j, a := range r.DependsOn {
			if target, ok := moves[a]; ok {
				r.DependsOn[j] = target
			}
		}
		slices.SortFunc(r.DependsOn, resource.Address.Compare)
	}
	next.sort()
	return next, moved, nil
}

// Remove returns the state without what a covers, and what that was. The
// objects stay live; gwctl knows of them no more.
func (s *State) Remove(a resource.Address) (*State, []Record, error) {
	removed := s.Match(a)
	if len(removed) == 0 {
		return nil, nil, &AddressError{a, "is not in the state; gwctl state list shows what is"}
	}
	next := s.Clone()
	next.Resources = slices.DeleteFunc(next.Resources, func(r Record) bool { return a.Contains(r.Address) })
	for i := range next.Resources {
		r := &next.Resources[i]
		r.DependsOn = slices.DeleteFunc(r.DependsOn, a.Contains)
	}
	next.sort()
	return next, removed, nil
}

func (s *State) sort() { slices.SortFunc(s.Resources, compareRecords) }

func compareRecords(a, b Record) int { return a.Address.Compare(b.Address) }
