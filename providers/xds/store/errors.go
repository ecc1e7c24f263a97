package store

import (
	"errors"
	"fmt"
	"runtime/debug"
)

// LockedError says that another process has the store open.
type LockedError struct{ Path string }

func (e *LockedError) Error() string {
	return fmt.Sprintf("%s is in use by another server: stop that one, or give this one a folder of its own with -data", e.Path)
}

// CorruptError says that the store is damaged.
type CorruptError struct {
	Path string
	Err  error
}

func (e *CorruptError) Error() string {
	return fmt.Sprintf("%s is damaged: %v. Restore it from a backup, or move it away, start anew and apply every configuration again "+
		"(Envoys keep what they have until then)", e.Path, e.Err)
}

func (e *CorruptError) Unwrap() error { return e.Err }

// FormatError says that a newer gwctl wrote the store.
type FormatError struct {
	Path  string
	Found int
}

func (e *FormatError) Error() string {
	return fmt.Sprintf("%s has format %d, and this gwctl knows formats up to %d: run the gwctl that wrote it, or a newer one", e.Path, e.Found, Format)
}

// PrunedError says that the history does not reach back so far.
type PrunedError struct {
	Owner     string
	Revision  uint64 // wanted
	Oldest    uint64 // the first that can be had
	Committed uint64 // the last one
}

func (e *PrunedError) Error() string {
	if e.Revision > e.Committed {
		return fmt.Sprintf("there is no revision %d yet: the last one is %d", e.Revision, e.Committed)
	}
	return fmt.Sprintf("the objects of %q as of revision %d are not kept any more: the history goes back to revision %d", e.Owner, e.Revision, e.Oldest)
}

// guarded turns the panics and memory faults that a damaged file causes inside
// bbolt into a *CorruptError.
func guarded(path string, f func() error) (err error) {
	old := debug.SetPanicOnFault(true)
	defer func() {
		debug.SetPanicOnFault(old)
		if p := recover(); p != nil {
			cause, ok := p.(error)
			if !ok {
				cause = errors.New(fmt.Sprint(p))
			}
			err = &CorruptError{Path: path, Err: cause}
		}
	}()
	return f()
}
