package simulation

import (
	"context"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/gwctl/gwctl/canary/verdict"
)

// Summary is how many runs ended how, and when.
type Summary struct {
	Runs   int
	Failed []time.Duration // when each run failed that did; sorted
	Passed []time.Duration // likewise
}

// Undecided is the number of runs without a verdict at their end.
func (s Summary) Undecided() int { return s.Runs - len(s.Failed) - len(s.Passed) }

// Decided returns when each run ended that got a verdict; sorted.
func (s Summary) Decided() []time.Duration {
	all := slices.Concat(s.Failed, s.Passed)
	slices.Sort(all)
	return all
}

// Within returns how many of sorted times are at most t.
func Within(times []time.Duration, t time.Duration) int {
	n, _ := slices.BinarySearch(times, t+1)
	return n
}

// Quantile returns the time that the share q of all runs needed at most for a
// verdict, and false where fewer got one.
func (s Summary) Quantile(q float64) (time.Duration, bool) {
	decided := s.Decided()
	at := int(q*float64(s.Runs)+0.5) - 1
	if at = max(at, 0); at >= len(decided) {
		return 0, false
	}
	return decided[at], true
}

// Run plays traffic until there is a verdict, and returns it with its time. All
// checks see the same counts.
func Run(a verdict.Analysis, t Traffic, r *rand.Rand) (verdict.Verdict, time.Duration) {
	evidence := a.Begin(nil)
	samples := map[string]verdict.Sample{}
	for at := t.Every; at <= t.Until; at += t.Every {
		drawn := t.Draw(r)
		for _, c := range a.Checks {
			samples[c.Name] = drawn
		}
		evidence = a.Add(evidence, samples, t.Every)
		if v, _ := a.Judge(evidence); v != verdict.Undecided {
			return v, at
		}
	}
	return verdict.Undecided, t.Until
}

// Runs plays traffic n times. Each run has numbers of its own, by seed and
// position, so that the result does not depend on what runs beside it. Its error
// is that of ctx.
func Runs(ctx context.Context, a verdict.Analysis, t Traffic, n int, seed uint64) (Summary, error) {
	verdicts, times := make([]verdict.Verdict, n), make([]time.Duration, n)
	var all sync.WaitGroup
	workers := min(runtime.GOMAXPROCS(0), n)
	for w := range workers {
		all.Go(func() {
			for i := w; i < n && ctx.Err() == nil; i += workers {
				verdicts[i], times[i] = Run(a, t, rand.New(rand.NewPCG(seed, uint64(i))))
			}
		})
	}
	all.Wait()
	if err := ctx.Err(); err != nil {
		return Summary{}, err
	}
	s := Summary{Runs: n}
	for i, v := range verdicts {
		switch v {
		case verdict.Fail:
			s.Failed = append(s.Failed, times[i])
		case verdict.Pass:
			s.Passed = append(s.Passed, times[i])
		}
	}
	slices.Sort(s.Failed)
	slices.Sort(s.Passed)
	return s, nil
}
