// Package run decides what a canary's run does next: a pure function from what
// was decided so far, what is seen and the time to one action. All rules are in
// decide.go. Whoever carries actions out writes the state down before.
package run

import (
	"errors"
	"fmt"
	"time"

	"github.com/gwctl/gwctl/canary/verdict"
)

// Whole is the weight of all requests; weights are parts of it.
const Whole = 1_000_000

// Spec is what a canary block asks for. A run keeps the one it began with.
type Spec struct {
	Canary    string   `json:"canary"`
	Stable    string   `json:"stable"`    // backends, by address
	Candidate string   `json:"candidate"` //
	Targets   []string `json:"targets"`   // that move in lockstep, by provider
	Steps     []Step   `json:"steps"`

	Analysis verdict.Analysis `json:"analysis"`
	// MinReady is how many endpoints of the candidate have to be ready on each
	// target before its weight rises.
	MinReady int `json:"min_ready"`
	// Sticky says that users stay where they are, so that requests are not
	// divided independently of each other.
	Sticky      bool      `json:"sticky,omitempty"`
	OnInterrupt Interrupt `json:"on_interrupt"`
	// Deadline ends a run that waits for something that does not come, and
	// ShiftTimeout one shift. They count the time in which somebody looks.
	Deadline     time.Duration `json:"deadline"`
	ShiftTimeout time.Duration `json:"shift_timeout"`
}

// Interrupt is what a run does when its process is told to end.
type Interrupt string

// Interrupts.
const (
	HoldOnInterrupt  Interrupt = "hold"
	AbortOnInterrupt Interrupt = "abort"
)

// Step is one stage of a run.
type Step struct {
	Name string `json:"name"`
	Split
	Hold         time.Duration `json:"hold,omitempty"`
	UntilVerdict bool          `json:"until_verdict,omitempty"` // ends only with a pass
	Approval     bool          `json:"approval,omitempty"`      // begins only when somebody approves
	// Windows are when the step may begin; none is always.
	Windows []Window `json:"windows,omitempty"`
	// Before and After name webhooks that are called before the step's shift and
	// after its time.
	Before []string `json:"before,omitempty"`
	After  []string `json:"after,omitempty"`
}

// Split is how requests are divided.
type Split struct {
	Weight  int      `json:"weight"`            // of the candidate, in parts of Whole
	Mirror  int      `json:"mirror,omitempty"`  // share that the candidate gets copies of, likewise
	Cohorts []Cohort `json:"cohorts,omitempty"` // requests that the candidate always gets
}

// Cohort is the requests with a header or cookie of a value.
type Cohort struct {
	Header string `json:"header,omitempty"`
	Cookie string `json:"cookie,omitempty"` // instead of a header
	Value  string `json:"value"`
}

// Window is a time of the week, in the location of the times that Decide is
// given. One that ends before it begins ends on the next day.
type Window struct {
	Days []time.Weekday `json:"days,omitempty"` // on which it begins; none is all
	From int            `json:"from"`           // minute of the day
	To   int            `json:"to"`             // the first one that is outside
}

const minutesOfDay = 24 * 60

// Validate says what is wrong with a spec.
func (s *Spec) Validate() error {
	var wrong []error
	complain := func(text string, args ...any) { wrong = append(wrong, fmt.Errorf(text, args...)) }
	if s.Canary == "" || s.Stable == "" || s.Candidate == "" || s.Stable == s.Candidate {
		complain("a canary has a name and two backends, and has %q, %q and %q", s.Canary, s.Stable, s.Candidate)
	}
	if len(s.Targets) == 0 {
		complain("a canary has a target, and has none")
	}
	if len(s.Steps) == 0 {
		complain("a canary has a step or more, and has none")
	}
	names := map[string]bool{}
	before := 0
	for i := range s.Steps {
		step := &s.Steps[i]
		if step.Name == "" || names[step.Name] {
			complain("step %d is called %q: each step has a name of its own", i+1, step.Name)
		}
		names[step.Name] = true
		wrong = append(wrong, step.validate(s))
		if step.Weight < before {
			complain("step %q has the weight %s, below the %s of the step before: weights rise", step.Name, Percent(step.Weight), Percent(before))
		}
		before = max(before, step.Weight)
	}
	switch {
	case s.MinReady < 0:
		complain("min_ready is %d, and has to be 0 or more", s.MinReady)
	case s.Deadline <= 0 || s.ShiftTimeout <= 0:
		complain("the deadline is %s and the timeout of a shift %s: both have to be longer than nothing", s.Deadline, s.ShiftTimeout)
	case s.OnInterrupt != HoldOnInterrupt && s.OnInterrupt != AbortOnInterrupt:
		complain("on_interrupt is %q, and has to be %q or %q", s.OnInterrupt, HoldOnInterrupt, AbortOnInterrupt)
	}
	return errors.Join(append(wrong, s.Analysis.Validate())...)
}

func (step *Step) validate(s *Spec) error {
	var wrong []error
	complain := func(text string, args ...any) {
		wrong = append(wrong, fmt.Errorf("step %q: %s", step.Name, fmt.Sprintf(text, args...)))
	}
	if step.Weight < 0 || step.Weight > Whole || step.Mirror < 0 || step.Mirror > Whole {
		complain("weight and mirror are %s and %s, and have to be from 0%% to 100%%", Percent(step.Weight), Percent(step.Mirror))
	}
	if step.Hold < 0 {
		complain("hold is %s, and has to be 0s or more", step.Hold)
	}
	if step.UntilVerdict && len(s.Analysis.Checks) == 0 {
		complain("it waits for a verdict, and there is no check that could give one")
	}
	for _, c := range step.Cohorts {
		if (c.Header == "") == (c.Cookie == "") {
			complain("a cohort has either a header or a cookie, and has %q and %q", c.Header, c.Cookie)
		}
	}
	for _, w := range step.Windows {
		if w.From < 0 || w.From >= minutesOfDay || w.To < 0 || w.To > minutesOfDay || w.From == w.To {
			complain("a window is from %d to %d minutes of the day, and they have to be two different ones", w.From, w.To)
		}
		for _, d := range w.Days {
			if d < time.Sunday || d > time.Saturday {
				complain("a window is on the day %d, and there are 0 (Sunday) to 6", d)
			}
		}
	}
	return errors.Join(wrong...)
}

// contains reports whether a time is inside of the window.
func (w Window) contains(t time.Time) bool {
	minute, day := t.Hour()*60+t.Minute(), t.Weekday()
	if w.From < w.To {
		return w.From <= minute && minute < w.To && w.on(day)
	}
	yesterday := (day + 6) % 7
	return minute >= w.From && w.on(day) || minute < w.To && w.on(yesterday)
}

func (w Window) on(day time.Weekday) bool {
	for _, d := range w.Days {
		if d == day {
			return true
		}
	}
	return len(w.Days) == 0
}

// Percent writes a weight for people: 2.5%.
func Percent(weight int) string { return fmt.Sprintf("%g%%", float64(weight)/(Whole/100)) }
