package state

import (
	"fmt"
	"strings"
	"time"

	"github.com/gwctl/gwctl/internal/resource"
)

// FormatError says that what a store holds is no state that gwctl can read.
type FormatError struct {
	Store        string // path or URL
	Line, Column int    // 1-based; 0 where the place is not known
	Backup       string // where the state before the last write is kept; "" when there is none
	Err          error
}

func (e *FormatError) Error() string {
	var b strings.Builder
	b.WriteString(e.Store)
	if e.Line > 0 {
		fmt.Fprintf(&b, ", line %d, column %d", e.Line, e.Column)
	}
	fmt.Fprintf(&b, ": not a readable gwctl state: %v.", e.Err)
	if e.Backup != "" {
		fmt.Fprintf(&b, " The state before the last write is kept in %s: look at it, then copy it over %s.", e.Backup, e.Store)
	} else {
		b.WriteString(" There is no backup beside it; without a state, gwctl plan finds what is live and owned.")
	}
	return b.String()
}

func (e *FormatError) Unwrap() error { return e.Err }

// VersionError says that a newer gwctl wrote the state.
type VersionError struct {
	Store   string
	Version int    // of the format
	Gwctl   string // version that wrote it
}

func (e *VersionError) Error() string {
	return fmt.Sprintf("%s: the state was written by gwctl %s in format %d, and this gwctl reads formats up to %d: use gwctl %s or later",
		e.Store, e.Gwctl, e.Version, FormatVersion, e.Gwctl)
}

// OwnerError says that the state is the record of somebody else.
type OwnerError struct {
	Store  string
	Stored string // owner in the store
	Want   string // owner in the configuration
}

func (e *OwnerError) Error() string {
	return fmt.Sprintf("%s: the state belongs to the owner %q, and this configuration is %q: name another state, or set name = %q in the gwctl block",
		e.Store, e.Stored, e.Want, e.Stored)
}

// LineageError says that a state to be written does not descend from the
// stored one.
type LineageError struct {
	Store  string
	Stored string
	Given  string
}

func (e *LineageError) Error() string {
	return fmt.Sprintf("%s: the stored state has lineage %q and the one to write has %q: they are records of different things, so neither replaces the other; to start over, move the stored one away",
		e.Store, e.Stored, e.Given)
}

// SerialError says that a state to be written is not newer than the stored one.
type SerialError struct {
	Store  string
	Stored uint64
	Given  uint64
}

func (e *SerialError) Error() string {
	return fmt.Sprintf("%s: the stored state has serial %d and the one to write has %d, which must be greater: it was made from an older state; pull the state again and repeat the change",
		e.Store, e.Stored, e.Given)
}

// LockedError says that somebody else holds the lease.
type LockedError struct {
	Store  string
	Holder LockInfo
	Now    time.Time // when it was found locked
}

func (e *LockedError) Error() string {
	return fmt.Sprintf("the state %s is locked by %s for %s since %s (renewed %s ago, ends in %s unless renewed; id %s). Wait for it with -lock-timeout=1m; if its owner is gone for good: gwctl force-unlock %s",
		e.Store, e.Holder.Owner, e.Holder.Operation, age(e.Now.Sub(e.Holder.Acquired)), age(e.Now.Sub(e.Holder.Renewed)),
		age(e.Holder.Expires.Sub(e.Now)), e.Holder.ID, e.Holder.ID)
}

// FencedError says that a lease was lost, and with it the right to write.
type FencedError struct {
	Store  string
	Lost   LockInfo
	Holder *LockInfo // who holds the lease now; nil when nobody does
}

func (e *FencedError) Error() string {
	now := "nobody holds it now: it was removed by force-unlock"
	if e.Holder != nil {
		now = fmt.Sprintf("%s holds it now, for %s (id %s)", e.Holder.Owner, e.Holder.Operation, e.Holder.ID)
	}
	return fmt.Sprintf("the lock %s on the state %s was lost and nothing more is written under it; %s. Plan again when the state is free",
		e.Lost.ID, e.Store, now)
}

// UnlockError says that the lease to remove is not there.
type UnlockError struct {
	Store  string
	ID     string
	Holder *LockInfo // who holds the lease; nil when nobody does
}

func (e *UnlockError) Error() string {
	if e.Holder == nil {
		return fmt.Sprintf("the state %s is not locked: there is nothing to unlock", e.Store)
	}
	return fmt.Sprintf("the state %s is locked with id %s, not %s: by %s, for %s", e.Store, e.Holder.ID, e.ID, e.Holder.Owner, e.Holder.Operation)
}

// AddressError says that the state cannot be changed at an address.
type AddressError struct {
	Address resource.Address
	Problem string
}

func (e *AddressError) Error() string { return e.Address.String() + " " + e.Problem }

// age rounds a duration to what people care about.
func age(d time.Duration) time.Duration {
	if d < 0 {
		return 0
	}
	if d < 10*time.Second {
		return d.Round(100 * time.Millisecond)
	}
	return d.Round(time.Second)
}
