package rollout_test

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/gwctl/gwctl/providers/xds/fleet"
	"github.com/gwctl/gwctl/providers/xds/rollout"
	"github.com/gwctl/gwctl/providers/xds/translate"
)

// usedPort is an address that somebody listens on.
func usedPort(t *testing.T) string {
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = lis.Close() })
	return lis.Addr().String()
}

// refused checks that a rollout was refused, for the given words, and undone.
func refused(t *testing.T, out *rollout.Outcome, typ translate.Type, resource, words string) {
	t.Helper()
	if out.OK() || !out.Restored || len(out.Refusals) == 0 {
		t.Fatalf("want it refused and undone: %+v", out)
	}
	r := out.Refusals[0]
	if r.Gateway != gateway || r.Node != "envoy-1" || r.Type != typ || len(r.Resources) != 1 || r.Resources[0] != resource {
		t.Errorf("the refusal names something else: %+v", r)
	}
	if !strings.Contains(r.Text, words) {
		t.Errorf("the refusal is not in Envoy's words, %q: %q", words, r.Text)
	}
}

func TestRefusedRouteLeavesTrafficAsItWas(t *testing.T) {
	modes(t, func(t *testing.T, sotw bool) {
		w := newWorld(t, fleet.Options{Grace: time.Millisecond})
		a, b := backend(t, "a"), backend(t, "b")
		w.apply(snapshot(gateway, cluster("a", a), listener("http", "127.0.0.1:0", "http"), routes("http", "prefix / a")))
		p := w.start("envoy-1", sotw)
		load := newLoad(t, "http://"+listenerAddress(t, p, "http"))
		for range 3 {
			out := w.run(snapshot(gateway, cluster("a", a), cluster("b", b),
				listener("http", "127.0.0.1:0", "http"), routes("http", "regex /v(1 b", "prefix / b")), rollout.Options{})
			refused(t, out, translate.Route, "http", "missing ): /v(1")
			load.more(t, 50)
		}
		load.clean(t, "a")
		w.until("the cluster of the refused change is gone", func() bool {
			stats, err := p.Stats(t.Context(), `^cluster\.b\.membership_total$`)
			return err == nil && len(stats) == 0
		})
		w.apply(snapshot(gateway, cluster("b", b), listener("http", "127.0.0.1:0", "http"), routes("http", "prefix / b")))
		if got := once(t, "http://"+listenerAddress(t, p, "http")); got != "b" {
			t.Errorf("a good change after it: %q", got)
		}
	})
}

// Whoever watches is not told that Envoys took what one of them refused.
func TestRefusedStageIsNotToldAsTaken(t *testing.T) {
	w := newWorld(t, fleet.Options{})
	a := backend(t, "a")
	w.apply(snapshot(gateway, cluster("a", a), listener("http", "127.0.0.1:0", "http"), routes("http", "prefix / a")))
	w.start("envoy-1", false)
	to := snapshot(gateway, cluster("a", a), listener("http", "127.0.0.1:0", "http"), routes("http", "regex /v(1 a"))
	out := rollout.Run(t.Context(), w.fleet, []rollout.Change{{Gateway: gateway, From: w.served, To: to}}, rollout.Options{},
		func(p rollout.Progress) {
			if p.Phase == rollout.PhaseRoutes && p.Acked > 0 {
				t.Errorf("told as taken: %+v", p)
			}
		})
	refused(t, out, translate.Route, "http", "missing ): /v(1")
}

func TestListenerOnUsedPortIsRefused(t *testing.T) {
	modes(t, func(t *testing.T, sotw bool) {
		w := newWorld(t, fleet.Options{})
		a := backend(t, "a")
		before := snapshot(gateway, cluster("a", a), listener("http", "127.0.0.1:0", "http"), routes("http", "prefix / a"))
		w.apply(before)
		p := w.start("envoy-1", sotw)
		load := newLoad(t, "http://"+listenerAddress(t, p, "http"))
		out := w.run(snapshot(gateway, cluster("a", a),
			listener("http", "127.0.0.1:0", "http"), routes("http", "prefix / a"),
			listener("admin", usedPort(t), "admin"), routes("admin", "prefix / a")), rollout.Options{})
		refused(t, out, translate.Listener, "admin", "Address already in use")
		load.more(t, 50)
		load.clean(t, "a")
		if got := once(t, "http://"+listenerAddress(t, p, "http")); got != "a" {
			t.Errorf("a new connection: %q", got)
		}
		// Nothing is left of it.
		w.apply(before)
		if at := listenerAddress(t, p, "admin"); at != "" {
			t.Errorf("the refused listener is there: %s", at)
		}
	})
}

func TestListenerThatCannotMoveServesWhereItWas(t *testing.T) {
	modes(t, func(t *testing.T, sotw bool) {
		w := newWorld(t, fleet.Options{})
		a := backend(t, "a")
		free, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		at := free.Addr().String()
		_ = free.Close()
		w.apply(snapshot(gateway, cluster("a", a), listener("http", at, "http"), routes("http", "prefix / a")))
		w.start("envoy-1", sotw)
		if got := once(t, "http://"+at); got != "a" {
			t.Fatalf("before: %q", got)
		}
		out := w.run(snapshot(gateway, cluster("a", a), listener("http", usedPort(t), "http"), routes("http", "prefix / a")), rollout.Options{})
		refused(t, out, translate.Listener, "http", "Address already in use")
		if got := once(t, "http://"+at); got != "a" {
			t.Errorf("the old port after the refusal: %q", got)
		}
	})
}

func TestCancelledRolloutGoesBack(t *testing.T) {
	w := newWorld(t, fleet.Options{Grace: time.Millisecond})
	a, b := backend(t, "a"), backend(t, "b")
	w.apply(snapshot(gateway, cluster("a", a), listener("http", "127.0.0.1:0", "http"), routes("http", "prefix / a")))
	p := w.start("envoy-1", false)
	ctx, cancel := context.WithCancel(t.Context())
	out := rollout.Run(ctx, w.fleet, []rollout.Change{{Gateway: gateway, From: w.served, To: snapshot(gateway,
		cluster("b", b), listener("http", "127.0.0.1:0", "http"), routes("http", "prefix / b"))}}, rollout.Options{},
		func(p rollout.Progress) {
			if p.Phase == rollout.PhaseRoutes {
				cancel()
			}
		})
	if out.OK() || out.Err == nil || !out.Restored {
		t.Fatalf("want it cancelled and undone: %+v", out)
	}
	if got := once(t, "http://"+listenerAddress(t, p, "http")); got != "a" {
		t.Errorf("answer %q", got)
	}
}

// A cluster whose endpoints never come is not acknowledged in time.
func TestLateEnvoyIsNamedAndTheChangeUndone(t *testing.T) {
	modes(t, func(t *testing.T, sotw bool) {
		w := newWorld(t, fleet.Options{Grace: time.Hour})
		a := backend(t, "a")
		w.apply(snapshot(gateway, cluster("a", a), listener("http", "127.0.0.1:0", "http"), routes("http", "prefix / a")))
		p := w.start("envoy-1", sotw)
		load := newLoad(t, "http://"+listenerAddress(t, p, "http"))
		out := w.run(snapshot(gateway, cluster("a", a), cluster("cold")[:1],
			listener("http", "127.0.0.1:0", "http"), routes("http", "prefix / cold")),
			rollout.Options{Timeout: 200 * time.Millisecond})
		if len(out.Late) != 1 || out.Late[0] != (rollout.Late{Gateway: gateway, Node: "envoy-1", Type: translate.Cluster}) || !out.Restored {
			t.Fatalf("want envoy-1 late, and the change undone: %+v", out)
		}
		load.clean(t, "a")
	})
}

func TestLateEnvoyTakesNothingBackWhereThatIsSaid(t *testing.T) {
	modes(t, func(t *testing.T, sotw bool) {
		w := newWorld(t, fleet.Options{Grace: time.Hour})
		a, b := backend(t, "a"), backend(t, "b")
		w.apply(snapshot(gateway, cluster("a", a), listener("http", "127.0.0.1:0", "http"), routes("http", "prefix / a")))
		p := w.start("envoy-1", sotw)
		load := newLoad(t, "http://"+listenerAddress(t, p, "http"))
		cold := cluster("cold", b)
		out := w.run(snapshot(gateway, cluster("a", a), cold[:1], listener("http", "127.0.0.1:0", "http"), routes("http", "prefix / cold")),
			rollout.Options{Timeout: 200 * time.Millisecond, Lenient: true})
		if !out.OK() {
			t.Fatalf("want it to stand: %+v", out)
		}
		load.more(t, 100)
		load.clean(t, "a") // what is not warm yet gets no request
		w.fleet.Edit(gateway, fleet.Edit{Put: cold[1:]})
		url := "http://" + listenerAddress(t, p, "http")
		w.until("the change is there", func() bool { return once(t, url) == "b" })
	})
}

func TestServerThatIsUsedByNobodyRollsOut(t *testing.T) {
	w := newWorld(t, fleet.Options{})
	out := w.apply(snapshot(gateway, cluster("a", "127.0.0.1:9"), routes("http", "prefix / a")))
	if len(out.Gateways) != 1 || out.Gateways[0].Connected != 0 || out.Gateways[0].EverConnected {
		t.Errorf("%+v", out.Gateways)
	}
	w.fleet.MarkKnown(gateway)
	out = w.apply(snapshot(gateway, cluster("a", "127.0.0.1:10"), routes("http", "prefix / a")))
	if !out.Gateways[0].EverConnected {
		t.Error("an Envoy was connected before")
	}
}
