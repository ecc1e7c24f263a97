package state

import (
	"context"
	"errors"
	"sync"
	"time"
)

// fileLease is a lease on a state file. Its heartbeat runs until Release, or
// until somebody else has taken the lease.
type fileLease struct {
	store *fileStore
	at    location

	stop    context.CancelFunc
	stopped chan struct{} // closed when the heartbeat has ended

	mu       sync.Mutex
	info     LockInfo
	released bool
}

// startLease owns the lease that was just acquired. It outlives ctx: a
// cancelled apply still has to write what it did.
func startLease(ctx context.Context, store *fileStore, at location, info LockInfo) *fileLease {
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	l := &fileLease{store: store, at: at, stop: stop, stopped: make(chan struct{}), info: info}
	go l.heartbeat(ctx)
	return l
}

func (l *fileLease) Info() LockInfo {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.info
}

// heartbeat renews the lease well before it expires. A renewal that fails is
// tried again: only a lease that others hold is lost.
func (l *fileLease) heartbeat(ctx context.Context) {
	defer close(l.stopped)
	ticker := time.NewTicker(l.store.opts.TTL / 3)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if _, lost := errors.AsType[*FencedError](l.renew(ctx)); lost {
			return
		}
	}
}

func (l *fileLease) renew(ctx context.Context) error {
	return l.whileHeld(ctx, func() error {
		info := l.Info()
		info.Renewed = l.store.opts.Now().UTC()
		info.Expires = info.Renewed.Add(l.store.opts.TTL)
		if err := l.store.writeLease(l.at, info); err != nil {
			return err
		}
		l.mu.Lock()
		l.info = info
		l.mu.Unlock()
		return nil
	})
}

// whileHeld runs do if the lease is still ours, expired or not, and keeps
// others from taking it meanwhile.
func (l *fileLease) whileHeld(ctx context.Context, do func() error) error {
	return l.store.guarded(ctx, l.at, func() error {
		holder, err := l.store.readLease(l.at)
		if err != nil {
			return err
		}
		if mine := l.Info(); holder == nil || holder.ID != mine.ID {
			return &FencedError{Store: l.store.path, Lost: mine, Holder: holder}
		}
		return do()
	})
}

func (l *fileLease) Write(ctx context.Context, s *State) error {
	if l.isReleased() {
		return errors.New("the state is not written: its lock was released before")
	}
	out := s.Clone()
	if l.store.opts.Gwctl != "" {
		out.Gwctl = l.store.opts.Gwctl
	}
	if err := l.store.checkOwner(out.Owner); err != nil {
		return err
	}
	data, err := Encode(out)
	if err != nil {
		return err
	}
	return l.whileHeld(ctx, func() error {
		old, err := l.store.readBytes(l.at)
		if err != nil {
			return err
		}
		if old != nil {
			if err := l.checkReplaces(old, out); err != nil {
				return err
			}
		}
		return l.store.replace(l.at, old, data)
	})
}

// checkReplaces says why s must not replace what is stored.
func (l *fileLease) checkReplaces(old []byte, s *State) error {
	stored, err := decodeHeader(l.store.path, old)
	switch {
	case err != nil:
		return l.at.withBackup(err)
	case stored.Owner != s.Owner:
		return &OwnerError{Store: l.store.path, Stored: stored.Owner, Want: s.Owner}
	case stored.Lineage != s.Lineage:
		return &LineageError{Store: l.store.path, Stored: stored.Lineage, Given: s.Lineage}
	case stored.Serial >= s.Serial:
		return &SerialError{Store: l.store.path, Stored: stored.Serial, Given: s.Serial}
	}
	return nil
}

func (l *fileLease) Release(ctx context.Context) error {
	l.mu.Lock()
	again := l.released
	l.released = true
	l.mu.Unlock()
	if again {
		return nil
	}
	l.stop()
	<-l.stopped
	return l.whileHeld(ctx, func() error { return l.store.removeLease(l.at) })
}

func (l *fileLease) isReleased() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.released
}
