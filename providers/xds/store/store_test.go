package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gwctl/gwctl/internal/resource"
	"go.etcd.io/bbolt"
)

var day = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)

func open(t *testing.T, dir string, opts Options) *Store {
	t.Helper()
	s, err := Open(t.Context(), dir, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func load(t *testing.T, s *Store) *Contents {
	t.Helper()
	c, err := s.Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func route(name string, weight int64) *resource.Object {
	return &resource.Object{Object: map[string]any{
		"apiVersion": "gateway.networking.k8s.io/v1",
		"kind":       "HTTPRoute",
		"metadata":   map[string]any{"namespace": "default", "name": name},
		"spec":       map[string]any{"weight": weight},
	}}
}

func routeID(name string) resource.ID { return resource.IDOf(route(name, 0)) }

// write is a commit of one owner that puts or, at weight 0, deletes routes.
func write(t *testing.T, s *Store, owner string, revision uint64, weights map[string]int64) {
	t.Helper()
	c := Commit{Revision: revision, Transaction: fmt.Sprint("tx-", revision), Owner: owner, At: day}
	for name, weight := range weights {
		if weight == 0 {
			c.Deletes = append(c.Deletes, routeID(name))
			continue
		}
		c.Puts = append(c.Puts, Object{Object: route(name, weight), Owner: owner, Lineage: "l1", Revision: revision, Created: day})
	}
	if err := s.Commit(c); err != nil {
		t.Fatal(err)
	}
}

func weights(objects []Object) map[string]int64 {
	out := map[string]int64{}
	for _, o := range objects {
		out[o.Object.GetName()] = o.Object.Object["spec"].(map[string]any)["weight"].(int64)
	}
	return out
}

func TestStoreIsPrivateAndKeepsItsIdentity(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	s := open(t, dir, Options{})
	id := s.ID()
	if len(id) != 36 {
		t.Errorf("identity %q is no UUID", id)
	}
	for path, want := range map[string]fs.FileMode{dir: 0o700, s.Path(): 0o600} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != want {
			t.Errorf("%s has mode %o, not %o", path, info.Mode().Perm(), want)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if got := open(t, dir, Options{}).ID(); got != id {
		t.Errorf("identity changed from %s to %s", id, got)
	}
}

func TestSecondServerIsTurnedAway(t *testing.T) {
	dir := t.TempDir()
	open(t, dir, Options{})
	_, err := Open(t.Context(), dir, Options{LockWait: 10 * time.Millisecond})
	locked, ok := errors.AsType[*LockedError](err)
	if !ok {
		t.Fatalf("got %v, want a *LockedError", err)
	}
	if locked.Path != filepath.Join(dir, Name) {
		t.Errorf("the error names %q", locked.Path)
	}
}

func TestCommitComesBackAsItWas(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	cluster, table := Key{"default/public", "CDS", "a"}, Key{"default/public", "RDS", "http"}
	first := Commit{
		Revision: 1, Transaction: "t1", Owner: "shop", At: day,
		Puts: []Object{{Object: route("orders", 90), Owner: "shop", Lineage: "l1", Revision: 1, Created: day}},
		Resources: []Resource{
			{Key: cluster, Data: []byte{0, 1, 2, 0xff, '\n', 0}},
			{Key: table, Data: []byte("r1")},
		},
		Gateways: map[string]bool{"default/public": true, "default/empty": true},
	}
	if err := s.Commit(first); err != nil {
		t.Fatal(err)
	}
	want := &Contents{
		Revision: 1, Objects: first.Puts, Resources: first.Resources,
		Gateways: map[string]Gateway{"default/public": {Served: true}, "default/empty": {Served: true}},
	}
	if diff := cmp.Diff(want, load(t, s)); diff != "" {
		t.Error(diff)
	}
	second := Commit{
		Revision: 2, Owner: "shop", At: day, Gateways: map[string]bool{"default/empty": false},
		Resources: []Resource{{Key: table, Data: []byte("r2")}},
		Removed:   []Key{cluster},
	}
	if err := s.Commit(second); err != nil {
		t.Fatal(err)
	}
	if err := s.Connected("default/public", "default/public"); err != nil {
		t.Fatal(err)
	}
	want = &Contents{
		Revision: 2, Objects: first.Puts, Resources: second.Resources,
		Gateways: map[string]Gateway{"default/public": {Served: true, Connected: true}},
	}
	if diff := cmp.Diff(want, load(t, s)); diff != "" {
		t.Error(diff)
	}
	s.Close()
	s = open(t, dir, Options{})
	if diff := cmp.Diff(want, load(t, s)); diff != "" {
		t.Errorf("after reopening: %s", diff)
	}
}

func TestGatewayThatCameToNothingIsForgotten(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	if err := s.Commit(Commit{Revision: 1, Owner: "shop", At: day, Gateways: map[string]bool{"default/public": true}}); err != nil {
		t.Fatal(err)
	}
	// An Envoy connects while the gateway's first transaction is pending.
	if err := s.Connected("default/public", "default/new"); err != nil {
		t.Fatal(err)
	}
	if err := s.Abort(); err != nil {
		t.Fatal(err)
	}
	want := map[string]Gateway{"default/public": {Served: true, Connected: true}}
	if diff := cmp.Diff(want, load(t, s).Gateways); diff != "" {
		t.Error(diff)
	}
}

func TestCommitIsAllOrNothing(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	write(t, s, "shop", 1, map[string]int64{"orders": 90})
	before := load(t, s)
	for name, c := range map[string]Commit{
		"out of order": {Revision: 3, Owner: "shop"},
		"no owner":     {Revision: 2, Puts: []Object{{Object: route("orders", 50), Revision: 2}}},
		"bad name": {
			Revision: 2, Owner: "shop", Puts: []Object{{Object: route("orders", 50), Revision: 2}},
			Resources: []Resource{{Key: Key{Gateway: "a\x00b"}}},
		},
	} {
		if err := s.Commit(c); err == nil {
			t.Errorf("%s: committed", name)
		} else if name == "out of order" && !errors.Is(err, ErrOutOfOrder) {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(before, load(t, s)); diff != "" {
			t.Errorf("%s left something behind: %s", name, diff)
		}
	}
}

func TestPendingIsKeptUntilAVerdict(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	p := Pending{Revision: 1, Transaction: "t1", Owner: "shop", At: day, Touched: []Key{{"default/public", "RDS", "http"}}}
	if err := s.Begin(p); err != nil {
		t.Fatal(err)
	}
	s.Close()
	s = open(t, dir, Options{})
	if diff := cmp.Diff(&p, load(t, s).Pending); diff != "" {
		t.Fatal(diff)
	}
	if err := s.Abort(); err != nil {
		t.Fatal(err)
	}
	if got := load(t, s).Pending; got != nil {
		t.Errorf("aborted, and still pending: %v", got)
	}
	if err := s.Begin(p); err != nil {
		t.Fatal(err)
	}
	write(t, s, "shop", 1, map[string]int64{"orders": 90})
	if got := load(t, s).Pending; got != nil {
		t.Errorf("committed, and still pending: %v", got)
	}
}

func TestHistoryGoesBackToAnyRevision(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	write(t, s, "shop", 1, map[string]int64{"orders": 90})
	write(t, s, "shop", 2, map[string]int64{"orders": 50, "cart": 10})
	write(t, s, "other", 3, map[string]int64{"blog": 1})
	write(t, s, "shop", 4, map[string]int64{"orders": 0})
	write(t, s, "shop", 5, map[string]int64{"orders": 70, "cart": 20})
	for revision, want := range []map[string]int64{
		{}, {"orders": 90}, {"orders": 50, "cart": 10}, {"orders": 50, "cart": 10}, {"cart": 10}, {"orders": 70, "cart": 20},
	} {
		got, err := s.AsOf("shop", uint64(revision))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, weights(got)); diff != "" {
			t.Errorf("as of %d: %s", revision, diff)
		}
	}
	list, err := s.Revisions("shop")
	if err != nil {
		t.Fatal(err)
	}
	var numbers []uint64
	for _, r := range list {
		numbers = append(numbers, r.Revision)
	}
	if diff := cmp.Diff([]uint64{5, 4, 2, 1}, numbers); diff != "" {
		t.Error(diff)
	}
	o, err := s.Written(routeID("orders"), 2)
	if err != nil || o == nil || weights([]Object{*o})["orders"] != 50 {
		t.Errorf("orders as revision 2 wrote it: %v, %v", o, err)
	}
	if o, err := s.Written(routeID("orders"), 3); o != nil || err != nil {
		t.Errorf("revision 3 did not write orders: %v, %v", o, err)
	}
	if _, err := s.AsOf("shop", 6); err == nil {
		t.Error("revision 6 is not there yet")
	}
}

func TestHistoryIsBoundedPerOwner(t *testing.T) {
	byCount := Options{Retain: 3}
	var sample Object
	raw, err := json.Marshal(Object{Object: route("orders", 11), Owner: "shop", Lineage: "l1", Revision: 10, Created: day})
	if err != nil || json.Unmarshal(raw, &sample) != nil {
		t.Fatal(err)
	}
	// A revision counts its object before and after.
	byBytes := Options{RetainBytes: int64(2*len(raw)) * 3}
	for name, opts := range map[string]Options{"count": byCount, "bytes": byBytes} {
		t.Run(name, func(t *testing.T) {
			s := open(t, t.TempDir(), opts)
			write(t, s, "other", 1, map[string]int64{"blog": 1})
			for r := uint64(2); r <= 9; r++ {
				write(t, s, "shop", r, map[string]int64{"orders": int64(r) + 10})
			}
			list, err := s.Revisions("shop")
			if err != nil || len(list) != 3 || list[2].Revision != 7 {
				t.Fatalf("kept %v, %v", list, err)
			}
			got, err := s.AsOf("shop", 6)
			if err != nil || weights(got)["orders"] != 16 {
				t.Errorf("before the oldest revision kept: %v, %v", got, err)
			}
			_, err = s.AsOf("shop", 5)
			if p, ok := errors.AsType[*PrunedError](err); !ok || p.Oldest != 6 {
				t.Errorf("as of 5: %v", err)
			}
			if o, err := s.Written(routeID("orders"), 6); o != nil || err != nil {
				t.Errorf("revision 6 is not kept: %v, %v", o, err)
			}
			if got, err := s.AsOf("other", 0); err != nil || len(got) != 0 {
				t.Errorf("the other owner's history was touched: %v, %v", got, err)
			}
		})
	}
}

func TestDamagedStoreIsReported(t *testing.T) {
	good := func(t *testing.T) (string, []byte) {
		dir := t.TempDir()
		s := open(t, dir, Options{})
		for r := uint64(1); r <= 5; r++ {
			write(t, s, "shop", r, map[string]int64{"orders": int64(r)})
		}
		s.Close()
		raw, err := os.ReadFile(filepath.Join(dir, Name))
		if err != nil {
			t.Fatal(err)
		}
		return dir, raw
	}
	for name, damage := range map[string]func([]byte) []byte{
		"text":            func([]byte) []byte { return []byte("hello, this is no database\n") },
		"cut short":       func(b []byte) []byte { return b[:5*4096] },
		"cut to one page": func(b []byte) []byte { return b[:4096] },
		"zeros in front":  func(b []byte) []byte { return append(make([]byte, 8192), b[8192:]...) },
		"zeros behind":    func(b []byte) []byte { return append(b[:8192:8192], make([]byte, len(b)-8192)...) },
		"a flipped value": func(b []byte) []byte { return bytes.ReplaceAll(b, []byte(`"weight":5`), []byte(`"weight":7`)) },
		"a flipped key": func(b []byte) []byte {
			return bytes.ReplaceAll(b, []byte("default\x00orders"), []byte("default\x00borders"[:14]))
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir, raw := good(t)
			if err := os.WriteFile(filepath.Join(dir, Name), damage(raw), 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := Open(t.Context(), dir, Options{LockWait: 10 * time.Millisecond})
			if err == nil {
				defer s.Close()
				_, err = s.Load()
			}
			if _, ok := errors.AsType[*CorruptError](err); !ok {
				t.Fatalf("got %v, want a *CorruptError", err)
			}
		})
	}
	t.Run("another program's", func(t *testing.T) {
		dir := t.TempDir()
		db, err := bbolt.Open(filepath.Join(dir, Name), 0o600, nil)
		if err != nil {
			t.Fatal(err)
		}
		err = db.Update(func(tx *bbolt.Tx) error {
			_, err := tx.CreateBucket([]byte("theirs"))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		db.Close()
		_, err = Open(t.Context(), dir, Options{})
		if _, ok := errors.AsType[*CorruptError](err); !ok {
			t.Fatalf("got %v, want a *CorruptError", err)
		}
	})
	t.Run("a folder", func(t *testing.T) {
		dir := t.TempDir()
		if err := os.Mkdir(filepath.Join(dir, Name), 0o700); err != nil {
			t.Fatal(err)
		}
		_, err := Open(t.Context(), dir, Options{})
		if _, ok := errors.AsType[*CorruptError](err); !ok {
			t.Fatalf("got %v, want a *CorruptError", err)
		}
	})
}

func TestNewerStoreIsLeftAlone(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	err := s.update(func(tx *bbolt.Tx) error {
		return s.put(tx.Bucket(bucketMeta), keyHead, head{Format: Format + 1, ID: "x"})
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	_, err = Open(t.Context(), dir, Options{})
	if f, ok := errors.AsType[*FormatError](err); !ok || f.Found != Format+1 {
		t.Fatalf("got %v, want a *FormatError", err)
	}
}

// FuzzDamage flips bytes of a good file: an error or the right contents, never
// a panic, a fault or other contents.
func FuzzDamage(f *testing.F) {
	dir := f.TempDir()
	s, err := Open(f.Context(), dir, Options{})
	if err != nil {
		f.Fatal(err)
	}
	for r := uint64(1); r <= 3; r++ {
		err := s.Commit(Commit{Revision: r, Owner: "shop", At: day, Puts: []Object{
			{Object: route("orders", int64(r)), Owner: "shop", Revision: r, Created: day},
		}})
		if err != nil {
			f.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		f.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(dir, Name))
	if err != nil {
		f.Fatal(err)
	}
	for _, at := range []uint32{0, 16, 24, 64, 80, 4096, 8192, 8200, 12288, 16384, 20480, 24576} {
		f.Add(at, []byte{0xff})
		f.Add(at, bytes.Repeat([]byte{0}, 64))
	}
	f.Fuzz(func(t *testing.T, at uint32, flip []byte) {
		damaged := bytes.Clone(raw)
		for i, b := range flip {
			damaged[(int(at)+i)%len(damaged)] ^= b
		}
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, Name), damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Open(t.Context(), dir, Options{LockWait: time.Millisecond})
		if err != nil {
			return
		}
		defer s.Close()
		c, err := s.Load()
		if err != nil {
			return
		}
		// A damaged head page sends bbolt back to the commit before.
		for _, o := range c.Objects {
			if got := weights([]Object{o})[o.Object.GetName()]; uint64(got) != o.Revision {
				t.Errorf("revision %d has weight %d", o.Revision, got)
			}
		}
		if _, err := s.AsOf("shop", 1); err != nil {
			return
		}
	})
}
