package run_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/gwctl/gwctl/canary/run"
	"github.com/gwctl/gwctl/canary/verdict"
)

// monday is a Monday at ten o'clock.
var monday = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)

// percent is a weight.
func percent(p float64) int { return int(p * run.Whole / 100) }

// checkout is a canary as people write it: a little first, then half.
func checkout(change func(*run.Spec)) run.Spec {
	spec := run.Spec{
		Canary: "checkout", Stable: "backend.checkout_v1", Candidate: "backend.checkout_v2", Targets: []string{"xds"},
		Steps: []run.Step{
			{Name: "first", Split: run.Split{Weight: percent(10)}, Hold: time.Minute, UntilVerdict: true},
			{Name: "half", Split: run.Split{Weight: percent(50)}, Hold: 2 * time.Minute, UntilVerdict: true},
		},
		Analysis: verdict.Analysis{Alpha: 0.05, Beta: 0.05, Checks: []verdict.Check{{Name: "errors"}}},
		MinReady: 1, OnInterrupt: run.HoldOnInterrupt, Deadline: time.Hour, ShiftTimeout: time.Minute,
	}
	if change != nil {
		change(&spec)
	}
	return spec
}

// world is what a run meets: targets that take splits, and requests that come.
type world struct {
	t     *testing.T
	state *run.State
	now   time.Time

	rate              float64 // requests a second, on each target
	stable, candidate float64 // shares of errors
	ready             int
	stop              run.Stop
	refuses           map[string]string // by target
	deaf              map[string]bool   // targets that take no split
	stray             *float64          // the share that the candidate really gets
	answers           map[string]run.Answer

	inForce map[string]run.Split
	counted map[string]*exact
	tidied  bool
	called  []string
	shifts  []string // the splits that were told, without repetitions
	last    run.Action
}

// exact counts requests without chance: the fractions are carried over.
type exact struct{ stable, candidate, stableBad, candidateBad float64 }

func newWorld(t *testing.T, spec run.Spec) *world {
	t.Helper()
	state, err := run.New(spec, "run-1")
	if err != nil {
		t.Fatal(err)
	}
	w := &world{
		t: t, state: state, now: monday, rate: 100, stable: 0.01, candidate: 0.01, ready: 1,
		refuses: map[string]string{}, deaf: map[string]bool{}, answers: map[string]run.Answer{},
		inForce: map[string]run.Split{}, counted: map[string]*exact{},
	}
	for _, name := range spec.Targets {
		w.inForce[name], w.counted[name] = run.Split{}, &exact{}
	}
	return w
}

// interval is the time from look to look.
const interval = 5 * time.Second

// look lets requests come, has the run decide, and does what it says. Each time
// the run is another process, which has the journal alone.
func (w *world) look() run.Action {
	w.t.Helper()
	w.now = w.now.Add(interval)
	for name, c := range w.counted {
		share := float64(w.inForce[name].Weight) / run.Whole
		if w.stray != nil {
			share = *w.stray
		}
		n := w.rate * interval.Seconds()
		c.candidate += n * share
		c.stable += n * (1 - share)
		c.candidateBad += n * share * w.candidate
		c.stableBad += n * (1 - share) * w.stable
	}
	seen := run.Seen{Stop: w.stop, Tidied: w.tidied, Calls: w.answers}
	for _, name := range w.state.Spec.Targets {
		split, ready := w.inForce[name], w.ready
		seen.Targets = append(seen.Targets, run.Target{Name: name, InForce: &split, Ready: &ready, Refused: w.refuses[name]})
		c := w.counted[name]
		seen.Readings = append(seen.Readings, run.Reading{
			Target: name, Source: "envoy", Divided: run.Divided{Stable: uint64(c.stable), Candidate: uint64(c.candidate)},
			Checks: map[string]verdict.Sample{"errors": {
				Stable:    verdict.Tally{Requests: uint64(c.stable), Bad: uint64(c.stableBad)},
				Candidate: verdict.Tally{Requests: uint64(c.candidate), Bad: uint64(c.candidateBad)},
			}},
		})
	}
	w.state, w.last = run.Decide(restart(w.t, w.state), seen, w.now)
	w.do()
	return w.last
}

func (w *world) do() {
	switch w.last.Do {
	case run.Shift:
		told := describe(w.last.Split)
		if n := len(w.shifts); n == 0 || w.shifts[n-1] != told {
			w.shifts = append(w.shifts, told)
		}
		for name := range w.inForce {
			if !w.deaf[name] && w.refuses[name] == "" {
				w.inForce[name] = w.last.Split
			}
		}
	case run.CallHook:
		w.called = append(w.called, fmt.Sprintf("%s %s %s", w.last.Call.Hook, w.last.Call.When, w.last.Call.Step))
		if _, ok := w.answers[w.last.Call.ID]; !ok {
			w.answers[w.last.Call.ID] = run.Answer{OK: true}
		}
	case run.Tidy:
		w.tidied = true
	}
}

func describe(s run.Split) string {
	text := run.Percent(s.Weight)
	if s.Mirror > 0 {
		text += " mirror " + run.Percent(s.Mirror)
	}
	for _, c := range s.Cohorts {
		text += " cohort " + c.Header + c.Cookie + "=" + c.Value
	}
	return text
}

// restart hands the journal to another process.
func restart(t *testing.T, s *run.State) *run.State {
	t.Helper()
	text, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	again, err := run.Decode(text)
	if err != nil {
		t.Fatal(err)
	}
	return again
}

// until looks until the run says something, or ends.
func (w *world) until(why string) {
	w.t.Helper()
	for range 5000 {
		if w.look(); strings.Contains(w.last.Why, why) {
			return
		}
		if w.last.Do == run.End {
			w.t.Fatalf("it ended %s (%s), and never said %q", w.last.Outcome, w.last.Why, why)
		}
	}
	w.t.Fatalf("it never said %q; at last %s: %s", why, w.last.Do, w.last.Why)
}

// looks looks for a time.
func (w *world) looks(d time.Duration) {
	w.t.Helper()
	for ; d > 0; d -= interval {
		w.look()
	}
}

func (w *world) order(verb run.Verb, step string) {
	w.t.Helper()
	next, err := w.state.Obey(run.Order{Verb: verb, Step: step, By: "ann"})
	if err != nil {
		w.t.Fatal(err)
	}
	w.state = next
}

// ends looks until the process ends, and says how and after which splits.
func (w *world) ends(outcome run.Outcome, why string, shifts ...string) {
	w.t.Helper()
	for range 5000 {
		if w.look(); w.last.Do == run.End {
			break
		}
	}
	if w.last.Do != run.End {
		w.t.Fatalf("it does not end; at last %s: %s", w.last.Do, w.last.Why)
	}
	if w.last.Outcome != outcome || !strings.Contains(w.last.Why, why) {
		w.t.Errorf("it ended %s (%s), and not %s (%s)", w.last.Outcome, w.last.Why, outcome, why)
	}
	if diff := gocmp.Diff(shifts, w.shifts); diff != "" {
		text, _ := json.MarshalIndent(w.state.Log, "", " ")
		w.t.Errorf("the splits: %s\n%s", diff, text)
	}
}
