package run

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/gwctl/gwctl/canary/verdict"
)

// Version is that of the state's format.
const Version = 1

// State is all that a run has decided: its journal. It is written before an
// action is carried out, so that any process can go on with it.
type State struct {
	Version int    `json:"version"`
	Spec    Spec   `json:"spec"`
	ID      string `json:"id"`      // of the run
	Attempt int    `json:"attempt"` // 1, and one more with each retry
	Phase   Phase  `json:"phase"`
	Step    int    `json:"step"`  // position of the present one; behind the last one comes the promotion
	Split   Split  `json:"split"` // that the targets were told last
	// InForce says that all targets had the split, so that another one is
	// somebody else's.
	InForce bool `json:"in_force,omitempty"`

	Paused   bool     `json:"paused,omitempty"`
	Approved []string `json:"approved,omitempty"` // steps
	Skip     bool     `json:"skip,omitempty"`     // somebody promoted the present step
	Full     bool     `json:"full,omitempty"`     // somebody promoted the candidate
	Abort    string   `json:"abort,omitempty"`    // who wants it aborted
	Called   []string `json:"called,omitempty"`   // calls of this attempt that were answered with yes

	Clock    Clock              `json:"clock"`
	Evidence verdict.Evidence   `json:"evidence,omitempty"`
	Counters map[string]Counter `json:"counters,omitempty"` // as last read, by source
	Proof    map[string]Proof   `json:"proof,omitempty"`    // of the last shift, by target

	Outcome  Outcome           `json:"outcome,omitempty"` // once it is over
	Why      string            `json:"why,omitempty"`     // it was aborted, or is over
	Findings []verdict.Finding `json:"findings,omitempty"`
	Log      []Entry           `json:"log,omitempty"` // the newest last
}

// Phase is where a run is within its step.
type Phase string

// Phases.
const (
	Waiting   Phase = "waiting"   // for what the step needs before it begins
	Shifting  Phase = "shifting"  // the split is told and not in force yet
	Holding   Phase = "holding"   // the split is in force
	Following Phase = "following" // the step's time is over, and webhooks are called
	Aborting  Phase = "aborting"  // stable is to have all requests again
	Tidying   Phase = "tidying"
	Over      Phase = "over"
)

// Clock counts the time in which somebody looked. The process being away, and a
// clock that jumps, count as a moment or nothing, so that neither ends a step.
type Clock struct {
	Last  time.Time     `json:"last,omitzero"`
	Run   time.Duration `json:"run"`   // since the attempt began
	Step  time.Duration `json:"step"`  // since the step's split is in force
	Shift time.Duration `json:"shift"` // since the last shift began, or tidying
}

// Counter is what a source had counted when it was read last.
type Counter struct {
	Divided Divided                   `json:"divided"`
	Checks  map[string]verdict.Sample `json:"checks,omitempty"`
}

// Entry is one line of a run's history.
type Entry struct {
	At    time.Time `json:"at"`
	Phase Phase     `json:"phase"`
	Step  string    `json:"step,omitempty"`
	Split Split     `json:"split"`
	Why   string    `json:"why,omitempty"`
}

// maxLog bounds the history of one run.
const maxLog = 200

// New returns the state of a run that begins.
func New(spec Spec, id string) (*State, error) {
	if err := spec.Validate(); err != nil {
		return nil, err
	}
	return &State{Version: Version, Spec: spec, ID: id, Attempt: 1, Phase: Waiting}, nil
}

// Encode writes a state.
func (s *State) Encode() ([]byte, error) { return json.Marshal(s) }

// VersionError says that a state was written by a newer gwctl.
type VersionError struct{ Version int }

func (e *VersionError) Error() string {
	return fmt.Sprintf("the canary's journal has version %d, and this gwctl knows versions up to %d: use the gwctl that wrote it, or a newer one", e.Version, Version)
}

// Decode reads a state. Its error is a *VersionError, or says what is wrong.
func Decode(data []byte) (*State, error) {
	var s State
	if err := json.Unmarshal(data, &s); err != nil {
		return nil, fmt.Errorf("the canary's journal cannot be read: %w", err)
	}
	if s.Version > Version {
		return nil, &VersionError{s.Version}
	}
	if err := s.Spec.Validate(); err != nil {
		return nil, fmt.Errorf("the canary's journal cannot be used: %w", err)
	}
	known := []Phase{Waiting, Shifting, Holding, Following, Aborting, Tidying, Over}
	if s.Version < 1 || s.Attempt < 1 || s.Step < 0 || s.Step > len(s.Spec.Steps) || !slices.Contains(known, s.Phase) {
		return nil, fmt.Errorf("the canary's journal cannot be used: it has version %d, attempt %d, step %d of %d and phase %q", s.Version, s.Attempt, s.Step+1, len(s.Spec.Steps), s.Phase)
	}
	return &s, nil
}

// clone returns a copy that can be changed.
func (s *State) clone() *State {
	c := *s
	c.Approved, c.Called, c.Log = slices.Clone(s.Approved), slices.Clone(s.Called), slices.Clone(s.Log)
	c.Proof = maps.Clone(s.Proof)
	return &c
}

// StepName returns the name of the present step, "" for the promotion.
func (s *State) StepName() string {
	if s.Step < len(s.Spec.Steps) {
		return s.Spec.Steps[s.Step].Name
	}
	return ""
}

// note adds to the history.
func (s *State) note(why string) {
	s.Log = append(s.Log, Entry{At: s.Clock.Last, Phase: s.Phase, Step: s.StepName(), Split: s.Split, Why: why})
	if extra := len(s.Log) - maxLog; extra > 0 {
		s.Log = slices.Delete(s.Log, 0, extra)
	}
}
