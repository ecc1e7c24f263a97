// Package state is gwctl's record of what it owns: identities and the objects
// as last applied, never a secret's value.
package state

import (
	"context"
	"encoding/json"
	"time"

	"github.com/gwctl/gwctl/internal/resource"
)

// State is the record of one owner.
type State struct {
	Version   int               `json:"version"` // of this format
	Gwctl     string            `json:"gwctl_version"`
	Serial    uint64            `json:"serial"` // grows with every write
	Lineage   string            `json:"lineage"`
	Owner     string            `json:"owner"`
	Targets   map[string]string `json:"targets"` // identity of each provider's target
	Resources []Record          `json:"resources"`
	Outputs   map[string]Output `json:"outputs,omitempty"`
	History   []Revision        `json:"history,omitempty"` // oldest first
}

// Record is one resource that was applied.
type Record struct {
	Address   resource.Address   `json:"address"`
	Provider  string             `json:"provider"`
	Objects   []*resource.Object `json:"objects"` // as last applied
	DependsOn []resource.Address `json:"depends_on,omitempty"`
	// PreventDestroy outlives the block, so that removing it asks too.
	PreventDestroy bool `json:"prevent_destroy,omitempty"`
}

// Output is a root output value; a sensitive one keeps no value.
type Output struct {
	Value     json.RawMessage `json:"value,omitempty"`
	Sensitive bool            `json:"sensitive,omitempty"`
}

// Store keeps one owner's state. Its errors are the types of this package's
// errors.go or wrap the cause.
type Store interface {
	// Describe names the store for people: a path, a URL.
	Describe() string
	// Read returns the state, nil where none was ever written.
	Read(ctx context.Context) (*State, error)
	// Lock takes the lease, retrying for at most wait. The lease renews
	// itself until Release; a write under a lost lease fails.
	Lock(ctx context.Context, operation string, wait time.Duration) (Lease, error)
	// Unlock removes the lease with this id, whoever holds it.
	Unlock(ctx context.Context, id string) error
}

// Lease is the right to write one state.
type Lease interface {
	Info() LockInfo
	// Write replaces the state atomically; its serial must be greater than
	// the stored one's.
	Write(ctx context.Context, s *State) error
	// Release gives the lease up. When ctx is done already, the lease is left
	// to expire.
	Release(ctx context.Context) error
}

// LockInfo says who holds a lease, or held one.
type LockInfo struct {
	ID        string    `json:"id"`
	Owner     string    `json:"owner"` // user@host, process
	Operation string    `json:"operation"`
	Acquired  time.Time `json:"acquired"`
	Renewed   time.Time `json:"renewed"`
	Expires   time.Time `json:"expires"`
	// TakenFrom is the holder whose expired lease this one replaced.
	TakenFrom *LockInfo `json:"taken_from,omitempty"`
}
