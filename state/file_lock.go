package state

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"strconv"
	"time"
)

// maxLeaseSize bounds what is read as a lease.
const maxLeaseSize = 64 << 10

// lockPoll is how often a waiting Lock looks again.
const lockPoll = 100 * time.Millisecond

func (f *fileStore) Lock(ctx context.Context, operation string, wait time.Duration) (Lease, error) {
	at, err := f.resolve()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(at.dir, 0o755); err != nil {
		return nil, f.cannot("lock", err)
	}
	deadline := time.Now().Add(wait)
	var locked *LockedError
	for {
		info, err := f.acquire(ctx, at, operation)
		if err == nil {
			return startLease(ctx, f, at, info), nil
		}
		if e, ok := errors.AsType[*LockedError](err); ok {
			locked = e
		} else if locked != nil && ctx.Err() != nil {
			return nil, fmt.Errorf("stopped waiting for the lock (%w): %w", context.Cause(ctx), locked)
		} else {
			return nil, err
		}
		left := time.Until(deadline)
		if left <= 0 {
			return nil, locked
		}
		select {
		case <-ctx.Done():
		case <-time.After(min(left, lockPoll)):
		}
	}
}

func (f *fileStore) Unlock(ctx context.Context, id string) error {
	at, err := f.resolve()
	if err != nil {
		return err
	}
	if _, err := os.Stat(at.dir); errors.Is(err, fs.ErrNotExist) {
		return &UnlockError{Store: f.path, ID: id}
	}
	return f.guarded(ctx, at, func() error {
		holder, err := f.readLease(at)
		switch {
		case err != nil:
			return err
		case holder == nil || holder.ID != id:
			return &UnlockError{Store: f.path, ID: id, Holder: holder}
		}
		return f.removeLease(at)
	})
}

// acquire takes the lease if it is free or expired.
func (f *fileStore) acquire(ctx context.Context, at location, operation string) (LockInfo, error) {
	var info LockInfo
	err := f.guarded(ctx, at, func() error {
		holder, err := f.readLease(at)
		if err != nil {
			return err
		}
		now := f.opts.Now().UTC()
		if holder != nil && now.Before(holder.Expires) {
			return &LockedError{Store: f.path, Holder: *holder, Now: now}
		}
		if holder != nil {
			holder.TakenFrom = nil // one generation is told
		}
		info = LockInfo{
			ID: rand.Text(), Owner: lockOwner(), Operation: operation,
			Acquired: now, Renewed: now, Expires: now.Add(f.opts.TTL), TakenFrom: holder,
		}
		return f.writeLease(at, info)
	})
	return info, err
}

func (f *fileStore) readLease(at location) (*LockInfo, error) {
	file, err := os.Open(at.lease())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, f.cannot("lock", err)
	}
	defer file.Close()
	info := &LockInfo{}
	data, err := readBounded(file, maxLeaseSize)
	if err == nil {
		err = json.Unmarshal(data, info)
	}
	if err == nil && info.ID == "" {
		err = errors.New("it names no holder")
	}
	if err != nil {
		return nil, fmt.Errorf("the lock file %s of the state cannot be understood: %w; if no gwctl works on this state, remove the file", at.lease(), err)
	}
	return info, nil
}

func (f *fileStore) writeLease(at location, info LockInfo) error {
	data, err := json.MarshalIndent(info, "", "  ")
	if err != nil {
		return err
	}
	if err := writeAtomically(at.lease(), append(data, '\n')); err != nil {
		return f.cannot("lock", err)
	}
	return nil
}

func (f *fileStore) removeLease(at location) error {
	if err := os.Remove(at.lease()); err != nil {
		return f.cannot("unlock", err)
	}
	return syncDir(at.dir)
}

// lockOwner names this process to people: "alice@build-7 (pid 4711)".
func lockOwner() string {
	name := "uid " + strconv.Itoa(os.Getuid())
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	host, err := os.Hostname()
	if err != nil {
		host = "unknown host"
	}
	return fmt.Sprintf("%s@%s (pid %d)", name, host, os.Getpid())
}
