package store

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gwctl/gwctl/internal/resource"
	"go.etcd.io/bbolt"
)

// Revision is one commit in the history.
type Revision struct {
	Revision    uint64    `json:"revision"`
	Transaction string    `json:"transaction,omitempty"`
	Owner       string    `json:"owner"`
	At          time.Time `json:"at"`
	Changed     int       `json:"changed"`
	Bytes       int64     `json:"bytes"` // of the objects before and after
}

// ledger sums an owner's history up, so that bounding it costs the same
// however long it is.
type ledger struct {
	Count  int    `json:"count"`
	Bytes  int64  `json:"bytes"`
	Pruned uint64 `json:"pruned"` // the newest revision that is not kept any more
}

func (s *Store) commitRevision(tx *bbolt.Tx, r Revision) error {
	owners, revisions := tx.Bucket(bucketOwners), tx.Bucket(bucketRevisions)
	ownerKey, err := joinKey(r.Owner)
	if err != nil {
		return err
	}
	if len(ownerKey) == 0 {
		return errors.New("the owner has no name")
	}
	var l ledger
	if _, err := s.find(owners, ownerKey, &l); err != nil {
		return err
	}
	key, err := revisionKey(r.Owner, r.Revision)
	if err != nil {
		return err
	}
	if err := s.put(revisions, key, r); err != nil {
		return err
	}
	l.Count++
	l.Bytes += r.Bytes
	for l.Count > 1 && (l.Count > s.opts.Retain || l.Bytes > s.opts.RetainBytes) {
		if err := s.prune(tx, r.Owner, &l); err != nil {
			return err
		}
	}
	return s.put(owners, ownerKey, l)
}

// prune removes the oldest revision of an owner.
func (s *Store) prune(tx *bbolt.Tx, owner string, l *ledger) error {
	prefix, err := joinKey(owner, "")
	if err != nil {
		return err
	}
	revisions := tx.Bucket(bucketRevisions)
	key, value := revisions.Cursor().Seek(prefix)
	if !hasPrefix(key, prefix) {
		return &CorruptError{Path: s.path, Err: fmt.Errorf("the history of %q is shorter than its count", owner)}
	}
	var oldest Revision
	if err := s.decode(key, value, &oldest); err != nil {
		return err
	}
	if err := revisions.Delete(bytes.Clone(key)); err != nil {
		return err
	}
	changes := tx.Bucket(bucketChanges)
	at := revisionBytes(oldest.Revision)
	var keys [][]byte // deleting under a cursor skips keys
	c := changes.Cursor()
	for k, _ := c.Seek(at); hasPrefix(k, at); k, _ = c.Next() {
		keys = append(keys, bytes.Clone(k))
	}
	for _, k := range keys {
		if err := changes.Delete(k); err != nil {
			return err
		}
	}
	l.Count--
	l.Bytes -= oldest.Bytes
	l.Pruned = oldest.Revision
	return nil
}

// Revisions lists the history of an owner, newest first.
func (s *Store) Revisions(owner string) ([]Revision, error) {
	var list []Revision
	err := s.view(func(tx *bbolt.Tx) error {
		var err error
		list, err = s.revisions(tx, owner, 0)
		return err
	})
	return list, err
}

// revisions lists those after a revision, newest first.
func (s *Store) revisions(tx *bbolt.Tx, owner string, after uint64) ([]Revision, error) {
	first, err := revisionKey(owner, after+1)
	if err != nil {
		return nil, err
	}
	prefix := first[:len(first)-8]
	var list []Revision
	c := tx.Bucket(bucketRevisions).Cursor()
	for k, v := c.Seek(first); hasPrefix(k, prefix); k, v = c.Next() {
		var r Revision
		if err := s.decode(k, v, &r); err != nil {
			return nil, err
		}
		if r.Revision != numberOf(k) {
			return nil, &CorruptError{Path: s.path, Err: fmt.Errorf("record %q holds another revision", k)}
		}
		list = append(list, r)
	}
	slices.Reverse(list)
	return list, nil
}

// AsOf returns an owner's objects as they were when the revision was the last
// one, sorted by identity. A revision that the history does not reach is a
// *PrunedError.
func (s *Store) AsOf(owner string, revision uint64) ([]Object, error) {
	set := map[resource.ID]*Object{}
	err := s.view(func(tx *bbolt.Tx) error {
		if err := s.reaches(tx, owner, revision); err != nil {
			return err
		}
		err := tx.Bucket(bucketObjects).ForEach(func(key, value []byte) error {
			var o Object
			if err := s.decode(key, value, &o); err != nil {
				return err
			}
			if o.Owner == owner {
				set[resource.IDOf(o.Object)] = &o
			}
			return nil
		})
		if err != nil {
			return err
		}
		later, err := s.revisions(tx, owner, revision)
		if err != nil {
			return err
		}
		for _, r := range later { // newest first: undo one after the other
			if err := s.undo(tx, r.Revision, set); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	out := make([]Object, 0, len(set))
	for _, o := range set {
		if o.Owner == owner { // not what nobody owned before it was taken over
			out = append(out, *o)
		}
	}
	slices.SortFunc(out, func(a, b Object) int {
		return resource.IDOf(a.Object).Compare(resource.IDOf(b.Object))
	})
	return out, nil
}

func (s *Store) reaches(tx *bbolt.Tx, owner string, revision uint64) error {
	ownerKey, err := joinKey(owner)
	if err != nil {
		return err
	}
	var last uint64
	var l ledger
	if _, err := s.find(tx.Bucket(bucketMeta), keyLast, &last); err != nil {
		return err
	}
	if len(ownerKey) > 0 {
		if _, err := s.find(tx.Bucket(bucketOwners), ownerKey, &l); err != nil {
			return err
		}
	}
	if revision < l.Pruned || revision > last {
		return &PrunedError{Owner: owner, Revision: revision, Oldest: l.Pruned, Committed: last}
	}
	return nil
}

func (s *Store) undo(tx *bbolt.Tx, revision uint64, set map[resource.ID]*Object) error {
	at := revisionBytes(revision)
	c := tx.Bucket(bucketChanges).Cursor()
	for k, v := c.Seek(at); hasPrefix(k, at); k, v = c.Next() {
		var ch change
		if err := s.decode(k, v, &ch); err != nil {
			return err
		}
		id, err := keyID(k[len(at):])
		if err != nil {
			return &CorruptError{Path: s.path, Err: err}
		}
		before, err := decodeObject(ch.Before)
		if err != nil {
			return &CorruptError{Path: s.path, Err: err}
		}
		if before == nil {
			delete(set, id)
		} else {
			set[id] = before
		}
	}
	return nil
}

// Written returns an object as a revision wrote it, nil where it did not write
// it or is not kept any more.
func (s *Store) Written(id resource.ID, revision uint64) (*Object, error) {
	var o *Object
	err := s.view(func(tx *bbolt.Tx) error {
		key, err := changeKey(revision, id)
		if err != nil {
			return err
		}
		var ch change
		if _, err := s.find(tx.Bucket(bucketChanges), key, &ch); err != nil {
			return err
		}
		o, err = decodeObject(ch.After)
		return err
	})
	return o, err
}
