package views

import (
	"time"

	"github.com/gwctl/gwctl/canary/simulation"
	"github.com/gwctl/gwctl/canary/verdict"
)

type simulateJSON struct{ o Options }

type simulatedTraffic struct {
	Rate            float64 `json:"requests_per_second"`
	Weight          float64 `json:"weight"`
	StableErrors    float64 `json:"stable_errors"`
	IntervalSeconds float64 `json:"interval_seconds"`
	DurationSeconds float64 `json:"duration_seconds"`
}

// simulatedCandidate is one simulated candidate; times that fewer runs reached are
// null.
type simulatedCandidate struct {
	Errors        float64  `json:"candidate_errors"`
	Failed        int      `json:"failed"`
	Passed        int      `json:"passed"`
	Undecided     int      `json:"undecided"`
	MedianSeconds *float64 `json:"median_seconds"`
	P90Seconds    *float64 `json:"p90_seconds"`
}

func (v simulateJSON) Simulated(s *Simulation) error {
	doc := struct {
		FormatVersion string               `json:"format_version"`
		GwctlVersion  string               `json:"gwctl_version"`
		Traffic       simulatedTraffic     `json:"traffic"`
		Analysis      verdict.Analysis     `json:"analysis"`
		Runs          int                  `json:"runs"`
		Seed          uint64               `json:"seed"`
		Candidates    []simulatedCandidate `json:"candidates"`
	}{
		FormatVersion: "1.0", GwctlVersion: v.o.Version, Analysis: s.Analysis, Runs: s.Runs, Seed: s.Seed,
		Traffic: simulatedTraffic{s.Traffic.Rate, s.Traffic.Weight, s.Traffic.Stable, s.Traffic.Every.Seconds(), s.Traffic.Until.Seconds()},
	}
	for i := range s.Candidates {
		c := &s.Candidates[i]
		doc.Candidates = append(doc.Candidates, simulatedCandidate{
			c.Errors, len(c.Failed), len(c.Passed), c.Undecided(), secondsOf(c.Quantile(0.5)), secondsOf(c.Quantile(0.9)),
		})
	}
	return writeDocument(v.o.Out, doc)
}

func secondsOf(d time.Duration, ok bool) *float64 {
	if !ok {
		return nil
	}
	seconds := d.Seconds()
	return &seconds
}

func (v simulateJSON) Replayed(a verdict.Analysis, r *simulation.Replayed) error {
	return writeDocument(v.o.Out, struct {
		FormatVersion string            `json:"format_version"`
		GwctlVersion  string            `json:"gwctl_version"`
		Analysis      verdict.Analysis  `json:"analysis"`
		Verdict       verdict.Verdict   `json:"verdict"`
		Line          int               `json:"line"`
		AfterSeconds  float64           `json:"after_seconds"`
		Findings      []verdict.Finding `json:"findings"`
	}{"1.0", v.o.Version, a, r.Verdict, r.Line, r.After.Seconds(), r.Findings})
}
