package verdict

import (
	"math"
	"slices"
)

// Bet is evidence against one hypothesis: what a stake of 1 has become that was
// bet, in equal parts, on alternatives to it. While the hypothesis holds, the
// stake grows on no look in expectation, so it ever reaches 1/a with a
// probability of at most a, however often one looks (Ville's inequality).
//
// A bet can begin anew, any number of times: beginning k gets the part
// 1/(k(k+1)) of the stake, and these parts are 1 together. What an ended
// beginning has left is kept.
type Bet struct {
	// Logs are the logarithms of what each alternative's part has become since
	// the present beginning, the smaller alternatives first; nil for 0 each.
	Logs   []float64 `json:"logs,omitempty"`
	Begun  int       `json:"begun,omitempty"`  // beginnings before the present one
	Banked float64   `json:"banked,omitempty"` // what they have left
}

// spent is where a stake begins anew by itself. A candidate that was good for
// long and breaks would otherwise have all its good time to make up for.
const spent = 1e-3

// most keeps what was banked a number that JSON has.
const most = 1e300

// grow adds the logarithms of the factors by which the alternatives grow.
func (b Bet) grow(logs []float64) Bet {
	switch {
	case !slices.ContainsFunc(logs, func(l float64) bool { return l != 0 }):
		return b // nothing was seen, so that nothing has begun
	case len(b.Logs) != len(logs): // none yet, or written by a gwctl with other alternatives
		b.Logs = logs
		return b
	}
	b.Logs = slices.Clone(b.Logs)
	for i := range b.Logs {
		b.Logs[i] += logs[i]
	}
	return b
}

// again begins anew. One that has seen nothing yet stays as it is.
func (b Bet) again() Bet {
	if b.Logs == nil {
		return b
	}
	return Bet{Begun: b.Begun + 1, Banked: min(b.Banked+b.part()*math.Exp(b.present()), most)}
}

// renewed begins anew where the stake is spent.
func (b Bet) renewed() Bet {
	if b.present() < math.Log(spent) {
		return b.again()
	}
	return b
}

// part is the share of the stake that the present beginning has.
func (b Bet) part() float64 {
	k := float64(b.Begun + 1)
	return 1 / (k * (k + 1))
}

// present is the logarithm of what a stake of 1 has become since the present
// beginning.
func (b Bet) present() float64 {
	if len(b.Logs) == 0 {
		return 0
	}
	return logSum(b.Logs...) - math.Log(float64(len(b.Logs)))
}

// log is the logarithm of what the whole stake has become.
func (b Bet) log() float64 {
	return logSum(math.Log(b.Banked), math.Log(b.part())+b.present())
}

// logSum is the logarithm of the sum of numbers that are given as logarithms.
func logSum(logs ...float64) float64 {
	largest := slices.Max(logs)
	if math.IsInf(largest, 0) {
		return largest
	}
	sum := 0.0
	for _, l := range logs {
		sum += math.Exp(l - largest)
	}
	return largest + math.Log(sum)
}

// How much more, and how much less, than a hypothesis says the alternatives are:
// as factors of a ratio, or of the odds of a share.
var (
	more = []float64{1.25, 1.6, 2.5, 5, 10, 30, 100}
	less = []float64{0.75, 0.5, 0.25, 0.1, 0.001}
)

// ratioFactors are the logarithms of the factors for a hypothesis about the
// ratio of the candidate's share to stable's, after Lindon and Malek, "Anytime-
// Valid Inference for Multinomial Count Data" (NeurIPS 2022): of all bad
// requests, the candidate has r*n/(r*n+m) where the ratio is r, with n requests
// to it and m to stable.
//
// For requests that go bad independently of each other the expectation of a
// factor is at most 1, whatever the shares are and however they change from
// look to look, as long as their ratio is on the hypothesis' side.
func ratioFactors(hypothesis float64, alternatives []float64, s Sample) []float64 {
	n, m := float64(s.Candidate.Requests), float64(s.Stable.Requests)
	x, y := float64(s.Candidate.Bad), float64(s.Stable.Bad)
	logs := make([]float64, len(alternatives))
	if n == 0 || m == 0 {
		return logs // nothing to compare
	}
	for i, factor := range alternatives {
		// log(theta/theta0) = log(factor)-d and log((1-theta)/(1-theta0)) = -d
		d := math.Log1p((factor - 1) * hypothesis * n / (hypothesis*n + m))
		logs[i] = x*math.Log(factor) - (x+y)*d
	}
	return logs
}

// shareFactors are those for a hypothesis about the candidate's share alone.
func shareFactors(hypothesis float64, alternatives []float64, t Tally) []float64 {
	n, x := float64(t.Requests), float64(t.Bad)
	logs := make([]float64, len(alternatives))
	for i, factor := range alternatives {
		// With odds times factor, a share p becomes p*factor/(1+(factor-1)*p).
		d := math.Log1p((factor - 1) * hypothesis)
		logs[i] = x*math.Log(factor) - n*d
	}
	return logs
}
