package run

import (
	"fmt"

	"github.com/gwctl/gwctl/canary/verdict"
)

// Action is what a run does next. All of them can be done again: a run that was
// killed does the last one once more.
type Action struct {
	Do       Do                `json:"do"`
	Split    Split             `json:"split"`             // of Shift
	Call     *Call             `json:"call,omitempty"`    // of CallHook
	Outcome  Outcome           `json:"outcome,omitempty"` // of End
	Why      string            `json:"why"`               // for people: "waits for the approval of step \"half\""
	Findings []verdict.Finding `json:"findings,omitempty"`
}

// Do is the kind of an action.
type Do string

// Kinds of actions.
const (
	Wait     Do = "wait"  // look again after a while
	Shift    Do = "shift" // make all targets divide requests so, and see to it that it is in force
	CallHook Do = "call"  // call a webhook
	Tidy     Do = "tidy"  // take away what only the run needed: rules of cohorts, mirrors
	End      Do = "end"   // end the process
)

// Call is one call of a webhook.
type Call struct {
	ID   string `json:"id"` // of this call alone, and the same when it is repeated
	Hook string `json:"hook"`
	Step string `json:"step"`
	When When   `json:"when"`
}

// When a webhook is called.
type When string

// Times of calls.
const (
	Before When = "before"
	After  When = "after"
)

// Outcome is how a process, and often a run, ends.
type Outcome string

// Outcomes. A run that is Held or OutOfTime is not over: traffic stays divided as it
// is, and another process can go on.
const (
	Promoted   Outcome = "promoted"   // the candidate has all requests
	Aborted    Outcome = "aborted"    // stable has all requests
	Held       Outcome = "held"       // inconclusive, unobserved, interrupted or changed by others
	OutOfTime  Outcome = "timed_out"  // the process was given no more time
	Unverified Outcome = "unverified" // stable should have all requests, and that was not seen
)

func (s *State) callID(c Call) string {
	return fmt.Sprintf("%s/%d/%s/%s/%s", s.Spec.Canary, s.Attempt, c.Step, c.When, c.Hook)
}
