package providers

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/planner"
)

// ErrInterrupted says that an apply ended early because somebody asked for it.
var ErrInterrupted = errors.New("interrupted")

// RefusedError says that the target did not take a change.
type RefusedError struct {
	Refusals []Refusal
	// Restored says whether the target serves again what it served before.
	Restored bool
	Detail   string // what is live now: "All 3 Envoys serve revision 42, as before."
}

// Refusal is one part that was refused, in the target's own words.
type Refusal struct {
	By     string        // "envoy-7f9 of gateway public"
	What   string        // "the listener"
	Text   string        // the target's own
	Silent bool          // no refusal: there was no answer in time
	After  time.Duration // how long an answer was waited for, where that is known
	Fields []Field       // where it comes from; several when more than one may be meant
}

// Field is a field of an object.
type Field struct {
	ID   resource.ID `json:"id"`
	Path string      `json:"path"` // "spec.rules[0].matches[0].path.value"; "" is the whole object
}

func (e *RefusedError) Error() string {
	var texts []string
	for _, r := range e.Refusals {
		texts = append(texts, fmt.Sprintf("%s refused %s: %s", r.By, r.What, r.Text))
	}
	return strings.Join(texts, "; ") + ". " + e.Detail
}

// StaleError says that objects moved between plan and apply.
type StaleError struct {
	Moved []Moved
	Rest  string // what was done all the same, in sentences; "" is nothing
}

// Moved is one object that is not as the plan read it.
type Moved struct {
	ID      resource.ID
	Planned string   // revision at the time of the plan; "" when it did not exist
	Live    string   // revision now; "" when it is gone
	Fields  []string // what differs, where known
	By      string   // who wrote it, where known
}

func (e *StaleError) Error() string {
	var ids []string
	for _, m := range e.Moved {
		ids = append(ids, m.ID.String())
	}
	return "changed since the plan was made: " + strings.Join(ids, ", ")
}

// UnreachableError says that the target could not be talked to.
type UnreachableError struct {
	Target string
	Err    error
}

func (e *UnreachableError) Error() string { return e.Target + " cannot be reached: " + e.Err.Error() }
func (e *UnreachableError) Unwrap() error { return e.Err }

// ConflictError says that others manage fields of an object that a plan would
// change, so that they are theirs to change.
type ConflictError struct {
	ID      resource.ID
	Writers []planner.Writer
	Rest    string // what was done all the same, in sentences; "" is nothing
}

func (e *ConflictError) Error() string {
	var fields []string
	for _, w := range e.Writers {
		fields = append(fields, w.Field+" of "+w.Manager)
	}
	return fmt.Sprintf("others manage fields of %s: %s", e.ID, strings.Join(fields, ", "))
}
