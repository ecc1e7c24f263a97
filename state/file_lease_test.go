package state

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func cancelled(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

func isCancelled(err error) bool { return errors.Is(err, context.Canceled) }

func TestASecondLockSaysWhoHoldsTheFirst(t *testing.T) {
	clock := newClock()
	store := File(filepath.Join(t.TempDir(), "s.json"), FileOptions{Now: clock.now})
	first := lock(t, store, "apply").Info()
	clock.advance(5 * time.Second)
	_, err := store.Lock(t.Context(), "plan", 0)
	e, ok := errors.AsType[*LockedError](err)
	if !ok || e.Holder.ID != first.ID {
		t.Fatalf("error %v, want a LockedError by %s", err, first.ID)
	}
	for _, want := range []string{first.Owner, "for apply since 5s", "ends in 25s", "-lock-timeout", "gwctl force-unlock " + first.ID} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %q does not say %q", err, want)
		}
	}
}

func TestReleasedLockIsFree(t *testing.T) {
	dir := t.TempDir()
	store := File(filepath.Join(dir, "s.json"), FileOptions{})
	lease := lock(t, store, "apply")
	if err := lease.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := lease.Release(t.Context()); err != nil {
		t.Errorf("releasing again: %v", err)
	}
	if err := lease.Write(t.Context(), stateOf(t)); err == nil {
		t.Error("a released lease wrote")
	}
	wantFiles(t, dir)
	if from := lock(t, store, "plan").Info().TakenFrom; from != nil {
		t.Errorf("a free lock was taken from %+v", from)
	}
}

func TestHeartbeatKeepsTheLeaseForAsLongAsItsOwnerLives(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.json")
	synctest.Test(t, func(t *testing.T) {
		store := File(path, FileOptions{})
		lease, err := store.Lock(t.Context(), "apply", 0)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		if _, err := store.Lock(t.Context(), "plan", 0); !isA[*LockedError](err) {
			t.Errorf("after an hour: %v, want a LockedError", err)
		}
		if err := lease.Write(t.Context(), stateOf(t)); err != nil {
			t.Errorf("after an hour the holder cannot write: %v", err)
		}
		if err := lease.Release(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestLockWaitsUntilTheHolderReleases(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.json")
	synctest.Test(t, func(t *testing.T) {
		store := File(path, FileOptions{})
		first, err := store.Lock(t.Context(), "apply", 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := store.Lock(t.Context(), "plan", 10*time.Second); !isA[*LockedError](err) {
			t.Errorf("after waiting in vain: %v, want a LockedError", err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := store.Lock(ctx, "plan", time.Hour); !isA[*LockedError](err) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("after it was cancelled: %v, want both reasons", err)
		}
		go func() {
			time.Sleep(time.Minute)
			if err := first.Release(t.Context()); err != nil {
				t.Error(err)
			}
		}()
		second, err := store.Lock(t.Context(), "plan", 2*time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		if err := second.Release(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestLostLeaseWritesNothing(t *testing.T) {
	for name, lose := range map[string]func(t *testing.T, store Store, lease Lease, clock *clock) *LockInfo{
		"taken over": func(t *testing.T, store Store, _ Lease, clock *clock) *LockInfo {
			clock.advance(time.Hour) // the holder sleeps through it
			info := lock(t, store, "plan").Info()
			return &info
		},
		"removed by force": func(t *testing.T, store Store, lease Lease, _ *clock) *LockInfo {
			if err := store.Unlock(t.Context(), lease.Info().ID); err != nil {
				t.Fatal(err)
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			clock := newClock()
			store := File(filepath.Join(t.TempDir(), "s.json"), FileOptions{Now: clock.now})
			s := stateOf(t)
			lease := lock(t, store, "apply")
			if err := lease.Write(t.Context(), s); err != nil {
				t.Fatal(err)
			}
			holder := lose(t, store, lease, clock)
			s.Serial++
			err := lease.Write(t.Context(), s)
			e, ok := errors.AsType[*FencedError](err)
			switch {
			case !ok:
				t.Fatalf("error %v, want a FencedError", err)
			case holder == nil && (e.Holder != nil || !strings.Contains(err.Error(), "force-unlock")):
				t.Errorf("error %v, want that it was removed", err)
			case holder != nil && (e.Holder == nil || e.Holder.ID != holder.ID || !strings.Contains(err.Error(), holder.ID)):
				t.Errorf("error %v, want the holder %s", err, holder.ID)
			}
			if got := read(t, store); got.Serial != 1 {
				t.Errorf("serial %d was written under a lost lease", got.Serial)
			}
			if err := lease.Release(t.Context()); !isA[*FencedError](err) {
				t.Errorf("releasing what is lost: %v, want a FencedError", err)
			}
			if holder != nil {
				if _, err := store.Lock(t.Context(), "third", 0); !isA[*LockedError](err) {
					t.Errorf("the loser's release freed the holder's lock: %v", err)
				}
			}
		})
	}
}

func TestALeaseThatExpiredUnseenIsStillTheHolders(t *testing.T) {
	clock := newClock()
	store := File(filepath.Join(t.TempDir(), "s.json"), FileOptions{Now: clock.now})
	lease := lock(t, store, "apply")
	clock.advance(time.Hour)
	if err := lease.Write(t.Context(), stateOf(t)); err != nil {
		t.Errorf("nobody took the lease, and yet: %v", err)
	}
}

func TestOfManyTakersOneWins(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.json")
	clock := newClock()
	dead := lock(t, File(path, FileOptions{Now: clock.now}), "apply").Info()
	clock.advance(time.Hour)
	const takers = 16
	leases, errs := make([]Lease, takers), make([]error, takers)
	var wg sync.WaitGroup
	for i := range takers {
		wg.Go(func() {
			leases[i], errs[i] = File(path, FileOptions{Now: clock.now}).Lock(t.Context(), "apply", 0)
		})
	}
	wg.Wait()
	var won int
	for i, lease := range leases {
		if errs[i] != nil {
			if !isA[*LockedError](errs[i]) {
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

func TestUnlockRemovesTheNamedLeaseOnly(t *testing.T) {
	dir := t.TempDir()
	store := File(filepath.Join(dir, "s.json"), FileOptions{})
	if e, ok := errors.AsType[*UnlockError](store.Unlock(t.Context(), "x")); !ok || e.Holder != nil {
		t.Error("unlocking what is free succeeded")
	}
	absent := File(filepath.Join(dir, "absent", "s.json"), FileOptions{})
	if err := absent.Unlock(t.Context(), "x"); !isA[*UnlockError](err) {
		t.Errorf("in a folder that is not there: %v, want an UnlockError", err)
	}
	info := lock(t, store, "apply").Info()
	e, ok := errors.AsType[*UnlockError](store.Unlock(t.Context(), "x"))
	if !ok || e.Holder == nil || e.Holder.ID != info.ID || !strings.Contains(e.Error(), info.ID) {
		t.Errorf("by a wrong id: %v, want an UnlockError with the right one", e)
	}
	if err := store.Unlock(t.Context(), info.ID); err != nil {
		t.Fatal(err)
	}
	lock(t, store, "plan")
}

func TestALockFileThatIsNoneIsNotTakenForFree(t *testing.T) {
	for _, content := range []string{"", "oops", "{}"} {
		dir := t.TempDir()
		file := filepath.Join(dir, ".s.json.lock.json")
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := File(filepath.Join(dir, "s.json"), FileOptions{}).Lock(t.Context(), "apply", time.Minute)
		if err == nil || !strings.Contains(err.Error(), file) || !strings.Contains(err.Error(), "remove the file") {
			t.Errorf("%q: error %v, want the file and what to do", content, err)
		}
	}
}

func TestCancelledLockAndWriteLeaveNothing(t *testing.T) {
	dir := t.TempDir()
	store := File(filepath.Join(dir, "s.json"), FileOptions{})
	if _, err := store.Lock(cancelled(t), "apply", 0); !isCancelled(err) {
		t.Errorf("lock: %v", err)
	}
	wantFiles(t, dir)
	lease := lock(t, store, "apply")
	if err := lease.Write(cancelled(t), stateOf(t)); !isCancelled(err) {
		t.Errorf("write: %v", err)
	}
	wantFiles(t, dir, ".s.json.lock.json")
}
