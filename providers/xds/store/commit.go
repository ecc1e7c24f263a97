package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gwctl/gwctl/internal/resource"
	"go.etcd.io/bbolt"
)

// ErrOutOfOrder says that a commit does not follow the last one.
var ErrOutOfOrder = errors.New("the revision does not follow the last one")

// Commit is one transaction that every Envoy took.
type Commit struct {
	Revision    uint64 // the last one plus one
	Transaction string // its id, as the client gave it
	Owner       string
	At          time.Time

	Puts    []Object // with the revision of this commit
	Deletes []resource.ID

	Resources []Resource // new and changed
	Removed   []Key
	Gateways  map[string]bool // new ones, and false for those that are no more
}

// Begin marks a transaction as pending, durably: from here on Envoys may see
// what is not committed.
func (s *Store) Begin(p Pending) error {
	return s.update(func(tx *bbolt.Tx) error { return s.put(tx.Bucket(bucketMeta), keyPending, p) })
}

// Abort drops the pending transaction; what was committed stays in force. It
// forgets gateways that came to nothing.
func (s *Store) Abort() error {
	return s.update(func(tx *bbolt.Tx) error {
		var unserved [][]byte
		gateways := tx.Bucket(bucketGateways)
		err := gateways.ForEach(func(key, value []byte) error {
			var g Gateway
			if err := s.decode(key, value, &g); err != nil {
				return err
			}
			if !g.Served {
				unserved = append(unserved, bytes.Clone(key))
			}
			return nil
		})
		if err != nil {
			return err
		}
		for _, key := range unserved {
			if err := gateways.Delete(key); err != nil {
				return err
			}
		}
		return tx.Bucket(bucketMeta).Delete(keyPending)
	})
}

// Commit makes a transaction's outcome durable, all of it or nothing, and
// drops the pending mark.
func (s *Store) Commit(c Commit) error {
	return s.update(func(tx *bbolt.Tx) error {
		meta := tx.Bucket(bucketMeta)
		var last uint64
		if _, err := s.find(meta, keyLast, &last); err != nil {
			return err
		}
		if c.Revision != last+1 {
			return fmt.Errorf("revision %d after %d: %w", c.Revision, last, ErrOutOfOrder)
		}
		if err := s.put(meta, keyLast, c.Revision); err != nil {
			return err
		}
		if err := meta.Delete(keyPending); err != nil {
			return err
		}
		if err := s.commitObjects(tx, c); err != nil {
			return err
		}
		return s.commitServed(tx, c)
	})
}

func (s *Store) commitObjects(tx *bbolt.Tx, c Commit) error {
	objects, changes := tx.Bucket(bucketObjects), tx.Bucket(bucketChanges)
	var size int64
	record := func(id resource.ID, after *Object) error {
		key, err := idKey(id)
		if err != nil {
			return err
		}
		var before Object
		ch := change{}
		if found, err := s.find(objects, key, &before); err != nil {
			return err
		} else if found {
			if ch.Before, err = marshalObject(&before); err != nil {
				return err
			}
		}
		if ch.After, err = marshalObject(after); err != nil {
			return err
		}
		if after == nil {
			err = objects.Delete(key)
		} else {
			err = objects.Put(key, seal(key, ch.After))
		}
		if err != nil {
			return err
		}
		size += int64(len(ch.Before) + len(ch.After))
		at, err := changeKey(c.Revision, id)
		if err != nil {
			return err
		}
		return s.put(changes, at, ch)
	}
	for i := range c.Puts {
		if err := record(resource.IDOf(c.Puts[i].Object), &c.Puts[i]); err != nil {
			return err
		}
	}
	for _, id := range c.Deletes {
		if err := record(id, nil); err != nil {
			return err
		}
	}
	return s.commitRevision(tx, Revision{
		Revision: c.Revision, Transaction: c.Transaction, Owner: c.Owner, At: c.At,
		Changed: len(c.Puts) + len(c.Deletes), Bytes: size,
	})
}

func (s *Store) commitServed(tx *bbolt.Tx, c Commit) error {
	for name, served := range c.Gateways {
		var err error
		if served {
			err = s.updateGateway(tx, name, func(g *Gateway) { g.Served = true })
		} else {
			err = tx.Bucket(bucketGateways).Delete([]byte(name))
		}
		if err != nil {
			return err
		}
	}
	resources := tx.Bucket(bucketResources)
	for _, r := range c.Resources {
		key, err := joinKey(r.Gateway, r.Type, r.Name)
		if err != nil {
			return err
		}
		if err := resources.Put(key, seal(key, r.Data)); err != nil {
			return err
		}
	}
	for _, r := range c.Removed {
		key, err := joinKey(r.Gateway, r.Type, r.Name)
		if err != nil {
			return err
		}
		if err := resources.Delete(key); err != nil {
			return err
		}
	}
	return nil
}

// Connected notes that gateways had an Envoy.
func (s *Store) Connected(gateways ...string) error {
	gateways = slices.Compact(slices.Sorted(slices.Values(gateways)))
	return s.update(func(tx *bbolt.Tx) error {
		for _, name := range gateways {
			if err := s.updateGateway(tx, name, func(g *Gateway) { g.Connected = true }); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Store) updateGateway(tx *bbolt.Tx, name string, change func(*Gateway)) error {
	key, err := joinKey(name)
	if err != nil {
		return err
	}
	if len(key) == 0 {
		return errors.New("a gateway has no name")
	}
	b := tx.Bucket(bucketGateways)
	var g Gateway
	if _, err := s.find(b, key, &g); err != nil {
		return err
	}
	before := g
	change(&g)
	if before == g && b.Get(key) != nil {
		return nil
	}
	return s.put(b, key, g)
}

// change is what one revision did to one object.
type change struct {
	Before json.RawMessage `json:"before,omitempty"`
	After  json.RawMessage `json:"after,omitempty"`
}

func decodeObject(raw json.RawMessage) (*Object, error) {
	if len(raw) == 0 || bytes.Equal(raw, []byte("null")) {
		return nil, nil
	}
	var o Object
	if err := json.Unmarshal(raw, &o); err != nil {
		return nil, err
	}
	return &o, nil
}
