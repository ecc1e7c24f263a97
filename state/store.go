package state

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/user"
	"strconv"
	"time"
)

// On returns the store that keeps its state in a medium.
func On(m Medium, opts Options) Store {
	if opts.TTL <= 0 {
		opts.TTL = 30 * time.Second
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	return &store{Medium: m, opts: opts}
}

type store struct {
	Medium
	opts Options
}

func (s *store) Read(ctx context.Context) (*State, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	data, err := s.Load(ctx)
	if err != nil || data == nil {
		return nil, s.withBackup(err)
	}
	st, err := Decode(s.Describe(), data)
	if err != nil {
		return nil, s.withBackup(err)
	}
	if err := s.checkOwner(st.Owner); err != nil {
		return nil, err
	}
	return st, nil
}

func (s *store) checkOwner(stored string) error {
	if s.opts.Owner != "" && stored != s.opts.Owner {
		return &OwnerError{Store: s.Describe(), Stored: stored, Want: s.opts.Owner}
	}
	return nil
}

// withBackup adds the backup to an error that it helps with.
func (s *store) withBackup(err error) error {
	if e, ok := errors.AsType[*FormatError](err); ok && e.Backup == "" {
		e.Backup = s.Backup()
	}
	return err
}

// checkReplaces says why next must not replace what is stored.
func (s *store) checkReplaces(stored []byte, next *State) error {
	old, err := decodeHeader(s.Describe(), stored)
	switch {
	case err != nil:
		return s.withBackup(err)
	case old.Owner != next.Owner:
		return &OwnerError{Store: s.Describe(), Stored: old.Owner, Want: next.Owner}
	case old.Lineage != next.Lineage:
		return &LineageError{Store: s.Describe(), Stored: old.Lineage, Given: next.Lineage}
	case old.Serial >= next.Serial:
		return &SerialError{Store: s.Describe(), Stored: old.Serial, Given: next.Serial}
	}
	return nil
}

func (s *store) Lock(ctx context.Context, operation string, wait time.Duration) (Lease, error) {
	start := time.Now()
	var locked *LockedError
	for {
		mine := s.lockInfo(operation)
		hold, from, err := s.Acquire(ctx, mine)
		if err == nil {
			if from != nil {
				from.TakenFrom = nil // one generation is told
			}
			mine.TakenFrom = from
			return startLease(ctx, s, hold, mine), nil
		}
		if e, ok := errors.AsType[*LockedError](err); ok {
			locked = e
		} else if locked != nil && ctx.Err() != nil {
			return nil, fmt.Errorf("stopped waiting for the lock (%w): %w", context.Cause(ctx), locked)
		} else {
			return nil, err
		}
		waited := time.Since(start)
		if waited >= wait {
			return nil, locked
		}
		select {
		case <-ctx.Done():
		case <-time.After(min(wait-waited, lockPoll(waited))):
		}
	}
}

// lockPoll is how long a Lock that waited this long waits until it looks again.
func lockPoll(waited time.Duration) time.Duration {
	return min(max(waited/10, 100*time.Millisecond), time.Second)
}

// lockInfo is the lease that this process would have from now on.
func (s *store) lockInfo(operation string) LockInfo {
	now := s.opts.Now().UTC()
	return LockInfo{
		ID: rand.Text(), Owner: lockOwner(), Operation: operation,
		Acquired: now, Renewed: now, Expires: now.Add(s.opts.TTL),
	}
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
