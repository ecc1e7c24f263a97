package storetest

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gwctl/gwctl/state"
)

func cancelled(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

func secondLockSaysWho(t *testing.T, p Place) {
	clock := newClock()
	first := lock(t, p.at(clock), "apply").Info()
	clock.advance(5 * time.Second)
	_, err := p.at(clock).Lock(t.Context(), "plan", 0)
	e, ok := errors.AsType[*state.LockedError](err)
	if !ok || e.Holder.ID != first.ID {
		t.Fatalf("error %v, want a LockedError by %s", err, first.ID)
	}
	for _, want := range []string{first.Owner, "for apply since 5s", "ends in 25s", "-lock-timeout", "gwctl force-unlock " + first.ID} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %q does not say %q", err, want)
		}
	}
}

func releasedIsFree(t *testing.T, p Place) {
	lease := lock(t, p.open(), "apply")
	if err := lease.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := lease.Release(t.Context()); err != nil {
		t.Errorf("releasing again: %v", err)
	}
	if err := lease.Write(t.Context(), sample(1)); err == nil {
		t.Error("a released lease wrote")
	}
	wantSerial(t, p.open(), 0)
	if from := lock(t, p.open(), "plan").Info().TakenFrom; from != nil {
		t.Errorf("a free lock was taken from %+v", from)
	}
}

func lockWaits(t *testing.T, p Place) {
	first := lock(t, p.open(), "apply")
	if _, err := p.open().Lock(t.Context(), "plan", 10*time.Millisecond); !is[*state.LockedError](err) {
		t.Errorf("after waiting in vain: %v, want a LockedError", err)
	}
	waiting := p.open()
	took := make(chan error)
	go func() {
		second, err := waiting.Lock(t.Context(), "plan", time.Minute)
		if err == nil {
			err = second.Release(t.Context())
		}
		took <- err
	}()
	if err := first.Release(t.Context()); err != nil {
		t.Error(err)
	}
	if err := <-took; err != nil {
		t.Error(err)
	}
}

// heartbeatKeeps waits until the lease would have ended without one.
func heartbeatKeeps(t *testing.T, p Place) {
	short := state.Options{Owner: owner, TTL: time.Second}
	lease := lock(t, p(short), "apply")
	for first := lease.Info(); lease.Info().Renewed.Before(first.Expires); {
		_, err := p(short).Lock(t.Context(), "plan", 50*time.Millisecond)
		if !is[*state.LockedError](err) {
			t.Fatalf("while its owner lives: %v, want a LockedError", err)
		}
	}
	if err := lease.Write(t.Context(), sample(1)); err != nil {
		t.Errorf("the holder cannot write any more: %v", err)
	}
}

func takenOverWritesNothing(t *testing.T, p Place) {
	clock := newClock()
	lost := lock(t, p.at(clock), "apply")
	s := sample(1)
	if err := lost.Write(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	clock.advance(time.Hour) // the holder sleeps through it
	winner := lock(t, p.at(clock), "plan")
	if from := winner.Info().TakenFrom; from == nil || from.ID != lost.Info().ID || from.Operation != "apply" {
		t.Errorf("it was taken from %+v, want the expired one", from)
	}
	holder := winner.Info()
	wantFenced(t, p, lost, s, &holder)
	if _, err := p.at(clock).Lock(t.Context(), "third", 0); !is[*state.LockedError](err) {
		t.Errorf("the loser's release freed the holder's lock: %v", err)
	}
	s.Serial++
	if err := winner.Write(t.Context(), s); err != nil {
		t.Errorf("the holder cannot write: %v", err)
	}
}

func removedWritesNothing(t *testing.T, p Place) {
	lost := lock(t, p.open(), "apply")
	s := sample(1)
	if err := lost.Write(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	if err := p.open().Unlock(t.Context(), lost.Info().ID); err != nil {
		t.Fatal(err)
	}
	wantFenced(t, p, lost, s, nil)
}

// wantFenced tries to write what follows s.
func wantFenced(t *testing.T, p Place, lost state.Lease, s *state.State, holder *state.LockInfo) {
	t.Helper()
	next := s.Clone()
	next.Serial++
	err := lost.Write(t.Context(), next)
	e, ok := errors.AsType[*state.FencedError](err)
	switch {
	case !ok:
		t.Fatalf("error %v, want a FencedError", err)
	case holder == nil && (e.Holder != nil || !strings.Contains(err.Error(), "force-unlock")):
		t.Errorf("error %v, want that it was removed", err)
	case holder != nil && (e.Holder == nil || e.Holder.ID != holder.ID || !strings.Contains(err.Error(), holder.ID)):
		t.Errorf("error %v, want the holder %s", err, holder.ID)
	}
	wantSerial(t, p.open(), s.Serial)
	if err := lost.Release(t.Context()); !is[*state.FencedError](err) {
		t.Errorf("releasing what is lost: %v, want a FencedError", err)
	}
}

func expiredUnseen(t *testing.T, p Place) {
	clock := newClock()
	lease := lock(t, p.at(clock), "apply")
	clock.advance(time.Hour)
	if err := lease.Write(t.Context(), sample(1)); err != nil {
		t.Errorf("nobody took the lease, and yet: %v", err)
	}
}

func oneTakerWins(t *testing.T, p Place) {
	clock := newClock()
	dead := lock(t, p.at(clock), "apply").Info()
	clock.advance(time.Hour)
	const takers = 16
	leases, errs := make([]state.Lease, takers), make([]error, takers)
	var wg sync.WaitGroup
	for i := range takers {
		store := p.at(clock)
		wg.Go(func() { leases[i], errs[i] = store.Lock(t.Context(), "apply", 0) })
	}
	wg.Wait()
	var won int
	for i, lease := range leases {
		if errs[i] != nil {
			if !is[*state.LockedError](errs[i]) {
				t.Errorf("a loser got %v, want a LockedError", errs[i])
			}
			continue
		}
		won++
		if from := lease.Info().TakenFrom; from == nil || from.ID != dead.ID {
			t.Errorf("the winner took it from %+v, want %s", from, dead.ID)
		}
		if err := lease.Release(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if won != 1 {
		t.Errorf("%d of %d takers won", won, takers)
	}
}

func unlockRemovesNamed(t *testing.T, p Place) {
	if e, ok := errors.AsType[*state.UnlockError](p.open().Unlock(t.Context(), "x")); !ok || e.Holder != nil {
		t.Error("unlocking what is free succeeded")
	}
	info := lock(t, p.open(), "apply").Info()
	e, ok := errors.AsType[*state.UnlockError](p.open().Unlock(t.Context(), "x"))
	if !ok || e.Holder == nil || e.Holder.ID != info.ID || !strings.Contains(e.Error(), info.ID) {
		t.Errorf("by a wrong id: %v, want an UnlockError with the right one", e)
	}
	if err := p.open().Unlock(t.Context(), info.ID); err != nil {
		t.Fatal(err)
	}
	lock(t, p.open(), "plan")
}

func cancelledDoesNothing(t *testing.T, p Place) {
	if _, err := p.open().Read(cancelled(t)); !errors.Is(err, context.Canceled) {
		t.Errorf("read: %v", err)
	}
	if _, err := p.open().Lock(cancelled(t), "apply", time.Minute); !errors.Is(err, context.Canceled) {
		t.Errorf("lock: %v", err)
	}
	lease := lock(t, p.open(), "apply")
	ctx, cancel := context.WithCancel(t.Context())
	stopped := make(chan error)
	waiting := p.open()
	go func() {
		_, err := waiting.Lock(ctx, "plan", time.Hour)
		stopped <- err
	}()
	cancel()
	if err := <-stopped; !errors.Is(err, context.Canceled) {
		t.Errorf("waiting: %v", err)
	}
	if err := lease.Write(cancelled(t), sample(1)); !errors.Is(err, context.Canceled) {
		t.Errorf("write: %v", err)
	}
	wantSerial(t, p.open(), 0)
}
