package storetest

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/state"
)

func absentIsNil(t *testing.T, p Place) {
	s, err := p.open().Read(t.Context())
	if s != nil || err != nil {
		t.Errorf("%v, %v; want no state and no error", s, err)
	}
}

func writtenIsRead(t *testing.T, p Place) {
	want := sample(7)
	a, err := resource.ParseAddress(`backend.orders["blue"]`)
	if err != nil {
		t.Fatal(err)
	}
	want.Resources = []state.Record{{
		Address: a, Provider: "kubernetes",
		Objects: []*resource.Object{{Object: map[string]any{
			"apiVersion": "gateway.envoyproxy.io/v1alpha1", "kind": "Backend",
			"metadata": map[string]any{"name": "orders-blue", "namespace": "shop"},
			"spec":     map[string]any{"weight": int64(1 << 60), "text": "a<b\n\u2028"},
		}}},
	}}
	want.Outputs = map[string]state.Output{"url": {Value: json.RawMessage(`"https://shop.example.com"`)}}
	write(t, p.open(), want)
	got, err := p.open().Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	given, err := state.Encode(want)
	if err != nil {
		t.Fatal(err)
	}
	read, err := state.Encode(got)
	if err != nil {
		t.Fatal(err)
	}
	if string(read) != string(given) {
		t.Errorf("read\n%s\nand written was\n%s", read, given)
	}
}

func refuseWhatDoesNotFollow(t *testing.T, p Place) {
	stored := sample(5)
	write(t, p.open(), stored)
	follow := func(change func(*state.State)) *state.State {
		s := stored.Clone()
		s.Serial++
		change(s)
		return s
	}
	for _, tt := range []struct {
		name  string
		state *state.State
		want  string
		is    func(error) bool
	}{
		{"same serial", follow(func(s *state.State) { s.Serial = 5 }), "serial 5 and the one to write has 5", is[*state.SerialError]},
		{"older serial", follow(func(s *state.State) { s.Serial = 4 }), "must be greater", is[*state.SerialError]},
		{"another lineage", follow(func(s *state.State) { s.Lineage = state.NewLineage() }), "different things", is[*state.LineageError]},
		{"another owner", follow(func(s *state.State) { s.Owner = "pay" }), `belongs to the owner "`, is[*state.OwnerError]},
	} {
		t.Run(tt.name, func(t *testing.T) {
			lease, err := p.open().Lock(t.Context(), "push", 0)
			if err != nil {
				t.Fatal(err)
			}
			err = lease.Write(t.Context(), tt.state)
			if !tt.is(err) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
			wantSerial(t, p.open(), 5)
			if err := lease.Release(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

// countWithoutLosing has clients of one place that each add to the serial.
func countWithoutLosing(t *testing.T, p Place) {
	write(t, p.open(), sample(1))
	const clients, each = 3, 5
	errs := make(chan error, clients)
	for range clients {
		store := p.open()
		go func() {
			for range each {
				if err := addOne(t.Context(), store); err != nil {
					errs <- err
					return
				}
			}
			errs <- nil
		}()
	}
	for range clients {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	wantSerial(t, p.open(), 1+clients*each)
}

func addOne(ctx context.Context, store state.Store) error {
	lease, err := store.Lock(ctx, "count", time.Minute)
	if err != nil {
		return err
	}
	s, err := store.Read(ctx)
	if err != nil {
		return errors.Join(err, lease.Release(ctx))
	}
	s.Serial++
	return errors.Join(lease.Write(ctx, s), lease.Release(ctx))
}
