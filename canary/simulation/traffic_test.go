package simulation_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gwctl/gwctl/canary/simulation"
	"github.com/gwctl/gwctl/canary/verdict"
)

func TestTrafficIsWhatItIsSaidToBe(t *testing.T) {
	tests := []simulation.Traffic{
		{Rate: 3, Weight: 0.1, Stable: 0.01, Candidate: 0.5},
		{Rate: 100, Weight: 0.9, Stable: 0, Candidate: 1},
		{Rate: 100_000, Weight: 0.001, Stable: 0.3, Candidate: 0.02}, // by the normal distribution
	}
	for _, traffic := range tests {
		traffic.Every = time.Second
		r := rand.New(rand.NewPCG(1, 2))
		const looks = 5000
		var sum verdict.Sample
		for range looks {
			drawn := traffic.Draw(r)
			if drawn.Stable.Bad > drawn.Stable.Requests || drawn.Candidate.Bad > drawn.Candidate.Requests {
				t.Fatalf("%+v: %+v", traffic, drawn)
			}
			sum = sum.Plus(drawn)
		}
		n, m := float64(sum.Candidate.Requests), float64(sum.Stable.Requests)
		expect := func(what string, got, mean, variance float64) {
			t.Helper()
			if d := math.Abs(got - mean); d > 4*math.Sqrt(variance)+1e-6 {
				t.Errorf("%+v: %s is %v, and not about %v", traffic, what, got, mean)
			}
		}
		expect("requests", n+m, traffic.Rate*looks, traffic.Rate*looks)
		expect("the candidate's requests", n, (n+m)*traffic.Weight, (n+m)*traffic.Weight*(1-traffic.Weight))
		expect("stable's errors", float64(sum.Stable.Bad), m*traffic.Stable, m*traffic.Stable*(1-traffic.Stable))
		expect("the candidate's errors", float64(sum.Candidate.Bad), n*traffic.Candidate, n*traffic.Candidate*(1-traffic.Candidate))
	}
}

func TestTheSameSeedPlaysTheSame(t *testing.T) {
	a := verdict.Analysis{Alpha: 0.05, Beta: 0.05, Checks: []verdict.Check{{Name: "errors"}}}
	traffic := simulation.Traffic{Rate: 100, Weight: 0.1, Stable: 0.005, Candidate: 0.03, Every: time.Second, Until: 5 * time.Minute}
	quantile := func(seed uint64) time.Duration {
		q, ok := runs(t, a, traffic, seed).Quantile(0.5)
		if !ok {
			t.Fatal("half of the runs got no verdict")
		}
		return q
	}
	if a, b := quantile(7), quantile(7); a != b {
		t.Errorf("the same seed: %s and %s", a, b)
	}
	if one, other := runs(t, a, traffic, 7), runs(t, a, traffic, 8); slices.Equal(one.Failed, other.Failed) {
		t.Error("two seeds play the same")
	}
}

func runs(t *testing.T, a verdict.Analysis, traffic simulation.Traffic, seed uint64) simulation.Summary {
	t.Helper()
	s, err := simulation.Runs(t.Context(), a, traffic, 101, seed)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestRunsCanBeStopped(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := simulation.Runs(ctx, verdict.Analysis{}, simulation.Traffic{Rate: 1e9, Every: time.Second, Until: 1e6 * time.Second}, 1e6, 1)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestQuantilesAreOfAllRuns(t *testing.T) {
	s := simulation.Summary{Runs: 4, Failed: []time.Duration{3}, Passed: []time.Duration{1, 5}}
	if q, ok := s.Quantile(0.5); !ok || q != 3 {
		t.Errorf("the median is %v, %v", q, ok)
	}
	if q, ok := s.Quantile(0.9); ok {
		t.Errorf("nine tenths got a verdict by %v, and one in four got none", q)
	}
	if n := simulation.Within(s.Passed, 4); n != 1 {
		t.Errorf("%d passed by 4", n)
	}
}

func TestImpossibleTrafficIsRefused(t *testing.T) {
	good := simulation.Traffic{Rate: 100, Weight: 0.1, Every: time.Second, Until: time.Minute}
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		change func(*simulation.Traffic)
		want   string
	}{
		{func(t *simulation.Traffic) { t.Rate = 0 }, "0 requests a second"},
		{func(t *simulation.Traffic) { t.Rate = math.NaN() }, "NaN requests a second"},
		{func(t *simulation.Traffic) { t.Weight = 1.5 }, "weight of the candidate is 150%"},
		{func(t *simulation.Traffic) { t.Candidate = -1 }, "candidate's errors is -100%"},
		{func(t *simulation.Traffic) { t.Every = 0 }, "1ms or more"},
		{func(t *simulation.Traffic) { t.Until = 0 }, "has to last for one look"},
		{func(t *simulation.Traffic) { t.Until = 1000 * time.Hour }, "look less often"},
	}
	for _, tt := range tests {
		traffic := good
		tt.change(&traffic)
		if err := traffic.Validate(); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: %v, and not %q", traffic, err, tt.want)
		}
	}
}
