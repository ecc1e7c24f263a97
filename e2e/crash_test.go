package e2e

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gwctl/gwctl/internal/envoy"
	"github.com/gwctl/gwctl/internal/load"
	"github.com/gwctl/gwctl/providers/xds/api"
)

// The two configurations between which things die: a swap of backends, so that
// clusters come and go, a route and a listener.
var (
	calm = side{
		blocks: route("swap", allToV1),
		rules:  map[string]load.Rule{"swap /": v1},
	}
	busy = side{
		blocks: route("swap", allToV2) + route("more", allToV1),
		listeners: `
  listener "other" {
    port     = {{port "other"}}
    protocol = "HTTP"
  }`,
		rules: map[string]load.Rule{"swap /": v2},
	}
)

// backendOf is who answers under a configuration.
func backendOf(s side) string {
	if s.rules["swap /"](load.Answer{Status: 200, Backend: "v1"}) == nil {
		return "v1"
	}
	return "v2"
}

func other(s side) side {
	if backendOf(s) == "v1" {
		return busy
	}
	return calm
}

// sent counts what an Envoy was sent, by type, and notes its versions.
func sent(w *world, p *envoy.Process) map[string]uint64 {
	w.Helper()
	stats, err := p.Stats(w.Context(), `(cluster_manager\.cds|listener_manager\.lds|\.rds\..*|cluster\..*)\.(update_success|update_rejected|version)$`)
	if err != nil {
		w.Fatal(err)
	}
	for _, part := range []string{"cds", "lds", "rds", "cluster.default"} {
		found := false
		for name := range stats {
			found = found || strings.Contains(name, part)
		}
		if !found {
			w.Fatalf("no count for %s: %v", part, stats)
		}
	}
	return stats
}

// Envoys go on without their server, and when it is back they are sent nothing
// that they have.
func TestServerThatIsKilledAndComesBackIsNotNoticed(t *testing.T) {
	w := newWorld(t)
	shop := w.folder("shop")
	shop.apply(config(busy))
	p := w.envoy("envoy-1")
	traffic := w.load("http", 500, rule(busy), get("swap", "/"))
	traffic.more(50)
	before := sent(w, p)

	for range 2 {
		w.server.kill(w)
		traffic.more(250)
		r := shop.ends(1, "plan")
		r.says(w, "he xDS server at http://"+w.server.admin+" cannot be reached")
		w.server.start(w)
		w.connected("envoy-1")
		shop.inSync()
		traffic.more(50)
		if after := sent(w, p); !maps.Equal(before, after) {
			t.Errorf("Envoy was sent something:\nbefore %v\nafter  %v", before, after)
		}
	}

	traffic.change(rule(busy), rule(calm), func() { shop.apply(config(calm)) })
	if after := sent(w, p); maps.Equal(before, after) {
		t.Error("the counts do not tell a change from none")
	}
	traffic.clean()
}

// A server that is killed in the middle of an apply has done all of it or
// nothing, and never forgets what it has acknowledged.
func TestServerKilledInTheMiddleOfAnApply(t *testing.T) {
	w := newWorld(t, "-grace", "200ms")
	shop := w.folder("shop")
	shop.apply(config(calm))
	w.envoy("envoy-1")
	traffic := w.load("http", 500, rule(calm), get("swap", "/"))
	traffic.more(50)
	now := calm
	acknowledged, given := 0, 0
	for n := range setting(t, roundsVariable, 3) * 2 {
		next := other(now)
		traffic.Allow(load.Either(rule(now), rule(next)))
		shop.write(config(next))
		apply := shop.start("apply", "-auto-approve", "-json")
		moment := randomMoment(w, apply, n)
		w.server.kill(w)
		away := n%4 == 3
		if !away {
			w.server.start(w) // in time for an apply that asks how it ended
		}
		r := apply.wait()
		if away {
			w.server.start(w)
		}
		t.Logf("killed %s: exit code %d after %v", moment, r.code, r.took.Round(time.Millisecond))
		switch r.code {
		case 0:
			acknowledged++
			shop.inSync()
		case 1:
			given++
			// The server was gone, or was back before its Envoys were.
			d := refusalIn(w, r)
			if !strings.Contains(d.Detail, "server") && !strings.Contains(d.Detail, "No Envoy of gateway public is connected") {
				t.Errorf("the error does not say what happened: %s", r)
			}
			if plan := shop.run("plan", "-detailed-exitcode"); plan.code != 0 && plan.code != 2 {
				t.Errorf("a plan afterwards: %s", plan)
			}
		default:
			t.Fatalf("%s", r)
		}
		w.connected("envoy-1")
		shop.ok("apply", "-auto-approve")
		shop.inSync()
		now = next
		traffic.settle(&transition{before: load.OK, after: rule(now)})
		traffic.Allow(rule(now))
		traffic.more(50)
	}
	t.Logf("%d applies were acknowledged, %d failed", acknowledged, given)
	traffic.clean()
}

// randomMoment waits for one: of all of an apply -json or, every other time, of
// what comes after its plan was made.
func randomMoment(w *world, apply *process, n int) string {
	w.Helper()
	if n%2 == 0 {
		d := rand.N(120 * time.Millisecond)
		time.Sleep(d)
		return fmt.Sprintf("%v after it was started", d)
	}
	w.until("the plan is made", func() bool {
		said := apply.stdout.String()
		return strings.Contains(said, `"operation":"plan"`) || strings.Contains(said, `"level":"error"`)
	}, func() any { return apply.stdout.String() })
	d := rand.N(15 * time.Millisecond)
	time.Sleep(d)
	return fmt.Sprintf("%v after its plan was made", d)
}

// While an Envoy has not answered, nothing is decided: a server that is killed
// then goes back.
func TestServerKilledBeforeEnvoysHaveAnsweredGoesBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	shop := w.folder("shop")
	shop.apply(config(calm))
	p := w.envoy("envoy-1")
	freeze(w, p)
	shop.write(config(busy))
	apply := shop.start("apply", "-auto-approve", "-json")
	waiting(w)
	w.server.kill(w)
	w.server.start(w)
	r := apply.wait()
	if r.code != 1 {
		t.Fatalf("nobody has acknowledged it: %s", r)
	}
	if d := refusalIn(w, r); !strings.Contains(d.Detail, "interrupted. It serves revision 1, as before") {
		t.Errorf("the server knows that nothing came of it: %+v", d)
	}
	shop.pending()
	thaw(w, p)
	w.connected("envoy-1")
	w.served("http", "swap.example.com", "/", "v1")
	shop.pending()
	shop.ok("apply", "-auto-approve")
	w.served("http", "swap.example.com", "/", "v2")
	shop.inSync()
}

// freeze stops an Envoy for a while, as a debugger would.
func freeze(w *world, p *envoy.Process) {
	w.Helper()
	if err := syscall.Kill(p.PID(), syscall.SIGSTOP); err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { _ = syscall.Kill(p.PID(), syscall.SIGCONT) })
}

func thaw(w *world, p *envoy.Process) {
	w.Helper()
	if err := syscall.Kill(p.PID(), syscall.SIGCONT); err != nil {
		w.Fatal(err)
	}
}

// waiting waits until something was sent to an Envoy that it has not answered.
func waiting(w *world) {
	w.Helper()
	var last api.GatewayStatus
	w.until("an Envoy is waited for", func() bool {
		last = w.status()
		return slices.ContainsFunc(last.Envoys, func(e api.Envoy) bool {
			return slices.ContainsFunc(e.Types, func(t api.TypeStatus) bool { return t.Sent != t.Acknowledged })
		})
	}, func() any { return last })
}

// An apply that is killed leaves its lock and a state that knows nothing of the
// change; the server goes on. What comes next mends both.
func TestApplyThatIsKilled(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		unlock func(f *folder, locked result)
	}{
		{"and its lock removed", func(f *folder, locked result) {
			_, rest, _ := strings.Cut(locked.stdout+locked.stderr, "gwctl force-unlock ")
			id := strings.Trim(strings.Fields(rest + " .")[0], ".")
			f.ok("force-unlock", "-force", id)
			f.ok("apply", "-auto-approve")
		}},
		{"and its lock waited for", func(f *folder, _ result) {
			f.ok("apply", "-auto-approve", "-lock-timeout=1m")
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			shop := w.folder("shop")
			shop.apply(config(calm))
			p := w.envoy("envoy-1")
			freeze(w, p)
			shop.write(config(busy))
			apply := shop.start("apply", "-auto-approve", "-json")
			waiting(w)
			holder := lockHolder(apply)
			apply.kill()
			thaw(w, p)
			w.served("http", "swap.example.com", "/", "v2") // the server went on to its verdict

			locked := shop.ends(1, "apply", "-auto-approve")
			locked.says(w, "is locked by", holder, "for apply since")
			if plan := shop.run("plan", "-detailed-exitcode"); plan.code != 0 && plan.code != 2 {
				t.Errorf("a plan wants no lock: %s", plan)
			}
			tt.unlock(shop, locked)
			shop.inSync()
			shop.ok("state", "list").says(w, "http_route.more")
			w.served("http", "swap.example.com", "/", "v2")
		})
	}
}

// An Envoy that dies in the middle of an apply leaves the quorum; when it is
// back it serves what is in force.
func TestEnvoyKilledInTheMiddleOfAnApply(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	shop := w.folder("shop")
	shop.apply(config(calm))
	now := calm
	for n := range 3 {
		p := w.envoy("envoy-1")
		w.served("http", "swap.example.com", "/", backendOf(now))
		next := other(now)
		shop.write(config(next))
		if n == 0 {
			freeze(w, p)
		}
		apply := shop.start("apply", "-auto-approve", "-json")
		if n == 0 {
			waiting(w)
		} else {
			randomMoment(w, apply, n)
		}
		p.Kill()
		r := apply.wait()
		switch {
		case r.code == 0 && n > 0:
			now = next
			shop.inSync()
		case r.code == 1:
			if d := refusalIn(w, r); !strings.Contains(d.Detail, "No Envoy of gateway public is connected") {
				t.Errorf("the error does not say what happened: %s", r)
			}
			shop.pending()
		default:
			t.Fatalf("%s", r)
		}
		t.Logf("killed: exit code %d", r.code)
	}
	w.connected()
	w.envoy("envoy-1")
	w.served("http", "swap.example.com", "/", backendOf(now))
	next := other(now)
	shop.apply(config(next))
	w.served("http", "swap.example.com", "/", backendOf(next))
}

// With all its Envoys gone nobody can tell whether a change is good.
func TestApplyWithEnvoyDown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	shop := w.folder("shop")
	shop.apply(config(calm)).says(w, "no Envoy is connected yet")
	p := w.envoy("envoy-1")
	p.Kill()
	w.connected()
	shop.fails(config(busy)).says(w, "No Envoy of gateway public is connected", "-wait-for none")
	shop.pending()
	shop.ok("apply", "-auto-approve", "-wait-for", "none")
	shop.inSync()
	w.envoy("envoy-1")
	w.served("http", "swap.example.com", "/", "v2")
}

// An Envoy that does not answer is given the time that was asked for, no more.
func TestEnvoyThatDoesNotAnswerIsNotWaitedForWithoutEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	shop := w.folder("shop")
	shop.apply(config(calm))
	p := w.envoy("envoy-1")
	freeze(w, p)
	shop.fails(config(busy), "-wait-timeout", "1s").says(w, "envoy-1 of gateway public", "no answer within 1s")
	thaw(w, p)
	w.connected("envoy-1")
	w.served("http", "swap.example.com", "/", "v1")
	shop.pending()
	shop.ok("apply", "-auto-approve")
	w.served("http", "swap.example.com", "/", "v2")
}

// A second Envoy serves what the first one does, and counts from then on.
func TestSecondEnvoyJoins(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	shop := w.folder("shop")
	shop.apply(config(calm))
	first := w.envoy("envoy-1")
	second := w.connect("envoy-2") // both listen on the port
	w.ready(second)
	w.connected("envoy-1", "envoy-2")
	shop.apply(config(busy)).says(w, "2 of 2 Envoys acknowledged")
	first.Kill()
	w.connected("envoy-2")
	w.served("http", "swap.example.com", "/", "v2")
	shop.apply(config(calm)).says(w, "1 of 1 Envoy acknowledged")
	w.served("http", "swap.example.com", "/", "v1")
}

// lockHolder is how a lock names a process.
func lockHolder(p *process) string { return fmt.Sprintf("(pid %d)", p.cmd.Process.Pid) }
