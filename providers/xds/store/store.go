// Package store is the durable memory of the xDS server: the applied objects,
// the resources made from them byte for byte as they are served, and what is
// needed to go back. It is one bbolt file, so that every commit is one atomic,
// fsynced write, and a process that is killed leaves the last commit behind.
package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/google/uuid"
	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// Name is the store's file in the data folder.
const Name = "gwctl.db"

// Format is the version of the file's layout that this build writes.
const Format = 1

// Limits of the history: of each owner, the newest revisions are kept, at most
// this many and at most this many bytes of objects. The newest one always is.
const (
	DefaultRetain      = 1000
	DefaultRetainBytes = 256 << 20
)

// Options set what differs from the defaults.
type Options struct {
	LockWait    time.Duration // for another server to let go of the file; default 1s
	Retain      int           // revisions kept for each owner; default DefaultRetain
	RetainBytes int64         // of their objects; default DefaultRetainBytes
}

func (o Options) withDefaults() Options {
	if o.LockWait <= 0 {
		o.LockWait = time.Second
	}
	if o.Retain <= 0 {
		o.Retain = DefaultRetain
	}
	if o.RetainBytes <= 0 {
		o.RetainBytes = DefaultRetainBytes
	}
	return o
}

// Store is an open store. It holds the file's lock until Close. Reads may run
// beside each other and beside a write.
type Store struct {
	db   *bbolt.DB
	path string
	id   string
	opts Options
}

// Open opens the store in a folder, which it creates along with the file where
// they are missing. Errors are *LockedError, *CorruptError, *FormatError or
// wrap the cause.
func Open(ctx context.Context, dir string, opts Options) (*Store, error) {
	opts = opts.withDefaults()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("create the data folder: %w", err)
	}
	path := filepath.Join(dir, Name)
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, &CorruptError{Path: path, Err: errors.New("it is no regular file")}
	}
	db, err := openLocked(ctx, path, opts.LockWait)
	if err != nil {
		return nil, err
	}
	s := &Store{db: db, path: path, opts: opts}
	if err := s.initialize(); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return s, nil
}

func openLocked(ctx context.Context, path string, wait time.Duration) (db *bbolt.DB, err error) {
	if deadline, ok := ctx.Deadline(); ok {
		wait = min(wait, max(time.Until(deadline), time.Millisecond))
	}
	err = guarded(path, func() error {
		var err error
		// The hash map keeps commits fast when the history has freed many pages.
		db, err = bbolt.Open(path, 0o600, &bbolt.Options{Timeout: wait, FreelistType: bbolt.FreelistMapType})
		return err
	})
	if err == nil {
		return db, nil
	}
	if errors.Is(err, berrors.ErrTimeout) {
		return nil, &LockedError{Path: path}
	}
	if _, ok := errors.AsType[*CorruptError](err); ok {
		return nil, err
	}
	_, atPath := errors.AsType[*fs.PathError](err)
	_, fromSystem := errors.AsType[syscall.Errno](err)
	if !atPath && !fromSystem { // all else is about what the file holds
		return nil, &CorruptError{Path: path, Err: err}
	}
	return nil, fmt.Errorf("open the store: %w", err)
}

// initialize reads the head of the file, or writes it into a new one.
func (s *Store) initialize() error {
	var fresh bool
	err := s.view(func(tx *bbolt.Tx) error {
		// A file cut short would fault in the middle of a later read.
		if info, err := os.Stat(s.path); err != nil {
			return err
		} else if info.Size() < tx.Size() {
			return &CorruptError{Path: s.path, Err: fmt.Errorf("it has %d of %d bytes", info.Size(), tx.Size())}
		}
		if err := verifyTree(tx); err != nil {
			return &CorruptError{Path: s.path, Err: err}
		}
		meta := tx.Bucket(bucketMeta)
		if meta == nil {
			fresh = true
			if name, _ := tx.Cursor().First(); name != nil {
				return &CorruptError{Path: s.path, Err: errors.New("it is no store of gwctl")}
			}
			return nil
		}
		var h head
		if err := s.get(meta, keyHead, &h); err != nil {
			return err
		}
		if h.Format > Format {
			return &FormatError{Path: s.path, Found: h.Format}
		}
		if h.Format < 1 || h.ID == "" {
			return &CorruptError{Path: s.path, Err: errors.New("its head is empty")}
		}
		s.id = h.ID
		return nil
	})
	if err != nil || !fresh {
		return err
	}
	s.id = uuid.NewString()
	err = s.update(func(tx *bbolt.Tx) error {
		for _, name := range buckets {
			if _, err := tx.CreateBucket(name); err != nil {
				return err
			}
		}
		return s.put(tx.Bucket(bucketMeta), keyHead, head{Format: Format, ID: s.id})
	})
	if err != nil {
		return fmt.Errorf("create the store: %w", err)
	}
	return syncFolder(filepath.Dir(s.path))
}

// syncFolder makes the new file's name as durable as its content.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// ID tells this store from all others, for ever.
func (s *Store) ID() string { return s.id }

// Path is where the store is.
func (s *Store) Path() string { return s.path }

// Close gives the file up, after reads and writes in flight.
func (s *Store) Close() error { return s.db.Close() }

// head is the first record of the file.
type head struct {
	Format int    `json:"format"`
	ID     string `json:"id"`
}

func (s *Store) view(f func(*bbolt.Tx) error) error {
	return guarded(s.path, func() error { return s.db.View(f) })
}

func (s *Store) update(f func(*bbolt.Tx) error) error {
	return guarded(s.path, func() error { return s.db.Update(f) })
}

// get decodes the record of a key; it is damaged when it is not there.
func (s *Store) get(b *bbolt.Bucket, key []byte, into any) error {
	found, err := s.find(b, key, into)
	if err == nil && !found {
		err = &CorruptError{Path: s.path, Err: fmt.Errorf("record %q is missing", key)}
	}
	return err
}

// find decodes the record of a key, if there is one.
func (s *Store) find(b *bbolt.Bucket, key []byte, into any) (bool, error) {
	value := b.Get(key)
	if value == nil {
		return false, nil
	}
	return true, s.decode(key, value, into)
}

func (s *Store) decode(key, value []byte, into any) error {
	payload, err := unseal(key, value)
	if err == nil {
		err = json.Unmarshal(payload, into)
	}
	if err != nil {
		return &CorruptError{Path: s.path, Err: fmt.Errorf("record %q: %w", key, err)}
	}
	return nil
}

func (s *Store) put(b *bbolt.Bucket, key []byte, record any) error {
	payload, err := json.Marshal(record)
	if err != nil {
		return err
	}
	return b.Put(key, seal(key, payload))
}
