package state

import "context"

// fileHold is a lease on a state file.
type fileHold struct {
	file *file
	at   location
}

func (h *fileHold) Renew(ctx context.Context, mine LockInfo) error {
	return h.whileHeld(ctx, mine, func() error { return h.file.writeLease(h.at, mine) })
}

// whileHeld runs do if the lease is still ours, expired or not, and keeps
// others from taking it meanwhile.
func (h *fileHold) whileHeld(ctx context.Context, mine LockInfo, do func() error) error {
	return h.file.guarded(ctx, h.at, func() error {
		holder, err := h.file.readLease(h.at)
		if err != nil {
			return err
		}
		if holder == nil || holder.ID != mine.ID {
			return &FencedError{Store: h.file.path, Lost: mine, Holder: holder}
		}
		return do()
	})
}

func (h *fileHold) Save(ctx context.Context, mine LockInfo, _ *State, data []byte, replaces func([]byte) error) error {
	return h.whileHeld(ctx, mine, func() error {
		stored, err := h.file.readBytes(h.at)
		if err != nil {
			return err
		}
		if stored != nil {
			if err := replaces(stored); err != nil {
				return err
			}
		}
		return h.file.replace(h.at, stored, data)
	})
}

func (h *fileHold) Release(ctx context.Context, mine LockInfo) error {
	return h.whileHeld(ctx, mine, func() error { return h.file.removeLease(h.at) })
}
