// Package simulation plays traffic of known quality to an analysis, to see how
// soon and how surely it decides. It is pure: the same seed plays the same.
package simulation

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/gwctl/gwctl/canary/verdict"
)

// Traffic is a stream of requests to a stable backend and a candidate, and how
// often somebody looks at their counts.
type Traffic struct {
	Rate      float64       // requests a second, to both together
	Weight    float64       // share of the requests that the candidate gets, 0 to 1
	Stable    float64       // share of stable's requests that are bad, 0 to 1
	Candidate float64       // share of the candidate's, likewise
	Every     time.Duration // from look to look
	Until     time.Duration // nobody looks after this
}

// Bounds of what is simulated.
const (
	maxRate  = 1e9
	maxLooks = 1_000_000
)

// Validate says what is wrong with the numbers.
func (t Traffic) Validate() error {
	var wrong []error
	if !(t.Rate > 0 && t.Rate <= maxRate) {
		wrong = append(wrong, fmt.Errorf("the traffic is %v requests a second, and has to be more than 0 and at most %d", t.Rate, int(maxRate)))
	}
	for _, share := range []struct {
		name  string
		value float64
	}{{"weight of the candidate", t.Weight}, {"share of stable's errors", t.Stable}, {"share of the candidate's errors", t.Candidate}} {
		if !(share.value >= 0 && share.value <= 1) {
			wrong = append(wrong, fmt.Errorf("the %s is %v%%, and has to be from 0%% to 100%%", share.name, share.value*100))
		}
	}
	switch {
	case t.Every < time.Millisecond:
		wrong = append(wrong, fmt.Errorf("the time from look to look is %s, and has to be 1ms or more", t.Every))
	case t.Until < t.Every:
		wrong = append(wrong, fmt.Errorf("a run lasts %s, and has to last for one look, %s, or more", t.Until, t.Every))
	case t.Until/t.Every > maxLooks:
		wrong = append(wrong, fmt.Errorf("a run of %s has %d looks, and may have %d: look less often than every %s", t.Until, t.Until/t.Every, maxLooks, t.Every))
	}
	return errors.Join(wrong...)
}

// Draw returns what is counted from one look to the next.
func (t Traffic) Draw(r *rand.Rand) verdict.Sample {
	n := poisson(r, t.Rate*t.Every.Seconds())
	candidate := binomial(r, n, t.Weight)
	stable := n - candidate
	return verdict.Sample{
		Stable:    verdict.Tally{Requests: stable, Bad: binomial(r, stable, t.Stable)},
		Candidate: verdict.Tally{Requests: candidate, Bad: binomial(r, candidate, t.Candidate)},
	}
}

// large is the mean from which on a normal distribution stands in for the exact
// one, which takes a random number for each unit of the mean.
const large = 500

// poisson counts arrivals at a rate of one in a time of mean.
func poisson(r *rand.Rand, mean float64) uint64 {
	if mean > large {
		return uint64(max(0, math.Round(mean+math.Sqrt(mean)*r.NormFloat64())))
	}
	n := uint64(0)
	for at := r.ExpFloat64(); at < mean; at += r.ExpFloat64() {
		n++
	}
	return n
}

// binomial counts how many of n happen, each with probability p.
func binomial(r *rand.Rand, n uint64, p float64) uint64 {
	if p > 0.5 {
		return n - binomial(r, n, 1-p)
	}
	if p <= 0 {
		return 0
	}
	mean := float64(n) * p
	if mean > large {
		x := math.Round(mean + math.Sqrt(mean*(1-p))*r.NormFloat64())
		return uint64(min(max(0, x), float64(n)))
	}
	// From one that happens to the next, the number of those that do not has a
	// geometric distribution.
	x, perFailure := uint64(0), math.Log1p(-p)
	for at := 0.0; ; at++ {
		at += math.Floor(-r.ExpFloat64() / perFailure)
		if at >= float64(n) {
			return x
		}
		x++
	}
}
