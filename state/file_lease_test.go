package state

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
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

func TestAReleasedLockLeavesNoFiles(t *testing.T) {
	dir := t.TempDir()
	if err := lock(t, File(filepath.Join(dir, "s.json"), Options{}), "apply").Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantFiles(t, dir)
}

func TestHeartbeatKeepsTheLeaseForAsLongAsItsOwnerLives(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.json")
	synctest.Test(t, func(t *testing.T) {
		store := File(path, Options{})
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
		store := File(path, Options{})
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

func TestInAFolderThatIsNotThereNothingIsLocked(t *testing.T) {
	absent := File(filepath.Join(t.TempDir(), "absent", "s.json"), Options{})
	if err := absent.Unlock(t.Context(), "x"); !isA[*UnlockError](err) {
		t.Errorf("error %v, want an UnlockError", err)
	}
}

func TestALockFileThatIsNoneIsNotTakenForFree(t *testing.T) {
	for _, content := range []string{"", "oops", "{}"} {
		dir := t.TempDir()
		file := filepath.Join(dir, ".s.json.lock.json")
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := File(filepath.Join(dir, "s.json"), Options{}).Lock(t.Context(), "apply", time.Minute)
		if err == nil || !strings.Contains(err.Error(), file) || !strings.Contains(err.Error(), "remove the file") {
			t.Errorf("%q: error %v, want the file and what to do", content, err)
		}
	}
}

func TestCancelledLockAndWriteLeaveNothing(t *testing.T) {
	dir := t.TempDir()
	store := File(filepath.Join(dir, "s.json"), Options{})
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
