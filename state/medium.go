package state

import (
	"context"
	"time"
)

// Medium is a place that keeps one state and one lease on it. On makes a Store
// of it: what all stores have in common is there, and what differs is here.
type Medium interface {
	// Describe names the place for people: a path, an object of a cluster.
	Describe() string
	// Backup says where the state before the last write is kept, "" where it
	// is not.
	Backup() string
	// Load returns the encoded state, nil where none was ever written.
	Load(ctx context.Context) ([]byte, error)
	// Acquire takes the lease if nobody holds one that is not expired at the
	// time that mine is acquired: that is a *LockedError. It returns the
	// expired one that it replaced, if any.
	Acquire(ctx context.Context, mine LockInfo) (hold Hold, from *LockInfo, err error)
	// Unlock removes the lease with this id, or returns an *UnlockError.
	Unlock(ctx context.Context, id string) error
}

// Hold is a lease that was acquired. Where somebody else holds it by now, or
// nobody, its methods change nothing and return a *FencedError. Renew may be
// called beside the others.
type Hold interface {
	// Renew writes mine, with its new times, for others to see.
	Renew(ctx context.Context, mine LockInfo) error
	// Save makes data, which is s encoded, the state, so that at any moment, a
	// crash included, the state is the old one or the new one. Before that,
	// replaces is given what is stored, unless nothing is, and may refuse.
	Save(ctx context.Context, mine LockInfo, s *State, data []byte, replaces func(stored []byte) error) error
	// Release removes the lease.
	Release(ctx context.Context, mine LockInfo) error
}

// Options say for whom a store works. The zero value of each field stands for
// its default.
type Options struct {
	Owner string           // states of other owners are refused; "" takes any
	Gwctl string           // version of this gwctl, written into the state; "" keeps the state's
	TTL   time.Duration    // of a lease that is not renewed; 30s
	Now   func() time.Time // time.Now
}
