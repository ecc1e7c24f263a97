package run

import "github.com/gwctl/gwctl/canary/verdict"

// Seen is what is known of the world at one look.
type Seen struct {
	Targets  []Target
	Readings []Reading
	// Calls are the answers to webhooks, by the id of the call.
	Calls map[string]Answer
	// Tidied says that what Tidy asked for was done on all targets.
	Tidied bool
	Stop   Stop
}

// Target is one of the clusters or servers that move in lockstep.
type Target struct {
	Name string
	// InForce is the split that every Envoy has acknowledged, or that a
	// controller has accepted at the present generation. Nil is unknown, or not
	// everywhere the same yet.
	InForce *Split
	Ready   *int   // endpoints of the candidate; nil is unknown
	Refused string // why the target does not take the last split; "" for nothing
}

// Reading is what one source has counted since it started: an Envoy, or a
// server of metrics. Sources that start over count from zero again.
type Reading struct {
	Target string
	Source string
	// Divided counts the requests that the weights have divided, as they are sent
	// to backends: no cohorts, and no mirrored copies.
	Divided Divided
	Checks  map[string]verdict.Sample
}

// Divided counts requests by where they were sent.
type Divided struct {
	Stable    uint64 `json:"stable"`
	Candidate uint64 `json:"candidate"`
}

// since returns by how much counters have grown, as verdict.Sample does.
func (d Divided) since(earlier Divided) Divided {
	s, _ := verdict.Sample{Stable: verdict.Tally{Requests: d.Stable}, Candidate: verdict.Tally{Requests: d.Candidate}}.
		Since(verdict.Sample{Stable: verdict.Tally{Requests: earlier.Stable}, Candidate: verdict.Tally{Requests: earlier.Candidate}})
	return Divided{s.Stable.Requests, s.Candidate.Requests}
}

// Answer is what a webhook said.
type Answer struct {
	OK   bool
	Text string // of a refusal, or of what went wrong
}

// Stop is why a run's process has to end.
type Stop string

// Stops.
const (
	GoOn        Stop = ""
	Interrupted Stop = "interrupted"
	TimedOut    Stop = "timed_out"
)
