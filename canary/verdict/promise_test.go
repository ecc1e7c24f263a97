package verdict_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/gwctl/gwctl/canary/simulation"
	"github.com/gwctl/gwctl/canary/verdict"
)

// errorsOnly is one check with all defaults.
var errorsOnly = verdict.Analysis{Alpha: 0.05, Beta: 0.05, Checks: []verdict.Check{{Name: "errors"}}}

// threeChecks divides alpha.
var threeChecks = verdict.Analysis{Alpha: 0.05, Beta: 0.05, Checks: []verdict.Check{{Name: "errors"}, {Name: "slow"}, {Name: "slower"}}}

// limited has an absolute limit as well.
var limited = verdict.Analysis{Alpha: 0.05, Beta: 0.05, Checks: []verdict.Check{{Name: "errors", Limit: 0.02}}}

// TestPromises plays many runs with fixed seeds: bounds hold of the numbers that
// are counted, not only of their expectations.
func TestPromises(t *testing.T) {
	const runs = 200
	within := func(share float64) int { return int(share * runs) }
	tests := []struct {
		name              string
		analysis          verdict.Analysis
		stable, candidate float64
		rate              float64
		fails             [2]int // at least and at most
		passes            [2]int
		median            time.Duration // at most, of all verdicts; 0 is not looked at
	}{
		{"as good as stable", errorsOnly, 0.012, 0.012, 100, [2]int{0, within(0.05)}, [2]int{within(0.95), runs}, 0},
		{"as good as stable, by three checks", threeChecks, 0.012, 0.012, 100, [2]int{0, within(0.05)}, [2]int{within(0.95), runs}, 0},
		{"as much worse as is tolerated", errorsOnly, 0.05, 0.06, 100, [2]int{0, within(0.05)}, [2]int{0, runs}, 0},
		{"both without errors", errorsOnly, 0, 0, 100, [2]int{0, 0}, [2]int{runs, runs}, 10 * time.Minute},
		{"many errors, but not more than stable", errorsOnly, 0.3, 0.3, 100, [2]int{0, within(0.05)}, [2]int{within(0.95), runs}, time.Minute},
		{"ten times the errors", errorsOnly, 0.005, 0.05, 100, [2]int{runs, runs}, [2]int{0, 0}, 30 * time.Second},
		{"ten times the errors, by three checks", threeChecks, 0.005, 0.05, 100, [2]int{runs, runs}, [2]int{0, 0}, 30 * time.Second},
		{"eight times few errors", errorsOnly, 0.001, 0.008, 100, [2]int{within(0.99), runs}, [2]int{0, within(0.01)}, 2 * time.Minute},
		{"twice the errors: the edge of what never passes", errorsOnly, 0.012, 0.024, 100, [2]int{within(0.95), runs}, [2]int{0, within(0.05)}, 0},
		{"dead", errorsOnly, 0.01, 1, 100, [2]int{runs, runs}, [2]int{0, 0}, 2 * time.Second},
		{"ten times negligible errors", errorsOnly, 0.00005, 0.0005, 1000, [2]int{0, within(0.05)}, [2]int{0, runs}, 0},
		{"over the limit, as stable is", limited, 0.06, 0.06, 100, [2]int{within(0.95), runs}, [2]int{0, within(0.05)}, time.Minute},
		{"little traffic, over the limit", limited, 0, 0.3, 1, [2]int{within(0.95), runs}, [2]int{0, within(0.05)}, 3 * time.Minute},
		{"at the limit", limited, 0.02, 0.02, 100, [2]int{0, within(0.05)}, [2]int{0, within(0.05)}, 0},
	}
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, err := simulation.Runs(t.Context(), tt.analysis, simulation.Traffic{
				Rate: tt.rate, Weight: 0.1, Stable: tt.stable, Candidate: tt.candidate, Every: 2 * time.Second, Until: 10 * time.Minute,
			}, runs, uint64(i))
			if err != nil {
				t.Fatal(err)
			}
			if n := len(s.Failed); n < tt.fails[0] || n > tt.fails[1] {
				t.Errorf("%d of %d runs failed, and not from %d to %d", n, runs, tt.fails[0], tt.fails[1])
			}
			if n := len(s.Passed); n < tt.passes[0] || n > tt.passes[1] {
				t.Errorf("%d of %d runs passed, and not from %d to %d", n, runs, tt.passes[0], tt.passes[1])
			}
			if tt.median > 0 {
				if q, ok := s.Quantile(0.5); !ok || q > tt.median {
					t.Errorf("the median verdict came after %s (%t), and not within %s", q, ok, tt.median)
				}
			}
		})
	}
}

// flagger is Flagger's documented rule: once an interval the success rate of
// that interval has to be 99% at least. A failed check halts the advance; as
// many as the threshold roll back; after the largest weight it is promoted.
type flagger struct {
	weight, step, largest float64
	failed, threshold     int
	window                verdict.Tally
}

func (f *flagger) interval() verdict.Verdict {
	window := f.window
	f.window = verdict.Tally{}
	if window.Share() > 0.01 {
		f.failed++
		if f.failed >= f.threshold {
			return verdict.Fail
		}
		return verdict.Undecided
	}
	if f.weight >= f.largest {
		return verdict.Pass
	}
	f.weight += f.step
	return verdict.Undecided
}

// TestBesideFlagger shows both rules the same streams, whose weights Flagger's
// rule moves: 5% more each minute, to 50%. The test rolls back where it fails
// before Flagger has decided.
func TestBesideFlagger(t *testing.T) {
	const runs = 100
	tests := []struct {
		name              string
		stable, candidate float64
		flagger, ours     [2]int // roll-backs: at least and at most
	}{
		{"1.2% errors on both sides", 0.012, 0.012, [2]int{90, runs}, [2]int{0, 5}},
		{"0.8% errors, eight times stable's", 0.001, 0.008, [2]int{0, 60}, [2]int{95, runs}},
		{"5% errors, ten times stable's", 0.005, 0.05, [2]int{95, runs}, [2]int{runs, runs}},
		{"0.1% errors on both sides", 0.001, 0.001, [2]int{0, 10}, [2]int{0, 5}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			theirs, ours := 0, 0
			for run := range runs {
				r := rand.New(rand.NewPCG(5, uint64(run)))
				rule := &flagger{weight: 0.05, step: 0.05, largest: 0.5, threshold: 5}
				evidence, step := errorsOnly.Begin(nil), rule.weight
				decided, rolledBack := verdict.Undecided, false
				for second := 1; decided == verdict.Undecided; second++ {
					drawn := simulation.Traffic{Rate: 100, Weight: rule.weight, Stable: tt.stable, Candidate: tt.candidate, Every: time.Second}.Draw(r)
					evidence = errorsOnly.Add(evidence, map[string]verdict.Sample{"errors": drawn}, time.Second)
					if v, _ := errorsOnly.Judge(evidence); v == verdict.Fail {
						rolledBack = true
					}
					rule.window = rule.window.Plus(drawn.Candidate)
					if second%60 == 0 {
						decided = rule.interval()
					}
					if rule.weight != step {
						evidence, step = errorsOnly.Begin(evidence), rule.weight
					}
				}
				if decided == verdict.Fail {
					theirs++
				}
				if rolledBack {
					ours++
				}
			}
			t.Logf("rolled back: %d by Flagger's rule, %d by the test, of %d", theirs, ours, runs)
			if theirs < tt.flagger[0] || theirs > tt.flagger[1] {
				t.Errorf("Flagger's rule rolled back %d, and not from %d to %d", theirs, tt.flagger[0], tt.flagger[1])
			}
			if ours < tt.ours[0] || ours > tt.ours[1] {
				t.Errorf("the test rolled back %d, and not from %d to %d", ours, tt.ours[0], tt.ours[1])
			}
		})
	}
}

// TestBreaksLate compares a candidate that was as good for an hour with one that
// is broken from the start: the good hour must not hide what comes after it.
func TestBreaksLate(t *testing.T) {
	good := simulation.Traffic{Rate: 100, Weight: 0.1, Stable: 0.01, Candidate: 0.01, Every: time.Second}
	bad := good
	bad.Candidate = 0.1
	found, slowest := 0, time.Duration(0)
	const runs = 50
	for run := range runs {
		r := rand.New(rand.NewPCG(9, uint64(run)))
		evidence := errorsOnly.Begin(nil)
		look := func(t simulation.Traffic) verdict.Verdict {
			evidence = errorsOnly.Add(evidence, map[string]verdict.Sample{"errors": t.Draw(r)}, t.Every)
			v, _ := errorsOnly.Judge(evidence)
			return v
		}
		alarmed := false
		for range 3600 {
			alarmed = alarmed || look(good) == verdict.Fail
		}
		if alarmed {
			continue
		}
		for second := range 600 {
			if look(bad) == verdict.Fail {
				found++
				slowest = max(slowest, time.Duration(second+1)*time.Second)
				break
			}
		}
	}
	if found < runs-3 || slowest > 2*time.Minute {
		t.Errorf("%d of %d were found, the last after %s", found, runs, slowest)
	}
}
