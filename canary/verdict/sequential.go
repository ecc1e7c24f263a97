package verdict

import "math"

// sequential is what a check without thresholds has seen: bets against the
// candidate being as good as stable, which decide that it fails, and against its
// being worse, which decide that it passes.
type sequential struct {
	Worse      Bet `json:"worse,omitzero"`       // against a ratio of at most Tolerated
	NotFew     Bet `json:"not_few,omitzero"`     // against a share of at most Negligible
	OverLimit  Bet `json:"over_limit,omitzero"`  // against a share of at most Limit
	AsGood     Bet `json:"as_good,omitzero"`     // against a ratio of at least Unacceptable
	Few        Bet `json:"few,omitzero"`         // against a share of at least Negligible
	UnderLimit Bet `json:"under_limit,omitzero"` // against a share of at least Limit
}

// begin starts a step. What speaks against the candidate is kept; what speaks
// for it has to be shown at each step, since a step is another load.
func (s sequential) begin() sequential {
	return sequential{Worse: s.Worse.again(), NotFew: s.NotFew.again(), OverLimit: s.OverLimit.again()}
}

func (s sequential) add(c Check, seen Sample) sequential {
	s.Worse = s.Worse.grow(ratioFactors(c.Tolerated, more, seen)).renewed()
	s.NotFew = s.NotFew.grow(shareFactors(c.Negligible, more, seen.Candidate)).renewed()
	s.AsGood = s.AsGood.grow(ratioFactors(c.Unacceptable, less, seen))
	s.Few = s.Few.grow(shareFactors(c.Negligible, less, seen.Candidate))
	if c.Limit > 0 {
		s.OverLimit = s.OverLimit.grow(shareFactors(c.Limit, more, seen.Candidate)).renewed()
		s.UnderLimit = s.UnderLimit.grow(shareFactors(c.Limit, less, seen.Candidate))
	}
	return s
}

// against is the logarithm of the evidence that the candidate is not as good as
// stable. A hypothesis of two halves is refuted by what refutes both, so the
// smaller one counts; two ways to fail have half of the stake each.
func (s sequential) against(c Check) float64 {
	worse := min(s.Worse.log(), s.NotFew.log())
	if c.Limit == 0 {
		return worse
	}
	return half(worse, s.OverLimit.log())
}

// favour is the logarithm of the evidence that the candidate is not worse.
func (s sequential) favour(c Check) float64 {
	good := half(s.AsGood.log(), s.Few.log())
	if c.Limit == 0 {
		return good
	}
	return min(good, s.UnderLimit.log())
}

func half(a, b float64) float64 { return logSum(a, b) - math.Ln2 }
