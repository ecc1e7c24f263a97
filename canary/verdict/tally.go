package verdict

import "math"

// Tally counts the requests that a backend has answered, and how many of them
// were bad: errors for one check, answers over a limit of latency for another.
type Tally struct {
	Requests uint64 `json:"requests"`
	Bad      uint64 `json:"bad"`
}

// Share returns the share of bad requests, 0 without any request.
func (t Tally) Share() float64 {
	if t.Requests == 0 {
		return 0
	}
	return float64(t.Bad) / float64(t.Requests)
}

// Plus returns the sum of two tallies; at the end of the numbers it stays there.
func (t Tally) Plus(o Tally) Tally {
	return Tally{plus(t.Requests, o.Requests), plus(t.Bad, o.Bad)}
}

func plus(a, b uint64) uint64 {
	if a > math.MaxUint64-b {
		return math.MaxUint64
	}
	return a + b
}

// Sample is what was counted of both backends in the same time.
type Sample struct {
	Stable    Tally `json:"stable"`
	Candidate Tally `json:"candidate"`
}

// Plus returns the sum of two samples.
func (s Sample) Plus(o Sample) Sample {
	return Sample{s.Stable.Plus(o.Stable), s.Candidate.Plus(o.Candidate)}
}

// implausible is more than any gateway answers between two looks: a counter
// that grows by so much has not counted requests.
const implausible = 1 << 40

// Since returns by how much counters have grown. One that went down has
// started over, and has counted all it shows since then; one that jumped counts
// as nothing. It reports false where counters do not fit each other, since
// bad requests were counted before the requests that they are of: what grew
// then shows at the next look, against the same earlier one.
func (s Sample) Since(earlier Sample) (Sample, bool) {
	stable, candidate := s.Stable.since(earlier.Stable), s.Candidate.since(earlier.Candidate)
	if stable.Bad > stable.Requests || candidate.Bad > candidate.Requests {
		return Sample{}, false
	}
	return Sample{stable, candidate}, true
}

func (t Tally) since(earlier Tally) Tally {
	grown := t
	if t.Requests >= earlier.Requests && t.Bad >= earlier.Bad {
		grown = Tally{t.Requests - earlier.Requests, t.Bad - earlier.Bad}
	}
	if grown.Requests > implausible || grown.Bad > implausible {
		return Tally{}
	}
	return grown
}
