package e2e

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/gwctl/gwctl/internal/load"
)

// Each class of change is made several times there and back under a steady
// load on keep-alive connections: no request fails, none is missed, and none
// is answered as neither configuration says.
func TestChangesUnderLoadDropNothing(t *testing.T) {
	rounds, rate := setting(t, roundsVariable, 2), setting(t, rateVariable, 1000)
	w := changingWorld(t)
	for _, c := range changes {
		t.Run(c.name, func(t *testing.T) {
			w.in(t).classUnderLoad(c, rounds, rate).log(t)
		})
	}
	t.Run("all in turn", func(t *testing.T) {
		w.in(t).allInTurn(max(rounds/2, 1), rate).log(t)
	})
}

// The long run, for `make bench`.
func BenchmarkChangesUnderLoad(b *testing.B) {
	rounds, rate := setting(b, roundsVariable, 10), setting(b, rateVariable, 2500)
	w := changingWorld(b)
	run := func(name string, once func(*world) outcome) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				once(w.in(b)).report(b)
			}
		})
	}
	for _, c := range changes {
		run(c.name, func(w *world) outcome { return w.classUnderLoad(c, rounds, rate) })
	}
	run("all in turn", func(w *world) outcome { return w.allInTurn(rounds, rate) })
}

// changingWorld has all but no time between the new routes and the removal of
// what the old ones named: the order of things has to do.
func changingWorld(tb testing.TB) *world {
	w := newWorld(tb, "-grace", "1ms")
	shop := w.folder("shop")
	shop.apply(config(changes[0].before))
	w.connectTo("public", "envoy-1", 2)
	w.connected("envoy-1")
	return w
}

// outcome is what was seen of a class.
type outcome struct {
	load.Snapshot
	changes  int
	visible  []time.Duration // from an apply's start to the first answer of the new configuration
	lingered []time.Duration // from an apply's end to the last answer of the old one
}

func (o *outcome) note(r result, x *transition) {
	o.changes++
	if first := x.firstNew.Load(); first != 0 {
		o.visible = append(o.visible, time.Unix(0, first).Sub(r.began))
	}
	if last := x.lastOld.Load(); last != 0 {
		o.lingered = append(o.lingered, max(time.Unix(0, last).Sub(r.began.Add(r.took)), 0))
	}
}

func median(d []time.Duration) time.Duration {
	if len(d) == 0 {
		return 0
	}
	slices.Sort(d)
	return d[len(d)/2]
}

func (o outcome) log(tb testing.TB) {
	tb.Helper()
	tb.Logf("%d changes, %d requests, %d failed, %d missed; new configuration seen %s after an apply began, old one %s at most after it ended; p99 %v",
		o.changes, o.Requests, o.Failed, o.Missed, told(median(o.visible)), told(longest(o.lingered)), o.Latency.Quantile(0.99))
}

func longest(d []time.Duration) time.Duration {
	if len(d) == 0 {
		return 0
	}
	return slices.Max(d)
}

func told(d time.Duration) string {
	if d == 0 {
		return "0s (or cannot be told)"
	}
	return fmt.Sprint(d.Round(100 * time.Microsecond))
}

func (o outcome) report(b *testing.B) {
	b.Helper()
	b.ReportMetric(float64(o.changes), "changes")
	b.ReportMetric(float64(o.Requests), "requests")
	b.ReportMetric(float64(o.Failed), "failed")
	b.ReportMetric(float64(o.Missed), "missed")
	if len(o.visible) > 0 {
		b.ReportMetric(float64(median(o.visible).Microseconds())/1000, "ms-to-visible")
	}
	b.ReportMetric(0, "ns/op")
}

// classUnderLoad makes one class of change.
func (w *world) classUnderLoad(c change, rounds, rate int) outcome {
	w.Helper()
	shop := w.folder("shop")
	shop.apply(config(c.before))
	w.settled(c.before, c.requests)
	t := w.load("http", rate, rule(c.before), c.requests...)
	t.more(rate / 10)
	var o outcome
	for range rounds {
		w.step(t, shop, &o, []side{c.before}, []side{c.after}, c, true)
		w.step(t, shop, &o, []side{c.after}, []side{c.before}, c, false)
	}
	o.Snapshot = t.clean()
	shop.inSync()
	return o
}

// allInTurn has all classes in one configuration and makes their changes one
// after the other, with requests to all of them all the time.
func (w *world) allInTurn(rounds, rate int) outcome {
	w.Helper()
	shop := w.folder("shop")
	now := make([]side, len(changes))
	var requests []load.Request
	for i, c := range changes {
		now[i] = c.before
		requests = append(requests, c.requests...)
	}
	all := side{rules: map[string]load.Rule{}}
	for _, s := range now {
		for name, r := range s.rules {
			all.rules[name] = r
		}
	}
	shop.apply(config(now...))
	w.settled(all, requests)
	t := w.load("http", rate, rule(now...), requests...)
	t.more(rate / 10)
	var o outcome
	for range rounds {
		for _, there := range []bool{true, false} {
			for i, c := range changes {
				before := slices.Clone(now)
				now[i] = c.before
				if there {
					now[i] = c.after
				}
				w.step(t, shop, &o, before, now, c, there)
			}
		}
	}
	o.Snapshot = t.clean()
	shop.inSync()
	return o
}

// step makes one change under load.
func (w *world) step(t *traffic, shop *folder, o *outcome, before, after []side, c change, there bool) {
	w.Helper()
	var r result
	x := t.change(rule(before...), rule(after...), func() {
		r = shop.apply(config(after...))
		if c.port != "" && there {
			// It is there as soon as apply says so.
			if a, err := w.ask(c.port, c.requests[0]); err != nil || a.backend != "v1" {
				w.Errorf("the new port: %v %s", err, a)
			}
		}
	})
	o.note(r, x)
	switch {
	case c.port != "" && there:
		w.load(c.port, t.rate/5, v1, c.requests...).cleanAfter(t.rate / 20)
	case c.port != "":
		w.closed(c.port)
	}
	t.more(t.rate / 4) // old clusters go meanwhile
}

// cleanAfter is clean after so many requests.
func (t *traffic) cleanAfter(n int) {
	t.w.Helper()
	t.more(n)
	t.clean()
}

// settled waits until each request is answered as this side says.
func (w *world) settled(s side, requests []load.Request) {
	w.Helper()
	t := w.load("http", 200, func(load.Answer) error { return nil }, requests...)
	x := &transition{before: func(load.Answer) error { return nil }, after: rule(s)}
	t.Allow(x.rule)
	t.settle(x)
	t.Stop()
}
