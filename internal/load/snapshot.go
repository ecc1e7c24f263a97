package load

import (
	"maps"
	"slices"
	"time"
)

// Snapshot is what a generator has counted up to a moment.
type Snapshot struct {
	At       time.Time
	Requests uint64 // that are finished: Failed of them failed
	Failed   uint64
	// Missed are requests that were due and never sent, since all connections
	// were busy for longer than a second.
	Missed uint64
	// Aborted are requests in flight when the generator was cancelled.
	Aborted uint64

	Answers  map[AnswerKey]uint64 // whether they were allowed or not
	Failures map[string]uint64    // by reason
	Examples []Failure            // the first ones

	Connects   uint64 // connections opened
	Announced  uint64 // closed by the peer as it had announced in an answer
	IdleClosed uint64 // closed by the peer while no request was in flight

	// Latency is measured from when a request was due: a late start counts.
	Latency Latency
}

// AnswerKey is under what answers are counted.
type AnswerKey struct {
	Request string
	Status  int
	Backend string // "" when the gateway answered itself
}

// Failure is one request that failed.
type Failure struct {
	At      time.Time
	Request string
	Reason  string
	Err     error
}

// Backends counts the answers to a request by backend, to all for "".
func (s Snapshot) Backends(request string) map[string]uint64 {
	out := map[string]uint64{}
	for k, n := range s.Answers {
		if request == "" || request == k.Request {
			out[k.Backend] += n
		}
	}
	return out
}

// Statuses counts the answers by status.
func (s Snapshot) Statuses() map[int]uint64 {
	out := map[int]uint64{}
	for k, n := range s.Answers {
		out[k.Status] += n
	}
	return out
}

// Since returns what was counted after an earlier snapshot of the same
// generator.
func (s Snapshot) Since(earlier Snapshot) Snapshot {
	d := s
	d.Requests -= earlier.Requests
	d.Failed -= earlier.Failed
	d.Missed -= earlier.Missed
	d.Aborted -= earlier.Aborted
	d.Connects -= earlier.Connects
	d.Announced -= earlier.Announced
	d.IdleClosed -= earlier.IdleClosed
	d.Answers = difference(s.Answers, earlier.Answers)
	d.Failures = difference(s.Failures, earlier.Failures)
	d.Examples = slices.Clone(s.Examples[min(len(earlier.Examples), len(s.Examples)):])
	for i := range d.Latency {
		d.Latency[i] -= earlier.Latency[i]
	}
	return d
}

func difference[K comparable](now, earlier map[K]uint64) map[K]uint64 {
	out := map[K]uint64{}
	for k, n := range now {
		if n > earlier[k] {
			out[k] = n - earlier[k]
		}
	}
	return out
}

func (s Snapshot) clone() Snapshot {
	s.Answers = maps.Clone(s.Answers)
	s.Failures = maps.Clone(s.Failures)
	s.Examples = slices.Clone(s.Examples)
	return s
}
