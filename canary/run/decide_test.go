package run_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/gwctl/gwctl/canary/run"
	"github.com/gwctl/gwctl/canary/verdict"
)

func TestRuns(t *testing.T) {
	tests := []struct {
		name string
		spec func(*run.Spec)
		then func(*world)
	}{
		{"a good candidate is promoted", nil, func(w *world) {
			w.ends(run.Promoted, "", "10%", "50%", "100%")
			if w.inForce["xds"].Weight != run.Whole || !w.tidied {
				w.t.Errorf("in force is %+v, tidied %t", w.inForce["xds"], w.tidied)
			}
		}},
		{"one with ten times the errors is rolled back, with the evidence", nil, func(w *world) {
			w.candidate = 0.1
			w.ends(run.Aborted, "the candidate fails: errors: 10", "10%", "0%")
			if f := w.last.Findings; len(f) != 1 || f[0].Verdict != verdict.Fail || f[0].Against < 20 {
				w.t.Errorf("the evidence is %+v", f)
			}
		}},
		{"one that breaks under more load is rolled back", nil, func(w *world) {
			w.until(`holds step "half"`)
			w.candidate = 0.2
			w.ends(run.Aborted, "the candidate fails", "10%", "50%", "0%")
		}},
		{"one whose endpoints die is rolled back at once", nil, func(w *world) {
			w.until(`holds step "first"`)
			w.ready = 0
			if w.look(); w.last.Do != run.Shift || w.last.Split.Weight != 0 {
				w.t.Errorf("it does %+v", w.last)
			}
			w.ends(run.Aborted, "no endpoint of the candidate is ready on xds", "10%", "0%")
		}},
		{"no step begins before the candidate has endpoints", nil, func(w *world) {
			w.ready = 0
			w.looks(10 * time.Minute)
			if len(w.shifts) > 0 || !strings.Contains(w.last.Why, "0 of 1 are ready") {
				w.t.Errorf("%v, %s", w.shifts, w.last.Why)
			}
			w.ready = 2
			w.ends(run.Promoted, "", "10%", "50%", "100%")
		}},
		{"without traffic it is held, unobserved", func(s *run.Spec) { s.Steps[0].UntilVerdict = false }, func(w *world) {
			w.rate = 0
			w.ends(run.Held, "waits to see the split in traffic", "10%")
		}},
		{"without enough evidence it is held", nil, func(w *world) {
			w.rate = 1
			w.ends(run.Held, `waits for a verdict on step "first"`, "10%")
			if w.inForce["xds"].Weight != percent(10) {
				w.t.Error("traffic did not stay as it was")
			}
		}},
		{"a step needs a verdict of its own", nil, func(w *world) {
			w.until(`holds step "half"`)
			w.rate = 0.1
			w.ends(run.Held, `waits for a verdict on step "half"`, "10%", "50%")
		}},
		{"held at the deadline, it goes on when somebody retries", func(s *run.Spec) { s.Steps[1].UntilVerdict = false }, func(w *world) {
			w.rate = 0
			w.ends(run.Held, "the deadline", "10%")
			w.rate = 100
			w.order(run.Retry, "")
			w.ends(run.Promoted, "", "10%", "50%", "100%")
		}},
		{"a step waits for its approval, and is watched meanwhile", func(s *run.Spec) { s.Steps[1].Approval = true }, func(w *world) {
			w.until(`waits for the approval of step "half"`)
			w.looks(10 * time.Minute)
			w.order(run.Approve, "half")
			w.ends(run.Promoted, "", "10%", "50%", "100%")
		}},
		{"one that breaks while an approval is waited for is rolled back", func(s *run.Spec) { s.Steps[1].Approval = true }, func(w *world) {
			w.until(`waits for the approval of step "half"`)
			w.candidate = 0.5
			w.ends(run.Aborted, "the candidate fails", "10%", "0%")
		}},
		{"a step waits for its window", func(s *run.Spec) {
			s.Steps[0].Windows = []run.Window{{Days: []time.Weekday{time.Monday}, From: 10*60 + 30, To: 16 * 60}}
		}, func(w *world) {
			w.until(`waits for a window of step "first"`)
			w.looks(29 * time.Minute)
			if len(w.shifts) > 0 {
				w.t.Errorf("at %s it had shifted to %v", w.now, w.shifts)
			}
			w.ends(run.Promoted, "", "10%", "50%", "100%")
		}},
		{"a paused run begins and ends no step", nil, func(w *world) {
			w.until(`holds step "first"`)
			w.order(run.Pause, "")
			w.looks(20 * time.Minute)
			if w.last.Why != "is paused" {
				w.t.Errorf("it says %q", w.last.Why)
			}
			w.order(run.Resume, "")
			w.ends(run.Promoted, "", "10%", "50%", "100%")
		}},
		{"a paused run is rolled back all the same", nil, func(w *world) {
			w.until(`holds step "first"`)
			w.order(run.Pause, "")
			w.candidate = 1
			w.ends(run.Aborted, "the candidate fails", "10%", "0%")
		}},
		{"somebody promotes step by step", func(s *run.Spec) { s.Steps[0].Hold, s.Steps[1].Hold = 24*time.Hour, 24*time.Hour }, func(w *world) {
			w.until(`holds step "first"`)
			w.order(run.Promote, "")
			w.until(`holds step "half"`)
			w.order(run.Promote, "")
			w.ends(run.Promoted, "", "10%", "50%", "100%")
		}},
		{"somebody promotes the candidate", func(s *run.Spec) { s.Steps[1].Approval = true }, func(w *world) {
			w.until(`holds step "first"`)
			w.order(run.Full, "")
			w.ends(run.Promoted, "", "10%", "100%")
		}},
		{"somebody aborts", nil, func(w *world) {
			w.until(`holds step "half"`)
			w.order(run.Abort, "")
			w.ends(run.Aborted, "aborted by ann", "10%", "50%", "0%")
		}},
		{"a retry after that begins from the first step", nil, func(w *world) {
			w.until(`holds step "half"`)
			w.order(run.Abort, "")
			w.ends(run.Aborted, "aborted by ann", "10%", "50%", "0%")
			w.order(run.Retry, "")
			w.ends(run.Promoted, "", "10%", "50%", "0%", "10%", "50%", "100%")
			if w.state.Attempt != 2 {
				w.t.Errorf("attempt %d", w.state.Attempt)
			}
		}},
		{"webhooks are called around the step", func(s *run.Spec) {
			s.Steps[0].Before, s.Steps[0].After = []string{"warm", "announce"}, []string{"smoke"}
		}, func(w *world) {
			w.ends(run.Promoted, "", "10%", "50%", "100%")
			if diff := gocmp.Diff([]string{"warm before first", "announce before first", "smoke after first"}, w.called); diff != "" {
				w.t.Error(diff)
			}
		}},
		{"a webhook that refuses ends it before traffic moves", func(s *run.Spec) { s.Steps[0].Before = []string{"warm"} }, func(w *world) {
			w.answers["checkout/1/first/before/warm"] = run.Answer{Text: "503 Service Unavailable"}
			w.ends(run.Aborted, "warm refuses: 503 Service Unavailable")
		}},
		{"an answer to a call of another attempt says nothing", func(s *run.Spec) { s.Steps[0].After = []string{"smoke"} }, func(w *world) {
			w.answers["checkout/7/first/after/smoke"] = run.Answer{Text: "no"}
			w.ends(run.Promoted, "", "10%", "50%", "100%")
		}},
		{"a target that refuses the split ends it", nil, func(w *world) {
			w.until("shifts to 10%")
			w.inForce["xds"], w.refuses["xds"] = run.Split{}, `route: "no such cluster"`
			w.look()
			w.refuses["xds"] = ""
			w.ends(run.Aborted, `xds refuses the split: route: "no such cluster"`, "10%")
		}},
		{"a target that takes no split ends it in time", nil, func(w *world) {
			w.deaf["xds"] = true
			w.ends(run.Aborted, "was not in force after 1m0s", "10%")
		}},
		{"one that does not take the roll-back either is told as such", nil, func(w *world) {
			w.until(`holds step "first"`)
			w.deaf["xds"] = true
			w.order(run.Abort, "")
			w.ends(run.Unverified, "it is not known to be in force", "10%", "0%")
			w.deaf["xds"] = false
			w.order(run.Abort, "")
			w.ends(run.Aborted, "aborted by ann", "10%", "0%")
		}},
		{"after a roll-back the candidate still gets requests", nil, func(w *world) {
			w.until(`holds step "first"`)
			share := 0.1
			w.stray = &share
			w.order(run.Abort, "")
			w.ends(run.Unverified, "the candidate still gets requests", "10%", "0%")
		}},
		{"a roll-back without traffic is in force, and nothing contradicts it", nil, func(w *world) {
			w.until(`holds step "first"`)
			w.rate = 0
			w.order(run.Abort, "")
			w.ends(run.Aborted, "too few requests came", "10%", "0%")
		}},
		{"requests that are not divided as told end it", nil, func(w *world) {
			share := 0.4
			w.stray = &share
			w.until("takes all requests back")
			w.stray = nil
			w.ends(run.Aborted, "xds does not divide requests as it was told, 10%", "10%", "0%")
		}},
		{"somebody else changes the split: it is not fought over", nil, func(w *world) {
			w.until(`holds step "half"`)
			w.inForce["xds"] = run.Split{Weight: percent(30)}
			w.ends(run.Held, "somebody else changed the split on xds from 50% to 30%", "10%", "50%")
			w.order(run.Retry, "")
			w.ends(run.Promoted, "", "10%", "50%", "100%")
		}},
		{"two targets move in lockstep", func(s *run.Spec) { s.Targets = []string{"eu", "us"} }, func(w *world) {
			w.deaf["us"] = true
			w.looks(40 * time.Second)
			if w.last.Do != run.Shift || w.state.Phase != run.Shifting {
				w.t.Errorf("with one target behind it does %+v", w.last)
			}
			w.deaf["us"] = false
			w.ends(run.Promoted, "", "10%", "50%", "100%")
		}},
		{"of two targets one refuses: both go back", func(s *run.Spec) { s.Targets = []string{"eu", "us"} }, func(w *world) {
			w.until(`holds step "first"`)
			w.deaf["us"] = true
			w.until("shifts to 50%")
			w.refuses["us"] = "no"
			w.look()
			w.refuses["us"], w.deaf["us"] = "", false
			w.ends(run.Aborted, "us refuses the split: no", "10%", "50%", "0%")
			if w.inForce["eu"].Weight != 0 {
				w.t.Error("eu did not go back")
			}
		}},
		{"interrupted, it is held", nil, func(w *world) {
			w.until(`holds step "first"`)
			w.stop = run.Interrupted
			w.ends(run.Held, "interrupted", "10%")
			w.stop = run.GoOn
			w.ends(run.Promoted, "", "10%", "50%", "100%")
		}},
		{"interrupted, it is rolled back where that is asked for", func(s *run.Spec) { s.OnInterrupt = run.AbortOnInterrupt }, func(w *world) {
			w.until(`holds step "first"`)
			w.stop = run.Interrupted
			w.ends(run.Aborted, "interrupted", "10%", "0%")
		}},
		{"out of time, traffic stays as it is", nil, func(w *world) {
			w.until(`holds step "half"`)
			w.stop = run.TimedOut
			w.ends(run.OutOfTime, "its time is over", "10%", "50%")
		}},
		{"a roll-back is finished though time is over", nil, func(w *world) {
			w.until(`holds step "half"`)
			w.order(run.Abort, "")
			w.stop = run.TimedOut
			w.ends(run.Aborted, "aborted by ann", "10%", "50%", "0%")
		}},
		{"a clock that jumps ahead ends no step", nil, func(w *world) {
			w.until(`holds step "first"`)
			w.now = w.now.Add(24 * time.Hour)
			if w.look(); !strings.Contains(w.last.Why, `holds step "first" for 30s more`) {
				w.t.Errorf("it says %q", w.last.Why)
			}
			w.ends(run.Promoted, "", "10%", "50%", "100%")
		}},
		{"one that jumps back stops none", nil, func(w *world) {
			w.until(`holds step "first"`)
			w.now = w.now.Add(-24 * time.Hour)
			w.ends(run.Promoted, "", "10%", "50%", "100%")
		}},
		{"copies and cohorts come before any weight", func(s *run.Spec) {
			s.Steps = slices.Insert(s.Steps, 0,
				run.Step{Name: "copies", Split: run.Split{Mirror: percent(20)}, Hold: time.Minute},
				run.Step{Name: "staff", Split: run.Split{Cohorts: []run.Cohort{{Header: "x-staff", Value: "yes"}}}, Hold: time.Minute})
		}, func(w *world) {
			w.ends(run.Promoted, "", "0% mirror 20%", "0% cohort x-staff=yes", "10%", "50%", "100%")
		}},
		{"sticky users are seen on both sides", func(s *run.Spec) { s.Sticky, s.Steps[0].UntilVerdict, s.Steps[1].UntilVerdict = true, false, false }, func(w *world) {
			share := 0.3
			w.stray = &share
			w.until(`holds step "half"`)
			w.stray = nil
			w.ends(run.Promoted, "", "10%", "50%", "100%")
		}},
		{"one step that is promoted by thresholds", func(s *run.Spec) {
			s.Analysis.Checks[0].Thresholds = &verdict.Thresholds{Most: 0.02, Interval: 30 * time.Second, Failures: 2}
		}, func(w *world) {
			w.ends(run.Promoted, "", "10%", "50%", "100%")
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.then(newWorld(t, checkout(tt.spec)))
		})
	}
}

func TestEndsTheSameWhenAskedAgain(t *testing.T) {
	w := newWorld(t, checkout(nil))
	w.ends(run.Promoted, "", "10%", "50%", "100%")
	w.candidate, w.ready, w.stop = 1, 0, run.Interrupted
	for range 10 {
		if w.look(); w.last.Do != run.End || w.last.Outcome != run.Promoted {
			t.Fatalf("it was promoted, and now does %+v", w.last)
		}
	}
}

func TestOrdersThatMakeNoSenseAreRefused(t *testing.T) {
	promoted := newWorld(t, checkout(nil))
	promoted.ends(run.Promoted, "", "10%", "50%", "100%")
	aborting := newWorld(t, checkout(nil))
	aborting.until(`holds step "first"`)
	aborting.order(run.Abort, "")
	aborting.look()
	tests := []struct {
		state *run.State
		order run.Order
		want  string
	}{
		{aborting.state, run.Order{Verb: run.Approve, Step: "half"}, "no step needs an approval"},
		{aborting.state, run.Order{Verb: run.Promote}, "it was aborted: aborted by ann"},
		{aborting.state, run.Order{Verb: run.Retry}, "it is being aborted"},
		{promoted.state, run.Order{Verb: run.Abort}, "it is promoted already"},
		{promoted.state, run.Order{Verb: run.Retry}, "it is promoted already"},
		{promoted.state, run.Order{Verb: run.Pause}, "it is over: promoted"},
		{promoted.state, run.Order{Verb: "dance"}, "no such order"},
	}
	for _, tt := range tests {
		_, err := tt.state.Obey(tt.order)
		if wrong, ok := errors.AsType[*run.OrderError](err); !ok || !strings.Contains(wrong.Error(), tt.want) {
			t.Errorf("%+v: %v, and not %q", tt.order, err, tt.want)
		}
	}
	gated, err := run.New(checkout(func(s *run.Spec) { s.Steps[1].Approval = true }), "run-1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := gated.Obey(run.Order{Verb: run.Approve, Step: "hlaf"}); err == nil || !strings.Contains(err.Error(), `no step "hlaf" needs an approval; those that do: half`) {
		t.Errorf("%v", err)
	}
}

func TestOrdersCanBeGivenTwice(t *testing.T) {
	for _, verb := range []run.Verb{run.Pause, run.Resume, run.Approve, run.Promote, run.Full, run.Abort} {
		w := newWorld(t, checkout(func(s *run.Spec) { s.Steps[1].Approval = true }))
		w.until(`holds step "first"`)
		w.order(verb, "half")
		once := *w.state
		w.order(verb, "half")
		once.Log, w.state.Log = nil, nil
		if diff := gocmp.Diff(&once, w.state); diff != "" {
			t.Errorf("%s: %s", verb, diff)
		}
	}
}

func TestSpecsThatCannotRunAreRefused(t *testing.T) {
	tests := []struct {
		change func(*run.Spec)
		want   string
	}{
		{func(s *run.Spec) { s.Candidate = s.Stable }, "a canary has a name and two backends"},
		{func(s *run.Spec) { s.Targets = nil }, "a canary has a target"},
		{func(s *run.Spec) { s.Steps = nil }, "a step or more"},
		{func(s *run.Spec) { s.Steps[1].Name = "first" }, `step 2 is called "first": each step has a name of its own`},
		{func(s *run.Spec) { s.Steps[1].Weight = percent(2.5) }, `step "half" has the weight 2.5%, below the 10% of the step before`},
		{func(s *run.Spec) { s.Steps[1].Weight = run.Whole + 1 }, `step "half": weight and mirror`},
		{func(s *run.Spec) { s.Analysis.Checks = nil }, `step "first": it waits for a verdict, and there is no check`},
		{func(s *run.Spec) { s.Analysis.Alpha = 2 }, "alpha is 2"},
		{func(s *run.Spec) { s.Steps[0].Hold = -1 }, "hold is -1ns"},
		{func(s *run.Spec) { s.Steps[0].Cohorts = []run.Cohort{{Value: "x"}} }, "either a header or a cookie"},
		{func(s *run.Spec) { s.Steps[0].Windows = []run.Window{{From: 5, To: 5}} }, "a window is from 5 to 5"},
		{func(s *run.Spec) { s.Steps[0].Windows = []run.Window{{Days: []time.Weekday{7}, To: 5}} }, "the day 7"},
		{func(s *run.Spec) { s.Deadline = 0 }, "longer than nothing"},
		{func(s *run.Spec) { s.OnInterrupt = "" }, `on_interrupt is ""`},
		{func(s *run.Spec) { s.MinReady = -1 }, "min_ready is -1"},
	}
	for _, tt := range tests {
		if _, err := run.New(checkout(tt.change), "run-1"); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v, and not %q", err, tt.want)
		}
	}
}

func TestJournalsOfOthersAreRefused(t *testing.T) {
	state, err := run.New(checkout(nil), "run-1")
	if err != nil {
		t.Fatal(err)
	}
	state.Version = run.Version + 1
	text, err := state.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := run.Decode(text); err == nil {
		t.Error("a newer journal was read")
	} else if newer, ok := errors.AsType[*run.VersionError](err); !ok || newer.Version != run.Version+1 {
		t.Errorf("%v", err)
	}
	for _, text := range []string{"", "[]", "{}", `{"version":1}`, strings.NewReplacer(`"version":2`, `"version":1`, `"step":0`, `"step":9`).Replace(string(text))} {
		if _, err := run.Decode([]byte(text)); err == nil || !strings.Contains(err.Error(), "the canary's journal cannot be") {
			t.Errorf("%.40s: %v", text, err)
		}
	}
}

func TestWindowsOfTheWeek(t *testing.T) {
	at := func(day time.Weekday, hour, minute int) time.Time {
		return monday.AddDate(0, 0, int(day)-1).Add(time.Duration(hour-10)*time.Hour + time.Duration(minute)*time.Minute)
	}
	office := run.Window{Days: []time.Weekday{time.Monday, time.Tuesday}, From: 9 * 60, To: 17 * 60}
	night := run.Window{Days: []time.Weekday{time.Friday}, From: 22 * 60, To: 2 * 60}
	always := run.Window{From: 0, To: 24 * 60}
	tests := []struct {
		window run.Window
		at     time.Time
		open   bool
	}{
		{office, at(time.Monday, 9, 0), true},
		{office, at(time.Tuesday, 16, 59), true},
		{office, at(time.Tuesday, 17, 0), false},
		{office, at(time.Wednesday, 10, 0), false},
		{office, at(time.Monday, 10, 0).In(time.FixedZone("east", 10*3600)), false},
		{night, at(time.Friday, 23, 0), true},
		{night, at(time.Saturday, 1, 59), true},
		{night, at(time.Saturday, 2, 0), false},
		{night, at(time.Saturday, 23, 0), false},
		{night, at(time.Friday, 1, 0), false},
		{always, at(time.Sunday, 0, 0), true},
	}
	for _, tt := range tests {
		w := newWorld(t, checkout(func(s *run.Spec) { s.Steps[0].Windows = []run.Window{tt.window} }))
		w.now = tt.at.Add(-interval)
		if open := w.look().Do == run.Shift; open != tt.open {
			t.Errorf("%+v at %s is open: %t", tt.window, tt.at.Format("Mon 15:04 MST"), open)
		}
	}
}

func TestDeviationIsFourOfTheStandard(t *testing.T) {
	if d := run.Deviation(10_000, 0.5); d != 200 {
		t.Errorf("%v", d)
	}
	if d := run.Deviation(math.MaxInt32, 0); d != 0 {
		t.Errorf("%v", d)
	}
}
