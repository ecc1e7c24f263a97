package store

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/gwctl/gwctl/internal/resource"
	"go.etcd.io/bbolt"
)

// Object is an applied object.
type Object struct {
	Object   *resource.Object `json:"object"`
	Owner    string           `json:"owner"`
	Lineage  string           `json:"lineage"`
	Revision uint64           `json:"revision"` // that wrote it last
	Created  time.Time        `json:"created"`
}

// Resource is one resource of a gateway, in the server's own encoding, which
// comes back byte for byte.
type Resource struct {
	Key
	Data []byte
}

// Gateway is what is known of a gateway beside its resources.
type Gateway struct {
	Served    bool `json:"served"`    // it has a snapshot, be it empty
	Connected bool `json:"connected"` // an Envoy of it was connected, ever
}

// Pending marks a transaction that Envoys may have seen and that has no
// verdict.
type Pending struct {
	Revision    uint64    `json:"revision"` // that it would have been
	Transaction string    `json:"transaction"`
	Owner       string    `json:"owner"`
	At          time.Time `json:"at"`
	Touched     []Key     `json:"touched"` // resources that it would have changed
}

// Key names a resource.
type Key struct {
	Gateway string `json:"gateway"`
	Type    string `json:"type"`
	Name    string `json:"name"`
}

// Contents is all but the history.
type Contents struct {
	Revision  uint64 // of the last commit
	Objects   []Object
	Resources []Resource
	Gateways  map[string]Gateway
	Pending   *Pending // left by a server that was killed
}

// Load reads the store's contents.
func (s *Store) Load() (*Contents, error) {
	c := &Contents{Gateways: map[string]Gateway{}}
	err := s.view(func(tx *bbolt.Tx) error {
		meta := tx.Bucket(bucketMeta)
		if _, err := s.find(meta, keyLast, &c.Revision); err != nil {
			return err
		}
		var pending Pending
		if found, err := s.find(meta, keyPending, &pending); err != nil {
			return err
		} else if found {
			c.Pending = &pending
		}
		if err := s.loadObjects(tx, c); err != nil {
			return err
		}
		return s.loadServed(tx, c)
	})
	if err != nil {
		return nil, err
	}
	return c, nil
}

func (s *Store) loadObjects(tx *bbolt.Tx, c *Contents) error {
	return tx.Bucket(bucketObjects).ForEach(func(key, value []byte) error {
		var o Object
		if err := s.decode(key, value, &o); err != nil {
			return err
		}
		id, err := keyID(key)
		if err == nil && (o.Object == nil || resource.IDOf(o.Object) != id) {
			err = fmt.Errorf("record %q holds another object", key)
		}
		if err != nil {
			return &CorruptError{Path: s.path, Err: err}
		}
		c.Objects = append(c.Objects, o)
		return nil
	})
}

func (s *Store) loadServed(tx *bbolt.Tx, c *Contents) error {
	err := tx.Bucket(bucketGateways).ForEach(func(key, value []byte) error {
		var g Gateway
		if err := s.decode(key, value, &g); err != nil {
			return err
		}
		c.Gateways[string(key)] = g
		return nil
	})
	if err != nil {
		return err
	}
	return tx.Bucket(bucketResources).ForEach(func(key, value []byte) error {
		r, err := s.resource(key, value)
		if err != nil {
			return err
		}
		if !c.Gateways[r.Gateway].Served {
			return &CorruptError{Path: s.path, Err: fmt.Errorf("resource %q belongs to no gateway", key)}
		}
		c.Resources = append(c.Resources, r)
		return nil
	})
}

func (s *Store) resource(key, value []byte) (Resource, error) {
	payload, err := unseal(key, value)
	if err != nil {
		return Resource{}, &CorruptError{Path: s.path, Err: fmt.Errorf("resource %q: %w", key, err)}
	}
	p, err := splitKey(key, 3)
	if err != nil {
		return Resource{}, &CorruptError{Path: s.path, Err: err}
	}
	// The payload lives as long as the transaction.
	return Resource{Key: Key{Gateway: p[0], Type: p[1], Name: p[2]}, Data: append([]byte(nil), payload...)}, nil
}

func marshalObject(o *Object) (json.RawMessage, error) {
	if o == nil {
		return nil, nil
	}
	return json.Marshal(o)
}

// Compare orders keys by gateway, type and name.
func (k Key) Compare(other Key) int {
	return cmp.Or(strings.Compare(k.Gateway, other.Gateway), strings.Compare(k.Type, other.Type), strings.Compare(k.Name, other.Name))
}
