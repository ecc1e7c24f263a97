// Package verdict decides from counts of requests whether a candidate is as good
// as what it is to replace. It is pure, and its evidence is plain data.
//
// The sequential test may be looked at after every scrape: a candidate that is
// as good fails with a probability of at most Alpha in the whole run, and one
// that is worse passes a step with a probability of at most Beta.
package verdict

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"time"
)

// Verdict is what is known of a candidate.
type Verdict string

// Verdicts. Without evidence a candidate is undecided, however long that takes.
const (
	Undecided Verdict = "undecided"
	Pass      Verdict = "pass"
	Fail      Verdict = "fail"
)

// Analysis is how candidates are judged: by all checks together.
type Analysis struct {
	Alpha  float64 `json:"alpha"` // bound on false alarms, of all checks and steps together
	Beta   float64 `json:"beta"`  // bound on misses, of each step
	Checks []Check `json:"checks"`
}

// Validate says what is wrong with the numbers of an analysis. One without
// checks judges nothing.
func (a Analysis) Validate() error {
	var wrong []error
	for _, bound := range []struct {
		name  string
		value float64
	}{{"alpha", a.Alpha}, {"beta", a.Beta}} {
		if len(a.Checks) > 0 && !(bound.value >= 1e-6 && bound.value <= 0.5) {
			wrong = append(wrong, fmt.Errorf("%s is %v, and has to be from 0.0001%% to 50%%", bound.name, bound.value))
		}
	}
	seen := map[string]bool{}
	for _, c := range a.Checks {
		wrong = append(wrong, c.Validate())
		if seen[c.Name] {
			wrong = append(wrong, fmt.Errorf("two checks are called %q", c.Name))
		}
		seen[c.Name] = true
	}
	return errors.Join(wrong...)
}

// Evidence is what the checks of a run have seen, by their names. The zero value
// is none.
type Evidence map[string]Seen

// Seen is the evidence of one check.
type Seen struct {
	Step       Sample     `json:"step"` // what was counted in the present step
	Passed     bool       `json:"passed,omitempty"`
	Sequential sequential `json:"sequential,omitzero"`
	Intervals  intervals  `json:"intervals,omitzero"`
}

// Begin returns the evidence with which a step begins: what speaks against the
// candidate.
func (a Analysis) Begin(e Evidence) Evidence {
	next := make(Evidence, len(a.Checks))
	for _, c := range a.Checks {
		s := e[c.Name]
		next[c.Name] = Seen{Sequential: s.Sequential.begin(), Intervals: s.Intervals.begin()}
	}
	return next
}

// Add returns the evidence with what was counted within a time: a sample for
// each check, and none for one whose source said nothing. A sample's bad
// requests are among its requests, as Since returns them.
func (a Analysis) Add(e Evidence, samples map[string]Sample, within time.Duration) Evidence {
	next := maps.Clone(e)
	if next == nil {
		next = make(Evidence, len(a.Checks))
	}
	for _, c := range a.Checks {
		c = c.withDefaults()
		seen, counted := next[c.Name], samples[c.Name]
		seen.Step = seen.Step.Plus(counted)
		if c.Thresholds != nil {
			seen.Intervals = seen.Intervals.add(*c.Thresholds, counted.Candidate, within)
		} else {
			seen.Sequential = seen.Sequential.add(c, counted)
		}
		// Evidence that was once enough stays so: that is what beta bounds.
		seen.Passed = seen.Passed || a.passes(c, seen)
		next[c.Name] = seen
	}
	return next
}

func (a Analysis) passes(c Check, s Seen) bool {
	switch {
	case s.Step.Candidate.Requests == 0:
		return false
	case c.Thresholds != nil:
		return s.Intervals.Good > 0
	}
	return s.Sequential.favour(c) >= math.Log(a.Needed().Favour)
}

func (a Analysis) fails(c Check, s Seen) bool {
	if c.Thresholds != nil {
		return s.Intervals.Failed >= c.Thresholds.Failures
	}
	return s.Sequential.against(c) >= math.Log(a.Needed().Against)
}

// Needed is how much evidence decides a check.
type Needed struct{ Against, Favour float64 }

// Needed returns how much evidence decides each check of the analysis.
func (a Analysis) Needed() Needed { return Needed{float64(len(a.Checks)) / a.Alpha, 1 / a.Beta} }

// Finding is what one check says.
type Finding struct {
	Check   string  `json:"check"`
	Verdict Verdict `json:"verdict"`
	Seen    Sample  `json:"seen"` // of the present step
	// Against and Favour are the evidence, 0 and more, as Needed has it. Both are 0
	// for a check by thresholds.
	Against float64 `json:"against,omitempty"`
	Favour  float64 `json:"favour,omitempty"`
	// FailedIntervals are those of a check by thresholds.
	FailedIntervals int `json:"failed_intervals,omitempty"`
}

// Judge returns the verdict of all checks and what each says. One that fails
// fails the candidate; it passes when all have passed.
func (a Analysis) Judge(e Evidence) (Verdict, []Finding) {
	verdict := Pass
	if len(a.Checks) == 0 {
		verdict = Undecided
	}
	findings := make([]Finding, 0, len(a.Checks))
	for _, c := range a.Checks {
		c = c.withDefaults()
		seen := e[c.Name]
		f := Finding{Check: c.Name, Verdict: Undecided, Seen: seen.Step, FailedIntervals: seen.Intervals.Failed}
		if c.Thresholds == nil {
			f.Against, f.Favour = bounded(seen.Sequential.against(c)), bounded(seen.Sequential.favour(c))
		}
		switch {
		case a.fails(c, seen):
			f.Verdict, verdict = Fail, Fail
		case seen.Passed:
			f.Verdict = Pass
		case verdict == Pass:
			verdict = Undecided
		}
		findings = append(findings, f)
	}
	return verdict, findings
}

// bounded is the number with a logarithm, as far as JSON has it.
func bounded(log float64) float64 { return min(math.Exp(log), most) }
