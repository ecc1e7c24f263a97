package state

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// maxLeaseSize bounds what is read as a lease.
const maxLeaseSize = 64 << 10

func (f *file) Unlock(ctx context.Context, id string) error {
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

func (f *file) Acquire(ctx context.Context, mine LockInfo) (Hold, *LockInfo, error) {
	at, err := f.resolve()
	if err != nil {
		return nil, nil, err
	}
	if err := os.MkdirAll(at.dir, 0o755); err != nil {
		return nil, nil, f.cannot("lock", err)
	}
	var from *LockInfo
	err = f.guarded(ctx, at, func() error {
		holder, err := f.readLease(at)
		if err != nil {
			return err
		}
		if holder != nil && mine.Acquired.Before(holder.Expires) {
			return &LockedError{Store: f.path, Holder: *holder, Now: mine.Acquired}
		}
		from = holder
		return f.writeLease(at, mine)
	})
	return &fileHold{file: f, at: at}, from, err
}

func (f *file) readLease(at location) (*LockInfo, error) {
	opened, err := os.Open(at.lease())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, f.cannot("lock", err)
	}
	defer opened.Close()
	info := &LockInfo{}
	data, err := readBounded(opened, maxLeaseSize)
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

func (f *file) writeLease(at location, info LockInfo) error {
	data, err := json.MarshalIndent(info, "", "  ")
	if err != nil {
		return err
	}
	if err := writeAtomically(at.lease(), append(data, '\n')); err != nil {
		return f.cannot("lock", err)
	}
	return nil
}

func (f *file) removeLease(at location) error {
	if err := os.Remove(at.lease()); err != nil {
		return f.cannot("unlock", err)
	}
	return syncDir(at.dir)
}
