package state

import "crypto/rand"

// New returns an empty state with a lineage of its own.
func New(owner string) *State {
	return &State{Version: FormatVersion, Lineage: NewLineage(), Owner: owner, Targets: map[string]string{}}
}

// NewLineage returns a name for the history of one state that no other has.
func NewLineage() string { return rand.Text() }
