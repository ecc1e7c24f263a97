package run_test

import (
	"encoding/json"
	"math"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/gwctl/gwctl/canary/run"
	"github.com/gwctl/gwctl/canary/verdict"
)

// anySpec draws canaries of all kinds that can run.
func anySpec(t *rapid.T) run.Spec {
	spec := checkout(nil)
	spec.Targets = rapid.SampledFrom([][]string{{"xds"}, {"eu", "us"}}).Draw(t, "targets")
	spec.Sticky = rapid.Bool().Draw(t, "sticky")
	spec.MinReady = rapid.IntRange(0, 2).Draw(t, "min ready")
	spec.OnInterrupt = rapid.SampledFrom([]run.Interrupt{run.HoldOnInterrupt, run.AbortOnInterrupt}).Draw(t, "on interrupt")
	spec.Steps = nil
	weight := 0
	for _, name := range []string{"a", "b", "c"}[:rapid.IntRange(1, 3).Draw(t, "steps")] {
		weight = rapid.IntRange(weight, run.Whole).Draw(t, "weight")
		step := run.Step{
			Name: name, Split: run.Split{Weight: weight},
			Hold:         time.Duration(rapid.IntRange(0, 60).Draw(t, "hold")) * time.Second,
			UntilVerdict: rapid.Bool().Draw(t, "until verdict"),
			Approval:     rapid.Bool().Draw(t, "approval"),
			Before:       rapid.SampledFrom([][]string{nil, {"warm"}}).Draw(t, "before"),
			After:        rapid.SampledFrom([][]string{nil, {"smoke"}}).Draw(t, "after"),
		}
		if rapid.Bool().Draw(t, "a window") {
			step.Windows = []run.Window{{From: 9 * 60, To: 11 * 60}}
		}
		spec.Steps = append(spec.Steps, step)
	}
	if rapid.Bool().Draw(t, "thresholds") {
		spec.Analysis.Checks[0].Thresholds = &verdict.Thresholds{Most: 0.01, Interval: 10 * time.Second, Failures: 2}
	}
	if err := spec.Validate(); err != nil {
		t.Fatal(err)
	}
	return spec
}

// anySeen draws what may be seen of a run, likely and unlikely things.
func anySeen(t *rapid.T, s *run.State) run.Seen {
	seen := run.Seen{
		Stop:   rapid.SampledFrom([]run.Stop{"", "", "", "", "", "", run.Interrupted, run.TimedOut}).Draw(t, "stop"),
		Tidied: rapid.Bool().Draw(t, "tidied"),
	}
	for _, name := range s.Spec.Targets {
		target := run.Target{Name: name}
		switch rapid.IntRange(0, 9).Draw(t, "in force") {
		case 0: // unknown
		case 1:
			target.InForce = &run.Split{Weight: rapid.IntRange(0, run.Whole).Draw(t, "another weight")}
		default:
			target.InForce = &run.Split{Weight: s.Split.Weight}
		}
		if rapid.IntRange(0, 9).Draw(t, "ready known") > 0 {
			ready := rapid.SampledFrom([]int{2, 2, 2, 2, 2, 0}).Draw(t, "ready")
			target.Ready = &ready
		}
		if rapid.IntRange(0, 9).Draw(t, "refused") == 0 {
			target.Refused = "no"
		}
		seen.Targets = append(seen.Targets, target)
		count := func(label string) uint64 {
			return rapid.OneOf(rapid.Uint64Range(0, 1e6), rapid.SampledFrom([]uint64{0, math.MaxUint64})).Draw(t, label)
		}
		sample := verdict.Sample{
			Stable:    verdict.Tally{Requests: count("stable"), Bad: rapid.Uint64Range(0, 20).Draw(t, "stable errors")},
			Candidate: verdict.Tally{Requests: count("candidate"), Bad: rapid.Uint64Range(0, 20).Draw(t, "candidate errors")},
		}
		seen.Readings = append(seen.Readings, run.Reading{
			Target: name, Source: rapid.SampledFrom([]string{"one", "other"}).Draw(t, "source"),
			Divided: run.Divided{Stable: count("sent to stable"), Candidate: count("sent to candidate")},
			Checks:  map[string]verdict.Sample{"errors": sample},
		})
	}
	return seen
}

// answered has an answer to the last call, mostly a yes.
func answered(t *rapid.T, last run.Action) map[string]run.Answer {
	if last.Call == nil {
		return nil
	}
	return map[string]run.Answer{last.Call.ID: {OK: rapid.IntRange(0, 9).Draw(t, "answer") > 0, Text: "no"}}
}

func anyOrder(t *rapid.T, s *run.State) *run.State {
	order := run.Order{
		Verb: rapid.SampledFrom([]run.Verb{run.Pause, run.Resume, run.Approve, run.Approve, run.Promote, run.Full, run.Abort, run.Retry}).Draw(t, "verb"),
		Step: rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "step"), By: "ann",
	}
	next, err := s.Obey(order)
	if err != nil {
		return s
	}
	return next
}

func TestWhateverHappens(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		state, err := run.New(anySpec(t), "run-1")
		if err != nil {
			t.Fatal(err)
		}
		now := monday
		var last run.Action
		for range rapid.IntRange(1, 60).Draw(t, "looks") {
			if rapid.IntRange(0, 7).Draw(t, "an order") == 0 {
				state = anyOrder(t, state)
			}
			seen := anySeen(t, state)
			seen.Calls = answered(t, last)
			now = now.Add(rapid.SampledFrom([]time.Duration{0, time.Second, 5 * time.Second, 5 * time.Second, 30 * time.Second, 40 * 24 * time.Hour, -40 * 24 * time.Hour}).Draw(t, "time"))

			before := encode(t, state)
			next, action := run.Decide(state, seen, now)
			if diff := gocmp.Diff(before, encode(t, state)); diff != "" {
				t.Fatalf("deciding changed the state it was given: %s", diff)
			}
			again, err := run.Decode([]byte(before))
			if err != nil {
				t.Fatal(err)
			}
			restarted, same := run.Decide(again, seen, now)
			if diff := gocmp.Diff(encode(t, next), encode(t, restarted)); diff != "" {
				t.Fatalf("from the journal it comes to another state: %s", diff)
			}
			if diff := gocmp.Diff(action, same); diff != "" {
				t.Fatalf("from the journal it decides something else: %s", diff)
			}
			checkStep(t, state, next, action, seen)
			state, last = next, action
		}
		checkEnds(t, state, now)
	})
}

func encode(t *rapid.T, s *run.State) string {
	text, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// checkStep checks what must hold of every decision.
func checkStep(t *rapid.T, before, after *run.State, action run.Action, seen run.Seen) {
	if !after.Split.Equals(action.Split) {
		t.Fatalf("the action has another split than the state: %+v and %+v", action.Split, after.Split)
	}
	going := func(s *run.State) bool {
		return slices.Contains([]run.Phase{run.Waiting, run.Shifting, run.Holding, run.Following}, s.Phase)
	}
	back := after.Phase == run.Aborting || after.Outcome == run.Aborted || after.Outcome == run.Unverified
	switch {
	case back && (after.Split.Weight != 0 || action.Split.Weight != 0):
		t.Fatalf("it goes back, and the candidate has %s: %+v", run.Percent(after.Split.Weight), action)
	case !going(before) && going(after):
		t.Fatalf("it went back, and now goes on: %s to %s", before.Phase, after.Phase)
	case action.Do == run.Shift && after.Phase != run.Shifting && after.Phase != run.Aborting:
		t.Fatalf("it shifts while it is %s", after.Phase)
	}
	if v, _ := before.Spec.Analysis.Judge(after.Evidence); v == verdict.Fail && going(after) {
		t.Fatalf("the candidate failed, and the run goes on: %+v", action)
	}
	if after.Split.Weight <= before.Split.Weight {
		return
	}
	// The weight rose, or somebody began the attempt anew with it.
	if v, _ := before.Spec.Analysis.Judge(after.Evidence); v == verdict.Fail {
		t.Fatal("a candidate that fails got more requests")
	}
	for _, target := range seen.Targets {
		if before.Spec.MinReady > 0 && (target.Ready == nil || *target.Ready < before.Spec.MinReady) {
			t.Fatalf("the weight rose without endpoints that are ready: %+v", target)
		}
	}
	if before.Paused {
		t.Fatal("the weight rose while the run is paused")
	}
	if before.Skip || before.Full || after.Step == 0 {
		return
	}
	left := before.Spec.Steps[after.Step-1]
	if before.Phase == run.Holding && before.Step == after.Step-1 {
		if v, _ := before.Spec.Analysis.Judge(after.Evidence); left.UntilVerdict && v != verdict.Pass {
			t.Fatalf("the weight rose after step %q without a pass", left.Name)
		}
		if after.Clock.Step < left.Hold {
			t.Fatalf("the weight rose %s after step %q began, which holds for %s", after.Clock.Step, left.Name, left.Hold)
		}
	}
	if after.Step < len(before.Spec.Steps) {
		if step := before.Spec.Steps[after.Step]; step.Approval && !slices.Contains(before.Approved, step.Name) {
			t.Fatalf("the weight rose to that of step %q, which nobody approved", step.Name)
		}
	}
}

// checkEnds checks that a run ends from where it is, whatever it sees from now
// on, as long as time goes on and nobody gives orders.
func checkEnds(t *rapid.T, state *run.State, now time.Time) {
	seen := anySeen(t, state)
	seen.Stop, seen.Tidied = "", false
	follow := rapid.Bool().Draw(t, "targets do as they are told")
	limit := int((state.Spec.Deadline + 10*state.Spec.ShiftTimeout) / (30 * time.Second))
	for range limit {
		now = now.Add(30 * time.Second)
		if follow {
			for i := range seen.Targets {
				seen.Targets[i].InForce = &run.Split{Weight: state.Split.Weight}
			}
		}
		var action run.Action
		if state, action = run.Decide(state, seen, now); action.Do == run.End {
			return
		}
	}
	text, _ := json.Marshal(state)
	t.Fatalf("it does not end: %s", text)
}

func FuzzDecode(f *testing.F) {
	state, err := run.New(checkout(nil), "run-1")
	if err != nil {
		f.Fatal(err)
	}
	text, err := state.Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Fuzz(func(t *testing.T, text []byte) {
		state, err := run.Decode(text)
		if err != nil {
			return
		}
		for i := range 3 {
			state, _ = run.Decide(state, run.Seen{}, monday.Add(time.Duration(i)*time.Minute))
		}
	})
}
