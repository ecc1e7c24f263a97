package store

import (
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
