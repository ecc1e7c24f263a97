//go:build unix

package state

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"syscall"
	"time"
)

// guarded runs do while no other process, and no other goroutine, works on the
// files at the same place. It is for moments; leases are for whole operations.
// The kernel drops the guard of a process that dies.
func (f *file) guarded(ctx context.Context, at location, do func() error) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		guard, err := os.OpenFile(at.guard(), os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return f.cannot("lock", err)
		}
		taken, err := tryFlock(guard)
		if err == nil && taken {
			// Whoever had the guard removed it: it may be a name for nothing.
			taken, err = sameFile(guard, at.guard())
		}
		if err != nil {
			guard.Close()
			return f.cannot("lock", err)
		}
		if taken {
			defer guard.Close()
			defer os.Remove(at.guard())
			return do()
		}
		guard.Close()
		select {
		case <-ctx.Done():
		case <-time.After(2 * time.Millisecond):
		}
	}
}

func tryFlock(file *os.File) (bool, error) {
	for {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case err == nil:
			return true, nil
		case errors.Is(err, syscall.EINTR):
		case errors.Is(err, syscall.EWOULDBLOCK):
			return false, nil
		default:
			return false, &fs.PathError{Op: "flock", Path: file.Name(), Err: err}
		}
	}
}

func sameFile(file *os.File, path string) (bool, error) {
	mine, err := file.Stat()
	if err != nil {
		return false, err
	}
	present, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && os.SameFile(mine, present), err
}
