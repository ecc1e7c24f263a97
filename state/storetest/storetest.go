// Package storetest tests what every store of states does, wherever it keeps
// them.
package storetest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/gwctl/gwctl/state"
)

// Place is where the state of one owner is kept. Each call returns a client of
// its own, as another process would have.
type Place func(state.Options) state.Store

// Run runs all tests, each on a place of its own.
func Run(t *testing.T, place func(testing.TB) Place) {
	for _, behaviour := range []struct {
		name string
		test func(*testing.T, Place)
	}{
		{"an absent state is nil", absentIsNil},
		{"what was written is read by all", writtenIsRead},
		{"a write refuses what does not follow", refuseWhatDoesNotFollow},
		{"a second lock says who holds the first", secondLockSaysWho},
		{"a released lock is free", releasedIsFree},
		{"a lock waits for its holder", lockWaits},
		{"a heartbeat keeps the lease while its owner lives", heartbeatKeeps},
		{"a lease that was taken over writes nothing", takenOverWritesNothing},
		{"a lease that was removed writes nothing", removedWritesNothing},
		{"a lease that expired unseen is its holder's", expiredUnseen},
		{"of many takers one wins", oneTakerWins},
		{"unlock removes the named lease only", unlockRemovesNamed},
		{"nothing is done for who has cancelled", cancelledDoesNothing},
		{"clients count without losing one", countWithoutLosing},
		{"no order of clients writes under a lost lease", anyOrder},
	} {
		t.Run(behaviour.name, func(t *testing.T) { behaviour.test(t, place(t)) })
	}
}

// owner is whose states the tests write.
const owner = "shop"

// clock is a hand-moved time of day.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func newClock() *clock { return &clock{t: time.Now()} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// at is a client whose clock is moved by hand.
func (p Place) at(c *clock) state.Store { return p(state.Options{Owner: owner, Now: c.now}) }

func (p Place) open() state.Store { return p(state.Options{Owner: owner, Gwctl: "0.1.0"}) }

func sample(serial uint64) *state.State {
	s := state.New(owner)
	s.Gwctl, s.Serial = "0.1.0", serial
	return s
}

func lock(t *testing.T, store state.Store, operation string) state.Lease {
	t.Helper()
	lease, err := store.Lock(t.Context(), operation, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = lease.Release(context.Background()) }) // lost, in some tests
	return lease
}

func write(t *testing.T, store state.Store, s *state.State) {
	t.Helper()
	lease, err := store.Lock(t.Context(), "write", 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(lease.Write(t.Context(), s), lease.Release(t.Context())); err != nil {
		t.Fatal(err)
	}
}

// wantSerial: 0 is no state at all.
func wantSerial(t *testing.T, store state.Store, want uint64) {
	t.Helper()
	s, err := store.Read(t.Context())
	switch {
	case err != nil:
		t.Error(err)
	case s == nil && want != 0:
		t.Errorf("there is no state, want serial %d", want)
	case s != nil && s.Serial != want:
		t.Errorf("serial %d, want %d", s.Serial, want)
	}
}

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}
