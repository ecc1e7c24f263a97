package state

import (
	"context"
	"errors"
	"sync"
	"time"
)

// lease is a lease on a state. Its heartbeat runs until Release, or until
// somebody else has taken the lease.
type lease struct {
	store *store
	hold  Hold

	stop    context.CancelFunc
	stopped chan struct{} // closed when the heartbeat has ended

	mu       sync.Mutex
	info     LockInfo
	released bool
}

// startLease owns the lease that was just acquired. It outlives ctx: a
// cancelled apply still has to write what it did.
func startLease(ctx context.Context, s *store, hold Hold, info LockInfo) *lease {
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	l := &lease{store: s, hold: hold, stop: stop, stopped: make(chan struct{}), info: info}
	go l.heartbeat(ctx)
	return l
}

func (l *lease) Info() LockInfo {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.info
}

// heartbeat renews the lease well before it expires. A renewal that fails is
// tried again: only a lease that others hold is lost.
func (l *lease) heartbeat(ctx context.Context) {
	defer close(l.stopped)
	beat := l.store.opts.TTL / 3
	ticker := time.NewTicker(beat)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if _, lost := errors.AsType[*FencedError](l.renew(ctx, beat)); lost {
			return
		}
	}
}

// renew takes at most one beat: a store that does not answer must not take the
// time in which others could be tried.
func (l *lease) renew(ctx context.Context, beat time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, beat)
	defer cancel()
	info := l.Info()
	info.Renewed = l.store.opts.Now().UTC()
	info.Expires = info.Renewed.Add(l.store.opts.TTL)
	if err := l.hold.Renew(ctx, info); err != nil {
		return err
	}
	l.mu.Lock()
	l.info = info
	l.mu.Unlock()
	return nil
}

func (l *lease) Write(ctx context.Context, s *State) error {
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
	return l.hold.Save(ctx, l.Info(), out, data, func(stored []byte) error {
		return l.store.checkReplaces(stored, out)
	})
}

func (l *lease) Release(ctx context.Context) error {
	l.mu.Lock()
	again := l.released
	l.released = true
	l.mu.Unlock()
	if again {
		return nil
	}
	l.stop()
	<-l.stopped
	return l.hold.Release(ctx, l.Info())
}

func (l *lease) isReleased() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.released
}
