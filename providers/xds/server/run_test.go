package server

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.etcd.io/bbolt"

	"github.com/gwctl/gwctl/providers/xds/api"
	"github.com/gwctl/gwctl/providers/xds/material"
	"github.com/gwctl/gwctl/providers/xds/store"
	"github.com/gwctl/gwctl/providers/xds/translate"
)

func TestServerThatCannotStartSaysWhy(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	inUse := t.TempDir()
	start(t, inUse)
	corrupt := t.TempDir()
	if err := os.WriteFile(filepath.Join(corrupt, store.Name), []byte("this is no store"), 0o600); err != nil {
		t.Fatal(err)
	}
	newer := t.TempDir()
	start(t, newer).close(t)
	overwriteHead(t, filepath.Join(newer, store.Name))

	free := func(o Options) Options {
		o.Data = t.TempDir()
		return o
	}
	tests := []struct {
		name string
		opts Options
		says []string
	}{
		{"no folder", Options{}, []string{"-data"}},
		{"a port for Envoys that is taken", free(Options{Listen: taken.Addr().String()}), []string{taken.Addr().String(), "already in use", "-listen"}},
		{"a port for the admin API that is taken", free(Options{Listen: "127.0.0.1:0", Admin: taken.Addr().String()}), []string{taken.Addr().String(), "already in use", "-admin"}},
		{"an address that is none", free(Options{Listen: "nowhere"}), []string{"nowhere", "-listen"}},
		{"a folder of certificates that is none", free(Options{TLS: filepath.Join(inUse, "none")}), []string{filepath.Join(inUse, "none"), "-tls-dir"}},
		{"a folder in use", Options{Data: inUse}, []string{inUse, "in use by another server"}},
		{"a store that is none", Options{Data: corrupt}, []string{corrupt, "damaged"}},
		{"a store of a newer version", Options{Data: newer}, []string{newer, "format 2"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := Run(t.Context(), tt.opts)
			if err == nil {
				t.Fatal("it started")
			}
			for _, part := range tt.says {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q is not in: %v", part, err)
				}
			}
		})
	}
	err = Run(t.Context(), free(Options{Listen: taken.Addr().String()}))
	if _, ok := errors.AsType[*ListenError](err); !ok {
		t.Errorf("got %T", err)
	}
}

// overwriteHead makes a store say that it has the next format.
func overwriteHead(t *testing.T, path string) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.Update(func(tx *bbolt.Tx) error {
		meta := tx.Bucket([]byte("meta"))
		key, head := []byte("head"), []byte(`{"format":2,"id":"x"}`)
		sum := crc32.Checksum(slices.Concat(key, head), crc32.MakeTable(crc32.Castagnoli))
		return meta.Put(key, append(binary.BigEndian.AppendUint32(nil, sum), head...))
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestOpenPortsAreWarnedOf(t *testing.T) {
	var log bytes.Buffer
	ctx, cancel := context.WithCancel(t.Context())
	err := Run(ctx, Options{
		Listen: "0.0.0.0:0", Admin: "127.0.0.1:0", Data: t.TempDir(),
		Log: slog.New(slog.NewTextHandler(&log, nil)), Ready: func(string, string) { cancel() },
	})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(log.String(), "ADS is open to the network without authentication") {
		t.Errorf("no warning in: %s", log.String())
	}
	if strings.Contains(log.String(), "the admin API is open") {
		t.Errorf("a warning of what is not so: %s", log.String())
	}
}

func TestRestartServesTheSameBytes(t *testing.T) {
	data := t.TempDir()
	s := start(t, data)
	s.commit(t, transaction(shop, basic(shop)...))
	s.commit(t, transaction(shop, replace(route(shop, "orders", "public", "/v2", "orders"), 1)))
	var before, after api.Identity
	s.get(t, api.PathIdentity, http.StatusOK, &before)
	s.close(t)

	served := func() (map[string]*translate.Snapshot, map[string]*translate.Snapshot) {
		st, err := store.Open(t.Context(), data, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer st.Close()
		opts, err := Options{Data: data}.withDefaults()
		if err != nil {
			t.Fatal(err)
		}
		s, err := newServer(opts, st, &material.Folder{})
		if err != nil {
			t.Fatal(err)
		}
		defer s.cancel()
		result := s.translator.Translate(inputs(s.current().objects))
		return s.current().snapshots, snapshotsOf(&result)
	}
	kept, translated := served()
	// Origins are of no use for what is in force.
	if diff := cmp.Diff(prune(translated), prune(kept), cmpopts.IgnoreUnexported(translate.Resource{})); diff != "" {
		t.Errorf("served after the restart (+) and translated (-): %s", diff)
	}
	again := start(t, data)
	again.get(t, api.PathIdentity, http.StatusOK, &after)
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("another identity: %s", diff)
	}
}

// prune leaves types without resources out.
func prune(gateways map[string]*translate.Snapshot) map[string]map[translate.Type]map[string]*translate.Resource {
	out := map[string]map[translate.Type]map[string]*translate.Resource{}
	for name, s := range gateways {
		out[name] = map[translate.Type]map[string]*translate.Resource{}
		for typ, resources := range s.Resources {
			if len(resources) > 0 {
				out[name][typ] = resources
			}
		}
	}
	return out
}

func TestInterruptedTransactionIsRolledBack(t *testing.T) {
	data := t.TempDir()
	s := start(t, data)
	s.commit(t, transaction(shop, basic(shop)...))
	s.close(t)
	st, err := store.Open(t.Context(), data, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	err = st.Begin(store.Pending{Revision: 2, Transaction: "cut-off", Owner: "shop", Touched: []store.Key{
		{Gateway: "default/public", Type: "RDS", Name: "default/public/8080"},
		{Gateway: "default/new", Type: "LDS", Name: "x"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	s = start(t, data)
	var outcome api.Outcome
	s.get(t, "/v1/transactions/cut-off?owner=shop", http.StatusOK, &outcome)
	if v := outcome.Verdict; v == nil || v.Committed || v.Revision != 1 || !strings.Contains(v.Detail, "revision 1, as before") {
		t.Errorf("the outcome is %+v", outcome.Verdict)
	}
	if v := s.commit(t, transaction(shop, replace(route(shop, "orders", "public", "/v2", "orders"), 1))); v.Revision != 2 {
		t.Errorf("the next revision is %d", v.Revision)
	}
}

func TestStatusShowsGateways(t *testing.T) {
	s := start(t, t.TempDir())
	s.commit(t, transaction(shop, basic(shop)...))
	var status api.Status
	s.get(t, api.PathStatus, http.StatusOK, &status)
	if len(status.Gateways) != 1 || status.Gateways[0].Name != "default/public" || !status.Gateways[0].Applied || len(status.Gateways[0].Envoys) != 0 {
		t.Fatalf("got %+v", status)
	}
	if c := status.Gateways[0].Conditions; c == nil || c.Conditions[0].Type != "Accepted" || !c.Conditions[0].Status {
		t.Errorf("conditions: %+v", c)
	}
}

func TestRemovedGatewayLeavesNothing(t *testing.T) {
	data := t.TempDir()
	s := start(t, data)
	s.commit(t, transaction(shop, basic(shop)...))
	tx := transaction(shop)
	for _, w := range basic(shop) {
		tx.Deletes = append(tx.Deletes, expect(w.Object, 1))
	}
	s.commit(t, tx)
	s.close(t)
	st, err := store.Open(t.Context(), data, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	c, err := st.Load()
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Objects)+len(c.Resources)+len(c.Gateways) > 0 {
		t.Errorf("left behind: %+v", c)
	}
}
