package state

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/gwctl/gwctl/internal/resource"
)

// Bounds of what is remembered of former applies.
const (
	maxRevisions = 20
	maxPast      = 20_000 // objects in all of them
)

// Revision is one apply to targets that keep no history of their own.
type Revision struct {
	Number uint64 `json:"number"`
	Was    []Past `json:"was"` // what it changed, as that was before
}

// Past is an object as it was before an apply.
type Past struct {
	Provider string           `json:"provider"`
	ID       resource.ID      `json:"id"`
	Object   *resource.Object `json:"object,omitempty"` // nil: it was not there
}

// RevisionError says that there is no way back to a revision.
type RevisionError struct {
	Asked  uint64
	Oldest uint64 // that can be gone back to
	Newest uint64
}

func (e *RevisionError) Error() string {
	switch {
	case e.Newest == 0:
		return "the state remembers no apply to this target, so there is nothing to go back to"
	case e.Asked > e.Newest:
		return fmt.Sprintf("there is no revision %d: the last one is %d", e.Asked, e.Newest)
	}
	return fmt.Sprintf("the way back to revision %d is not remembered: the oldest that can be gone back to is %d", e.Asked, e.Oldest)
}

// NextRevision is the number that the next revision will have.
func (s *State) NextRevision() uint64 {
	if n := len(s.History); n > 0 {
		return s.History[n-1].Number + 1
	}
	return 1
}

// Remember adds a revision, and forgets the oldest where there are too many.
// An apply that changed nothing is none.
func (s *State) Remember(was []Past) {
	if len(was) == 0 {
		return
	}
	number := s.NextRevision()
	slices.SortFunc(was, func(a, b Past) int { return cmp.Or(cmp.Compare(a.Provider, b.Provider), a.ID.Compare(b.ID)) })
	s.History = append(slices.Clone(s.History), Revision{Number: number, Was: was})
	total := 0
	for i := len(s.History) - 1; i >= 0; i-- {
		total += len(s.History[i].Was)
		if len(s.History)-i > maxRevisions || total > maxPast && i < len(s.History)-1 {
			s.History = s.History[i+1:]
			return
		}
	}
}

// At returns the objects of a provider as they were applied at a revision, or
// before the last one for nil, and the revision's number. Its error is a
// *RevisionError.
func (s *State) At(provider string, revision *uint64) ([]*resource.Object, uint64, error) {
	var mine []Revision // newest first
	for _, r := range slices.Backward(s.History) {
		if slices.ContainsFunc(r.Was, func(p Past) bool { return p.Provider == provider }) {
			mine = append(mine, r)
		}
	}
	if len(mine) == 0 {
		return nil, 0, &RevisionError{}
	}
	newest, oldest := mine[0].Number, mine[len(mine)-1].Number-1
	to := newest - 1
	if revision != nil {
		to = *revision
	}
	if to > newest || to < oldest {
		return nil, 0, &RevisionError{Asked: to, Oldest: oldest, Newest: newest}
	}
	objects := map[resource.ID]*resource.Object{}
	for _, r := range s.Resources {
		if r.Provider == provider {
			for _, o := range r.Objects {
				objects[resource.IDOf(o)] = o
			}
		}
	}
	for _, r := range mine {
		if r.Number <= to {
			break
		}
		for _, p := range r.Was {
			switch {
			case p.Provider != provider:
			case p.Object == nil:
				delete(objects, p.ID)
			default:
				objects[p.ID] = p.Object
			}
		}
	}
	out := slices.Collect(maps.Values(objects))
	slices.SortFunc(out, func(a, b *resource.Object) int { return resource.IDOf(a).Compare(resource.IDOf(b)) })
	return out, to, nil
}
