package rollout_test

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gwctl/gwctl/internal/envoy"
	"github.com/gwctl/gwctl/providers/xds/fleet"
	"github.com/gwctl/gwctl/providers/xds/rollout"
	"github.com/gwctl/gwctl/providers/xds/translate"
)

func TestFirstEnvoyServesTraffic(t *testing.T) {
	modes(t, func(t *testing.T, sotw bool) {
		w := newWorld(t, fleet.Options{})
		a := backend(t, "a")
		out := w.apply(snapshot(gateway,
			cluster("a", a), listener("http", "127.0.0.1:0", "http"), routes("http", "prefix / a")))
		if g := out.Gateways[0]; g.Connected != 0 || g.EverConnected {
			t.Errorf("nobody is connected: %+v", g)
		}
		p := w.start("envoy-1", sotw)
		if got := once(t, "http://"+listenerAddress(t, p, "http")); got != "a" {
			t.Errorf("answer %q", got)
		}
	})
}

func TestWeightsChangeUnderLoad(t *testing.T) {
	modes(t, func(t *testing.T, sotw bool) {
		w := newWorld(t, fleet.Options{})
		a, b := backend(t, "a"), backend(t, "b")
		first := func(split string) {
			w.apply(snapshot(gateway, cluster("a", a), cluster("b", b),
				listener("http", "127.0.0.1:0", "http"), routes("http", "prefix / "+split)))
		}
		first("a=90 b=10")
		p := w.start("envoy-1", sotw)
		load := newLoad(t, "http://"+listenerAddress(t, p, "http"))
		for _, split := range []string{"a=50 b=50", "a=10 b=90", "a=0 b=100", "a=100 b=0"} {
			first(split)
			load.more(t, 50)
		}
		load.clean(t, "a", "b")
	})
}

func TestBackendIsSwappedUnderLoad(t *testing.T) {
	modes(t, func(t *testing.T, sotw bool) {
		w := newWorld(t, fleet.Options{Grace: 50 * time.Millisecond})
		a, b := backend(t, "a"), backend(t, "b")
		with := func(name, at string) *translate.Snapshot {
			return snapshot(gateway, cluster(name, at), listener("http", "127.0.0.1:0", "http"), routes("http", "prefix / "+name))
		}
		w.apply(with("a", a))
		p := w.start("envoy-1", sotw)
		load := newLoad(t, "http://"+listenerAddress(t, p, "http"))
		load.more(t, 50)
		for range 10 {
			w.apply(with("b", b))
			load.more(t, 10)
			w.apply(with("a", a))
			load.more(t, 10)
		}
		load.clean(t, "a", "b")
		w.until("the old cluster is gone", func() bool {
			stats, err := p.Stats(t.Context(), `^cluster_manager\.active_clusters$`)
			return err == nil && stats["cluster_manager.active_clusters"] == 2 // a, and the server's own
		})
	})
}

func TestEndpointsChangeUnderLoad(t *testing.T) {
	modes(t, func(t *testing.T, sotw bool) {
		w := newWorld(t, fleet.Options{})
		a, b := backend(t, "a"), backend(t, "b")
		with := func(at ...string) *translate.Snapshot {
			return snapshot(gateway, cluster("api", at...), listener("http", "127.0.0.1:0", "http"), routes("http", "prefix / api"))
		}
		w.apply(with(a))
		p := w.start("envoy-1", sotw)
		load := newLoad(t, "http://"+listenerAddress(t, p, "http"))
		for range 10 {
			w.apply(with(a, b))
			load.more(t, 10)
			w.apply(with(b))
			load.more(t, 10)
			w.apply(with(a))
		}
		load.clean(t, "a", "b")
	})
}

// The cluster warms anew, and must not wait for endpoints that it was sent
// before: Envoy would do so for 15 seconds.
func TestClusterChangedInPlaceGetsItsEndpointsAgain(t *testing.T) {
	modes(t, func(t *testing.T, sotw bool) {
		w := newWorld(t, fleet.Options{})
		a := backend(t, "a")
		with := func(timeout time.Duration) *translate.Snapshot {
			return snapshot(gateway, clusterWith("a", timeout, a), listener("http", "127.0.0.1:0", "http"), routes("http", "prefix / a"))
		}
		w.apply(with(time.Second))
		w.start("envoy-1", sotw)
		for n := range 5 {
			if out := w.run(with(time.Duration(n+2)*time.Second), rollout.Options{Timeout: 10 * time.Second}); !out.OK() {
				t.Fatalf("%+v", out)
			}
		}
	})
}

func TestPortMovesToANewListener(t *testing.T) {
	modes(t, func(t *testing.T, sotw bool) {
		w := newWorld(t, fleet.Options{})
		a, b := backend(t, "a"), backend(t, "b")
		w.apply(snapshot(gateway, cluster("a", a), listener("old", "127.0.0.1:0", "old"), routes("old", "prefix / a")))
		p := w.start("envoy-1", sotw)
		old := listenerAddress(t, p, "old")
		w.apply(snapshot(gateway, cluster("b", b), listener("new", "127.0.0.1:0", "new"), routes("new", "prefix / b")))
		at := ""
		w.until("the new listener listens", func() bool { at = listenerAddress(t, p, "new"); return at != "" })
		if got := once(t, "http://"+at); got != "b" {
			t.Errorf("the new port: %q", got)
		}
		w.until("the old port is closed", func() bool { return strings.HasPrefix(once(t, "http://"+old), "0 ") })
	})
}

func TestKilledEnvoyLeavesTheQuorum(t *testing.T) {
	modes(t, func(t *testing.T, sotw bool) {
		w := newWorld(t, fleet.Options{})
		a, b := backend(t, "a"), backend(t, "b")
		w.apply(snapshot(gateway, cluster("a", a), listener("http", "127.0.0.1:0", "http"), routes("http", "prefix / a")))
		p := w.start("envoy-1", sotw)
		stuck := w.start("envoy-2", sotw)
		if err := syscall.Kill(stuck.PID(), syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		to := snapshot(gateway, cluster("b", b), listener("http", "127.0.0.1:0", "http"), routes("http", "prefix / b"))
		half := false
		out := rollout.Run(t.Context(), w.fleet, []rollout.Change{{Gateway: gateway, From: w.served, To: to}}, rollout.Options{},
			func(p rollout.Progress) {
				if p.Acked == 1 && p.Connected == 2 {
					half = true
					stuck.Kill()
				}
			})
		if !out.OK() || !half || out.Gateways[0].Acked != 1 || out.Gateways[0].Connected != 1 || !out.Gateways[0].EverConnected {
			t.Fatalf("half way seen: %t; %+v", half, out)
		}
		if got := once(t, "http://"+listenerAddress(t, p, "http")); got != "b" {
			t.Errorf("answer %q", got)
		}
	})
}

// updates counts what an Envoy was sent, by type.
func updates(t *testing.T, p *envoy.Process) map[string]uint64 {
	t.Helper()
	stats, err := p.Stats(t.Context(), `(cds|lds|rds\.http|cluster\.a)\.update_success$`)
	if err != nil {
		t.Fatal(err)
	}
	if len(stats) != 4 {
		t.Fatalf("want a count for each type: %v", stats)
	}
	return stats
}

func TestRestartedServerSendsNothingThatEnvoysHave(t *testing.T) {
	w := newWorld(t, fleet.Options{})
	a := backend(t, "a")
	with := func(route string) *translate.Snapshot {
		return snapshot(gateway, cluster("a", a), listener("http", "127.0.0.1:0", "http"), routes("http", route))
	}
	w.apply(with("prefix / a"))
	p := w.start("envoy-1", false)
	load := newLoad(t, "http://"+listenerAddress(t, p, "http"))
	before := updates(t, p)
	w.server.Stop()
	w.serve(fleet.Options{})
	w.until("Envoy is back", func() bool {
		nodes := w.fleet.Status()
		return len(nodes) == 1 && len(nodes[0].Types) == 4
	})
	w.apply(with("prefix /x a"))
	w.apply(with("prefix / a"))
	for name, n := range updates(t, p) {
		want := before[name]
		if strings.Contains(name, "rds") {
			want += 2
		}
		if n != want {
			t.Errorf("%s is %d, want %d", name, n, want)
		}
	}
	load.stop()
}

// An Envoy that was away, while everything changed, catches up without a
// failed request: it has the new cluster before the new routes, and the old
// cluster until it has them.
func TestEnvoyThatWasAwayCatchesUpUnderLoad(t *testing.T) {
	w := newWorld(t, fleet.Options{})
	a, b := backend(t, "a"), backend(t, "b")
	with := func(name, at string) *translate.Snapshot {
		return snapshot(gateway, cluster(name, at), listener("http", "127.0.0.1:0", "http"), routes("http", "prefix / "+name))
	}
	w.apply(with("a", a))
	p := w.start("envoy-1", false)
	load := newLoad(t, "http://"+listenerAddress(t, p, "http"))
	for _, now := range []*translate.Snapshot{with("b", b), with("a", a), with("b", b)} {
		w.server.Stop()
		load.more(t, 50)
		w.served = now
		w.serve(fleet.Options{Grace: time.Millisecond})
		w.until("Envoy is back and up to date", func() bool {
			nodes := w.fleet.Status()
			st := w.fleet.Standing(gateway, nil)
			return len(nodes) == 1 && len(nodes[0].Types) == 4 && st.Current == 1
		})
		load.more(t, 50)
	}
	load.clean(t, "a", "b")
}

// Without waiting for anybody, each Envoy still goes step by step.
func TestRolloutThatWaitsForNobodyDropsNothing(t *testing.T) {
	w := newWorld(t, fleet.Options{Grace: time.Millisecond})
	a, b := backend(t, "a"), backend(t, "b")
	w.apply(snapshot(gateway, cluster("a", a), listener("http", "127.0.0.1:0", "http"), routes("http", "prefix / a")))
	p := w.start("envoy-1", false)
	load := newLoad(t, "http://"+listenerAddress(t, p, "http"))
	for range 10 {
		for name, at := range map[string]string{"a": a, "b": b} {
			w.run(snapshot(gateway, cluster(name, at), listener("http", "127.0.0.1:0", "http"),
				routes("http", "prefix / "+name)), rollout.Options{WaitFor: rollout.WaitForNone})
			load.more(t, 5)
		}
	}
	w.current(gateway)
	load.clean(t, "a", "b")
}

func TestGatewaysMoveTogetherOrNotAtAll(t *testing.T) {
	w := newWorld(t, fleet.Options{})
	a, b := backend(t, "a"), backend(t, "b")
	const other = "default/other"
	with := func(gateway, name, at, route string) *translate.Snapshot {
		return snapshot(gateway, cluster(name, at), listener("http", "127.0.0.1:0", "http"), routes("http", route+" "+name))
	}
	public, private := with(gateway, "a", a, "prefix /"), with(other, "a", a, "prefix /")
	move := func(publicTo, otherTo *translate.Snapshot) *rollout.Outcome {
		return rollout.Run(t.Context(), w.fleet, []rollout.Change{
			{Gateway: gateway, From: public, To: publicTo}, {Gateway: other, From: private, To: otherTo},
		}, rollout.Options{}, nil)
	}
	w.fleet.Set(gateway, public)
	w.fleet.Set(other, private)
	p := w.start("envoy-1", false)
	q := w.startFor(other, "envoy-2", false)
	load := newLoad(t, "http://"+listenerAddress(t, p, "http"))
	out := move(with(gateway, "b", b, "prefix /"), with(other, "b", b, "regex /v(1"))
	if out.OK() || !out.Restored || len(out.Refusals) != 1 || out.Refusals[0].Gateway != other {
		t.Fatalf("want the other gateway's refusal: %+v", out)
	}
	if got := once(t, "http://"+listenerAddress(t, p, "http")); got != "a" {
		t.Errorf("the gateway that refused nothing: %q", got)
	}
	if out = move(with(gateway, "b", b, "prefix /"), with(other, "b", b, "prefix /")); !out.OK() || len(out.Gateways) != 2 {
		t.Fatalf("%+v", out)
	}
	for _, p := range []*envoy.Process{p, q} {
		if got := once(t, "http://"+listenerAddress(t, p, "http")); got != "b" {
			t.Errorf("after a good change: %q", got)
		}
	}
	load.clean(t, "a", "b")
}

func TestGatewayThatIsRemovedStopsServing(t *testing.T) {
	modes(t, func(t *testing.T, sotw bool) {
		w := newWorld(t, fleet.Options{Grace: time.Millisecond})
		a := backend(t, "a")
		with := snapshot(gateway, cluster("a", a), listener("http", "127.0.0.1:0", "http"), routes("http", "prefix / a"))
		w.apply(with)
		p := w.start("envoy-1", sotw)
		at := listenerAddress(t, p, "http")
		if g := w.apply(nil).Gateways[0]; g.Acked != 1 || g.Connected != 1 || !g.EverConnected {
			t.Errorf("its Envoys count as long as it is going: %+v", g)
		}
		w.until("the port is closed", func() bool { return strings.HasPrefix(once(t, "http://"+at), "0 ") })
		if nodes := w.fleet.Status(); len(nodes) != 1 || nodes[0].Known {
			t.Errorf("its Envoy stays, of no known gateway: %+v", nodes)
		}
		w.until("the cluster is gone", func() bool {
			stats, err := p.Stats(t.Context(), `^cluster_manager\.active_clusters$`)
			return err == nil && stats["cluster_manager.active_clusters"] == 1
		})
		w.apply(with)
		w.until("it listens again", func() bool { return listenerAddress(t, p, "http") != "" })
		if got := once(t, "http://"+listenerAddress(t, p, "http")); got != "a" {
			t.Errorf("when it is there again: %q", got)
		}
	})
}
