package storetest

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/gwctl/gwctl/state"
)

// model is what a store should be: one serial, and one lease that expires.
type model struct {
	serial  uint64
	holder  int // client; -1 is nobody
	expires time.Time
}

// anyOrder lets clients take, lose, write and remove in any order. Heartbeats do
// not come into it: the clock is moved by hand, and they go by the real one.
func anyOrder(t *testing.T, p Place) {
	const ttl = time.Hour
	lineage := state.NewLineage()
	serial := uint64(0) // of the place, over all runs
	rapid.Check(t, func(rt *rapid.T) {
		clock := newClock()
		store := func() state.Store { return p(state.Options{Owner: owner, TTL: ttl, Now: clock.now}) }
		m := model{serial: serial, holder: -1}
		leases := make([]state.Lease, 3)
		defer func() {
			serial = m.serial
			for _, lease := range leases {
				if lease != nil {
					_ = lease.Release(t.Context()) // lost, for all but one
				}
			}
		}()
		client := rapid.IntRange(0, len(leases)-1)
		rt.Repeat(map[string]func(*rapid.T){
			"take": func(rt *rapid.T) {
				i := client.Draw(rt, "client")
				if leases[i] != nil {
					rt.Skip("it has one")
				}
				lease, err := store().Lock(t.Context(), "apply", 0)
				free := m.holder < 0 || !clock.now().Before(m.expires)
				if free != (err == nil) {
					rt.Fatalf("client %d takes: %v; free: %t", i, err, free)
				}
				if err == nil {
					leases[i], m.holder, m.expires = lease, i, clock.now().Add(ttl)
				}
			},
			"write": func(rt *rapid.T) {
				i := client.Draw(rt, "client")
				if leases[i] == nil {
					rt.Skip("it has none")
				}
				s := sample(m.serial + 1)
				s.Lineage = lineage
				err := leases[i].Write(t.Context(), s)
				switch {
				case m.holder == i && err == nil:
					m.serial++
				case m.holder == i || !is[*state.FencedError](err):
					rt.Fatalf("client %d writes: %v; the holder is %d", i, err, m.holder)
				}
			},
			"release": func(rt *rapid.T) {
				i := client.Draw(rt, "client")
				if leases[i] == nil {
					rt.Skip("it has none")
				}
				err := leases[i].Release(t.Context())
				if (err == nil) != (m.holder == i) {
					rt.Fatalf("client %d releases: %v; the holder is %d", i, err, m.holder)
				}
				leases[i] = nil
				if err == nil {
					m.holder = -1
				}
			},
			"remove by force": func(rt *rapid.T) {
				i := client.Draw(rt, "client")
				if leases[i] == nil {
					rt.Skip("it has none")
				}
				err := store().Unlock(t.Context(), leases[i].Info().ID)
				if (err == nil) != (m.holder == i) {
					rt.Fatalf("the lease of client %d is removed: %v; the holder is %d", i, err, m.holder)
				}
				if err == nil {
					m.holder = -1
				}
			},
			"time passes": func(*rapid.T) { clock.advance(ttl / 2) },
			"": func(rt *rapid.T) {
				s, err := store().Read(t.Context())
				if err != nil {
					rt.Fatal(err)
				}
				if got := serialOf(s); got != m.serial {
					rt.Fatalf("serial %d, want %d", got, m.serial)
				}
			},
		})
	})
}

func serialOf(s *state.State) uint64 {
	if s == nil {
		return 0
	}
	return s.Serial
}
