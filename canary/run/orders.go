package run

import (
	"fmt"
	"slices"
	"strings"
)

// Order is what somebody wants of a run. All of them can be given twice.
type Order struct {
	Verb Verb
	Step string // of Approve
	By   string
}

// Verb is the kind of an order.
type Verb string

// Verbs.
const (
	Pause   Verb = "pause"   // begin no step and end none; what fails is aborted all the same
	Resume  Verb = "resume"  //
	Approve Verb = "approve" // let a step begin that needs it
	Promote Verb = "promote" // end the present wait
	Full    Verb = "full"    // give the candidate all requests now
	Abort   Verb = "abort"   // give stable all requests now
	Retry   Verb = "retry"   // begin the step anew, or the run after it was aborted
)

// OrderError is an order that a run cannot follow.
type OrderError struct {
	Order Order
	Why   string
}

func (e *OrderError) Error() string { return fmt.Sprintf("cannot %s: %s", e.Order.Verb, e.Why) }

// Obey returns the state with an order taken down; Decide follows it. Its error
// is an *OrderError.
func (s *State) Obey(o Order) (*State, error) {
	next := s.clone()
	why := ""
	switch o.Verb {
	case Pause, Resume:
		next.Paused = o.Verb == Pause
		if s.Phase == Over {
			why = "it is over: " + string(s.Outcome)
		}
	case Approve:
		why = next.approve(o.Step)
	case Promote, Full:
		why = next.promote(o.Verb == Full)
	case Abort:
		why = next.stopFor(o.By)
	case Retry:
		why = next.retry()
	default:
		why = "there is no such order"
	}
	if why != "" {
		return nil, &OrderError{o, why}
	}
	switch o.Verb {
	case Resume, Approve, Promote, Full: // it was waited for: the deadline is for what comes
		next.Clock.Run = 0
	}
	next.note(strings.TrimSpace(fmt.Sprintf("%s %s by %s", o.Verb, o.Step, o.By)))
	return next, nil
}

func (s *State) approve(name string) string {
	var all []string
	for i := range s.Spec.Steps {
		if step := &s.Spec.Steps[i]; step.Approval {
			all = append(all, step.Name)
		}
	}
	if !slices.Contains(all, name) {
		if len(all) == 0 {
			return "no step needs an approval"
		}
		return fmt.Sprintf("no step %q needs an approval; those that do: %s", name, strings.Join(all, ", "))
	}
	if !slices.Contains(s.Approved, name) {
		s.Approved = append(s.Approved, name)
	}
	return ""
}

func (s *State) promote(full bool) string {
	if s.Outcome == Promoted {
		return ""
	}
	if !s.advancing() {
		return "it was aborted: " + s.Why
	}
	s.Paused, s.Skip, s.Full = false, true, s.Full || full
	return ""
}

func (s *State) stopFor(by string) string {
	switch {
	case s.Outcome == Promoted:
		return "it is promoted already: go back with a canary the other way round, or with gwctl rollback"
	case s.Outcome == Unverified: // once more
		s.Outcome = ""
		s.shift(Split{}, Aborting, s.Why)
	case s.advancing():
		s.Abort = by
		if by == "" {
			s.Abort = "an order"
		}
	}
	return ""
}

func (s *State) retry() string {
	switch {
	case s.Outcome == Promoted:
		return "it is promoted already"
	case s.Outcome == Unverified:
		return "stable is not known to have all requests: abort it again first"
	case s.Phase == Aborting || s.Phase == Tidying:
		return "it is being aborted: wait until it is"
	case s.Phase == Over:
		s.Step = 0
	}
	fresh := &State{
		Version: s.Version, Spec: s.Spec, ID: s.ID, Attempt: s.Attempt + 1, Phase: Waiting, Step: s.Step, Split: s.Split,
		Counters: s.Counters, Log: s.Log, Clock: Clock{Last: s.Clock.Last},
	}
	if s.Step > 0 {
		fresh.Approved = s.Approved
	}
	*s = *fresh
	return ""
}
