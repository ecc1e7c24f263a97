package views

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/gwctl/gwctl/canary/simulation"
	"github.com/gwctl/gwctl/canary/verdict"
)

// simulated has a candidate that half of the runs fail, one passes and one does
// not judge.
func simulated() *Simulation {
	return &Simulation{
		Traffic:  simulation.Traffic{Rate: 100, Weight: 0.1, Stable: 0.005, Every: time.Second, Until: time.Minute},
		Analysis: verdict.Analysis{Alpha: 0.05, Beta: 0.05, Checks: []verdict.Check{{Name: "errors"}, {Name: "slow"}}},
		Runs:     4, Seed: 7,
		Candidates: []SimulatedCandidate{{Errors: 0.05, Summary: simulation.Summary{
			Runs: 4, Failed: []time.Duration{15 * time.Second, 30 * time.Second}, Passed: []time.Duration{45 * time.Second},
		}}},
	}
}

func TestSimulationsArePlotted(t *testing.T) {
	var out bytes.Buffer
	if err := NewSimulate(Options{Out: &out, Width: 28}).Simulated(simulated()); err != nil {
		t.Fatal(err)
	}
	want := `100 requests a second, 10% of them to the candidate. Stable has 0.5% errors.
A look every 1s for 1m; 4 runs, seed 7.
False alarms are at most 5%, misses at most 5%; 2 checks divide the alarms.

CANDIDATE                     FAILS  PASSES  UNDECIDED  MEDIAN  90% WITHIN
5% errors  10 times stable's  50.0%  25.0%   25.0%      30s     -

5% errors, 10 times stable's: █ fails, ░ passes
100% |              ░░░░░░
     |              ░░░░░░
     |
     |
 50% |         ███████████
     |         ███████████
     |    ████████████████
  0% |    ████████████████
     +--------------------
      0s       30s      1m
`
	if got := out.String(); got != want {
		t.Errorf("got:\n%s", got)
	}
}

func TestColoursOfSimulationsAreOnlyColours(t *testing.T) {
	var plain, coloured bytes.Buffer
	for out, color := range map[*bytes.Buffer]bool{&plain: false, &coloured: true} {
		if err := NewSimulate(Options{Out: out, Color: color}).Simulated(simulated()); err != nil {
			t.Fatal(err)
		}
	}
	if !strings.Contains(coloured.String(), "\x1b[31m") {
		t.Error("there is no red in it")
	}
	if uncoloured(coloured.String()) != plain.String() {
		t.Errorf("without its colours it is:\n%s", uncoloured(coloured.String()))
	}
}

// uncoloured takes escape sequences away.
func uncoloured(text string) string {
	var out strings.Builder
	for text != "" {
		before, after, found := strings.Cut(text, "\x1b[")
		out.WriteString(before)
		if !found {
			break
		}
		_, text, _ = strings.Cut(after, "m")
	}
	return out.String()
}

func TestNamesOfChecksInRecordingsAreTextAlone(t *testing.T) {
	a := verdict.Analysis{Alpha: 0.05, Beta: 0.05, Checks: []verdict.Check{{Name: "\x1b[31mred"}}}
	r := simulation.Replay(a, &simulation.Recording{Looks: []simulation.Look{{Line: 1}}})
	var out bytes.Buffer
	if err := NewSimulate(Options{Out: &out}).Replayed(a, &r); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), "\x1b") {
		t.Errorf("%q", out.String())
	}
}

func TestSimulationsThatCannotBeWrittenAreErrors(t *testing.T) {
	for _, asJSON := range []bool{false, true} {
		if err := NewSimulate(Options{Out: closed{}, JSON: asJSON}).Simulated(simulated()); !errors.Is(err, errClosed) {
			t.Errorf("JSON %t: %v", asJSON, err)
		}
	}
}

var errClosed = errors.New("closed")

type closed struct{}

func (closed) Write([]byte) (int, error) { return 0, errClosed }
