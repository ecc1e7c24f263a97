package verdict_test

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/gwctl/gwctl/canary/verdict"
)

func sample(stable, stableBad, candidate, candidateBad uint64) verdict.Sample {
	return verdict.Sample{
		Stable:    verdict.Tally{Requests: stable, Bad: stableBad},
		Candidate: verdict.Tally{Requests: candidate, Bad: candidateBad},
	}
}

func add(a verdict.Analysis, e verdict.Evidence, s verdict.Sample) verdict.Evidence {
	samples := map[string]verdict.Sample{}
	for _, c := range a.Checks {
		samples[c.Name] = s
	}
	return a.Add(e, samples, time.Second)
}

func judge(a verdict.Analysis, samples ...verdict.Sample) verdict.Verdict {
	e := a.Begin(nil)
	for _, s := range samples {
		e = add(a, e, s)
	}
	v, _ := a.Judge(e)
	return v
}

func TestVerdicts(t *testing.T) {
	atOnePercent := verdict.Analysis{Alpha: 0.05, Beta: 0.05, Checks: []verdict.Check{{Name: "errors", Negligible: 0.01}}}
	tests := []struct {
		name     string
		analysis verdict.Analysis
		seen     []verdict.Sample
		want     verdict.Verdict
	}{
		{"nothing seen", errorsOnly, nil, verdict.Undecided},
		{"no traffic", errorsOnly, []verdict.Sample{{}, {}}, verdict.Undecided},
		{"no request to the candidate", errorsOnly, []verdict.Sample{sample(1e6, 0, 0, 0)}, verdict.Undecided},
		{"no request to stable, and errors", errorsOnly, []verdict.Sample{sample(0, 0, 1000, 5)}, verdict.Undecided},
		{"ten good requests", errorsOnly, []verdict.Sample{sample(90, 0, 10, 0)}, verdict.Undecided},
		{"ten requests that all went wrong", errorsOnly, []verdict.Sample{sample(90, 0, 10, 10)}, verdict.Fail},
		{"under 1%, by as many good requests as that takes", atOnePercent, []verdict.Sample{sample(9000, 0, 1000, 0)}, verdict.Pass},
		{"under 1%, by too few good requests", atOnePercent, []verdict.Sample{sample(9000, 0, 250, 0)}, verdict.Undecided},
		{"a billion requests, as good", errorsOnly, []verdict.Sample{sample(9e8, 9e6, 1e8, 1e6)}, verdict.Pass},
		{"a billion requests, all good", errorsOnly, []verdict.Sample{sample(9e8, 0, 1e8, 0)}, verdict.Pass},
		{"a billion requests, three times the errors", errorsOnly, []verdict.Sample{sample(9e8, 9e6, 1e8, 3e6)}, verdict.Fail},
		{"a billion requests, all errors on both sides", errorsOnly, []verdict.Sample{sample(9e8, 9e8, 1e8, 1e8)}, verdict.Pass},
		{"no checks", verdict.Analysis{}, []verdict.Sample{sample(1e6, 0, 1e6, 0)}, verdict.Undecided},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := judge(tt.analysis, tt.seen...); got != tt.want {
				t.Errorf("%s, and not %s", got, tt.want)
			}
		})
	}
}

func TestAllChecksHaveToPassAndOneFails(t *testing.T) {
	good, bad := sample(90_000, 900, 10_000, 100), sample(90_000, 900, 10_000, 1000)
	for _, tt := range []struct {
		slow verdict.Sample
		want verdict.Verdict
	}{{good, verdict.Pass}, {bad, verdict.Fail}, {verdict.Sample{}, verdict.Undecided}} {
		a := verdict.Analysis{Alpha: 0.05, Beta: 0.05, Checks: []verdict.Check{{Name: "errors"}, {Name: "slow"}}}
		e := a.Add(a.Begin(nil), map[string]verdict.Sample{"errors": good, "slow": tt.slow}, time.Second)
		v, findings := a.Judge(e)
		if v != tt.want {
			t.Errorf("%s, and not %s: %+v", v, tt.want, findings)
		}
	}
}

func TestAStepBeginsWithWhatSpeaksAgainst(t *testing.T) {
	e := add(errorsOnly, errorsOnly.Begin(nil), sample(90_000, 900, 10_000, 100))
	if v, _ := errorsOnly.Judge(e); v != verdict.Pass {
		t.Fatalf("%s, and not a pass", v)
	}
	e = errorsOnly.Begin(e)
	if v, _ := errorsOnly.Judge(e); v != verdict.Undecided {
		t.Errorf("the next step begins with %s", v)
	}
	e = add(errorsOnly, errorsOnly.Begin(nil), sample(90_000, 450, 10_000, 1000))
	if v, _ := errorsOnly.Judge(errorsOnly.Begin(e)); v != verdict.Fail {
		t.Errorf("what had failed begins the next step with %s", v)
	}
}

func TestThresholdsAreFlaggers(t *testing.T) {
	a := verdict.Analysis{Checks: []verdict.Check{{Name: "errors", Thresholds: &verdict.Thresholds{Most: 0.01, Interval: time.Minute, Failures: 2}}}}
	a.Alpha, a.Beta = 0.05, 0.05
	type minute struct {
		requests, bad uint64
	}
	tests := []struct {
		name    string
		minutes []minute
		want    verdict.Verdict
	}{
		{"none", nil, verdict.Undecided},
		{"a minute without requests", []minute{{0, 0}}, verdict.Undecided},
		{"a good minute", []minute{{600, 6}}, verdict.Pass},
		{"a bad one", []minute{{600, 7}}, verdict.Undecided},
		{"a bad one and a good one", []minute{{600, 7}, {600, 0}}, verdict.Pass},
		{"two bad ones, with a good one in between", []minute{{600, 7}, {600, 0}, {600, 600}}, verdict.Fail},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := a.Begin(nil)
			for _, m := range tt.minutes {
				for range 6 {
					e = a.Add(e, map[string]verdict.Sample{"errors": sample(1000, 0, m.requests/6, 0)}, 10*time.Second-time.Nanosecond)
				}
				e = a.Add(e, map[string]verdict.Sample{"errors": sample(1000, 0, m.bad, m.bad)}, time.Second)
			}
			if v, findings := a.Judge(e); v != tt.want {
				t.Errorf("%s, and not %s: %+v", v, tt.want, findings)
			}
		})
	}
}

func tallies(most uint64) *rapid.Generator[verdict.Tally] {
	return rapid.Custom(func(t *rapid.T) verdict.Tally {
		n := rapid.Uint64Range(0, most).Draw(t, "requests")
		return verdict.Tally{Requests: n, Bad: rapid.Uint64Range(0, n).Draw(t, "bad")}
	})
}

func samples(most uint64) *rapid.Generator[verdict.Sample] {
	return rapid.Custom(func(t *rapid.T) verdict.Sample {
		return verdict.Sample{Stable: tallies(most).Draw(t, "stable"), Candidate: tallies(most).Draw(t, "candidate")}
	})
}

// near reports whether evidence is the same but for the last digits.
func near(a, b float64) bool {
	return math.Abs(a-b) <= 1e-6*max(math.Abs(a), math.Abs(b), 1e-9)
}

func TestEvidenceIsTheSameInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(samples(200), 1, 20).Draw(t, "samples")
		shuffled := rapid.Permutation(all).Draw(t, "shuffled")
		// A stake that is spent begins anew, and when that is depends on the order;
		// what speaks for a candidate never does.
		_, one := errorsOnly.Judge(of(all))
		_, other := errorsOnly.Judge(of(shuffled))
		if !near(one[0].Favour, other[0].Favour) || one[0].Seen != other[0].Seen {
			t.Errorf("%+v and %+v", one[0], other[0])
		}
	})
}

func of(all []verdict.Sample) verdict.Evidence {
	e := errorsOnly.Begin(nil)
	for _, s := range all {
		e = add(errorsOnly, e, s)
	}
	return e
}

func TestEvidenceIsTheSameForHalvesOfAScrape(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// Both backends have the same part of their requests in a half; how the bad
		// ones are divided is nothing to either bet.
		n, m := rapid.Uint64Range(1, 100).Draw(t, "candidate"), rapid.Uint64Range(1, 100).Draw(t, "stable")
		half := func(label string) verdict.Sample {
			return sample(m, rapid.Uint64Range(0, m).Draw(t, label+" stable"), n, rapid.Uint64Range(0, n).Draw(t, label+" candidate"))
		}
		a, b := half("first"), half("second")
		one, two := of([]verdict.Sample{a.Plus(b)}), of([]verdict.Sample{a, b, {}, {}})
		_, whole := errorsOnly.Judge(one)
		_, halves := errorsOnly.Judge(two)
		if !near(whole[0].Favour, halves[0].Favour) {
			t.Errorf("for it: %v and %v", whole[0].Favour, halves[0].Favour)
		}
		if !spent(one) && !spent(two) && !near(whole[0].Against, halves[0].Against) {
			t.Errorf("against it: %v and %v", whole[0].Against, halves[0].Against)
		}
	})
}

// spent reports whether a stake has begun anew.
func spent(e verdict.Evidence) bool {
	s := e["errors"].Sequential
	return s.Worse.Begun+s.NotFew.Begun > 0
}

func TestMoreErrorsOfTheCandidateNeverHelpIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := samples(10_000).Draw(t, "sample")
		worse := s
		worse.Candidate.Bad = rapid.Uint64Range(s.Candidate.Bad, s.Candidate.Requests).Draw(t, "more bad")
		_, a := errorsOnly.Judge(of([]verdict.Sample{s}))
		_, b := errorsOnly.Judge(of([]verdict.Sample{worse}))
		if b[0].Favour > a[0].Favour*(1+1e-9) {
			t.Errorf("for it: %v, and with more errors %v", a[0].Favour, b[0].Favour)
		}
	})
}

func TestEvidenceOutlivesAFile(t *testing.T) {
	a := limited
	a.Checks = append(slices.Clone(a.Checks), verdict.Check{Name: "fixed", Thresholds: &verdict.Thresholds{Most: 0.01, Interval: time.Second, Failures: 3}})
	rapid.Check(t, func(t *rapid.T) {
		e := a.Begin(nil)
		for _, s := range rapid.SliceOfN(samples(math.MaxUint64), 0, 5).Draw(t, "samples") {
			if e = add(a, e, s); rapid.Bool().Draw(t, "a step") {
				e = a.Begin(e)
			}
		}
		text, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		var again verdict.Evidence
		if err := json.Unmarshal(text, &again); err != nil {
			t.Fatal(err)
		}
		next := samples(1000).Draw(t, "next")
		_, one := a.Judge(add(a, e, next))
		_, other := a.Judge(add(a, again, next))
		if diff := gocmp.Diff(one, other); diff != "" {
			t.Error(diff)
		}
		if _, err := json.Marshal(one); err != nil {
			t.Errorf("the findings are no JSON: %v", err)
		}
	})
}

func TestCountersThatStartOverOrJump(t *testing.T) {
	tests := []struct {
		name           string
		earlier, later verdict.Sample
		want           verdict.Sample
		fits           bool
	}{
		{"grown", sample(100, 1, 10, 0), sample(150, 2, 17, 1), sample(50, 1, 7, 1), true},
		{"the same", sample(100, 1, 10, 0), sample(100, 1, 10, 0), verdict.Sample{}, true},
		{"started over", sample(1000, 10, 100, 1), sample(30, 1, 4, 0), sample(30, 1, 4, 0), true},
		{"the candidate alone started over", sample(1000, 10, 100, 1), sample(1030, 11, 4, 0), sample(30, 1, 4, 0), true},
		{"jumped", sample(1000, 10, 100, 1), sample(math.MaxUint64, 10, 110, 2), sample(0, 0, 10, 1), true},
		{"bad requests that are not counted yet", sample(1000, 10, 100, 1), sample(1001, 12, 100, 1), verdict.Sample{}, false},
		{"and are at the next look", sample(1000, 10, 100, 1), sample(1002, 12, 100, 1), sample(2, 2, 0, 0), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, fits := tt.later.Since(tt.earlier)
			if got != tt.want || fits != tt.fits {
				t.Errorf("%+v, %t", got, fits)
			}
		})
	}
}

func TestNumbersThatMakeNoSenseAreRefused(t *testing.T) {
	tests := []struct {
		a    verdict.Analysis
		want string
	}{
		{verdict.Analysis{Alpha: 0, Beta: 0.05, Checks: []verdict.Check{{Name: "errors"}}}, "alpha is 0, and has to be from 0.0001% to 50%"},
		{verdict.Analysis{Alpha: 0.05, Beta: math.NaN(), Checks: []verdict.Check{{Name: "errors"}}}, "beta is NaN"},
		{with(verdict.Check{}), `check "": it has no name`},
		{with(verdict.Check{Name: "errors"}, verdict.Check{Name: "errors"}), `two checks are called "errors"`},
		{with(verdict.Check{Name: "errors", Tolerated: 3, Unacceptable: 2}), "has to be above the tolerated 3"},
		{with(verdict.Check{Name: "errors", Tolerated: -1}), "from 0.1 to 100"},
		{with(verdict.Check{Name: "errors", Negligible: 1}), "below 100%"},
		{with(verdict.Check{Name: "errors", Negligible: 0.1, Limit: 0.05}), "from the negligible share, 0.1,"},
		{with(verdict.Check{Name: "errors", Thresholds: &verdict.Thresholds{Most: 2, Interval: -1}}), "the number of failures is 0"},
	}
	for _, tt := range tests {
		if err := tt.a.Validate(); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: %v, and not %q", tt.a, err, tt.want)
		}
	}
	for _, a := range []verdict.Analysis{{}, errorsOnly, threeChecks, limited} {
		if err := a.Validate(); err != nil {
			t.Errorf("%+v: %v", a, err)
		}
	}
}

func with(checks ...verdict.Check) verdict.Analysis {
	return verdict.Analysis{Alpha: 0.05, Beta: 0.05, Checks: checks}
}
