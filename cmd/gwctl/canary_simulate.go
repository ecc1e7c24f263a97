package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/gwctl/gwctl/canary/simulation"
	"github.com/gwctl/gwctl/canary/verdict"
	"github.com/gwctl/gwctl/views"
)

// Bounds of what is simulated and read.
const (
	maxSimulatedRuns   = 100_000
	maxSimulatedChecks = 100
	maxRecording       = 256 << 20 // bytes
)

// simulateFlags say what is simulated, or which recording is replayed.
type simulateFlags struct {
	traffic    simulation.Traffic
	candidates []float64
	check      verdict.Check
	thresholds verdict.Thresholds
	checks     int
	alpha      float64
	beta       float64
	runs       int
	seed       uint64
	replay     string
	cumulative bool
	json       bool
}

func (c *cli) canarySimulateCommand() *cobra.Command {
	f := simulateFlags{
		traffic:    simulation.Traffic{Weight: 0.1, Stable: 0.005},
		candidates: []float64{0.05},
		check:      verdict.Check{Name: "errors", Negligible: verdict.Negligible},
		alpha:      0.05, beta: 0.05,
	}
	cmd := &cobra.Command{
		Use:   "simulate [flags]",
		Short: "Say how long a verdict takes for given traffic, and how sure it is",
		Long: `Plays traffic of known quality to the test that judges candidates, many times,
and says how often it fails and passes, and how soon. A candidate as good as
stable is always among them: what fails of it are false alarms. Nothing is
read, and the same seed plays the same.

The test may be looked at after every scrape. A candidate fails when it is shown
to have more than -tolerated times stable's errors, and more than -negligible.
It passes when it is shown to have less than -unacceptable times stable's, or
less than -negligible. With -limit it must stay below that as well, whatever
stable has. -max-error judges by a fixed threshold instead, in Flagger's
manner.

With -replay recorded counts are judged instead: a CSV file with a header, or
JSON objects, one a line, with the fields time (or seconds), stable_requests,
candidate_requests and, for each check, the bad ones among them, such as
stable_errors and candidate_errors.

    gwctl canary simulate -rate 20 -weight 5% -stable-errors 1% -candidate-errors 2% -candidate-errors 5%
    gwctl canary simulate -replay counts.csv -cumulative`,
		Args: args(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if wrong := f.contradiction(cmd); wrong != "" {
				return &usageError{cmd, wrong}
			}
			view := views.NewSimulate(c.viewOptions(f.json, false))
			if cmd.Flags().Changed("replay") {
				return c.replay(cmd, &f, view)
			}
			return simulate(cmd, &f, view)
		},
	}
	flags := cmd.Flags()
	flags.Float64Var(&f.traffic.Rate, "rate", 100, "`requests` a second, to both backends together")
	flags.Var((*shareFlag)(&f.traffic.Weight), "weight", "`share` of the requests that the candidate gets")
	flags.Var((*shareFlag)(&f.traffic.Stable), "stable-errors", "`share` of stable's requests that are errors")
	flags.Var(&sharesFlag{shares: &f.candidates}, "candidate-errors", "`share` of the candidate's requests that are errors; may be repeated")
	flags.DurationVar(&f.traffic.Every, "interval", 5*time.Second, "`duration` from look to look")
	flags.DurationVar(&f.traffic.Until, "duration", 30*time.Minute, "`duration` of a run")
	flags.IntVar(&f.runs, "runs", 1000, "`number` of runs, of each candidate")
	flags.Uint64Var(&f.seed, "seed", 1, "`number` that chance is drawn from")
	flags.Var((*shareFlag)(&f.alpha), "alpha", "bound on the `share` of false alarms")
	flags.Var((*shareFlag)(&f.beta), "beta", "bound on the `share` of misses")
	flags.IntVar(&f.checks, "checks", 1, "`number` of checks that alpha is divided among")
	flags.Float64Var(&f.check.Tolerated, "tolerated", verdict.Tolerated, "how many `times` stable's errors are no reason to fail")
	flags.Float64Var(&f.check.Unacceptable, "unacceptable", verdict.Unacceptable, "how many `times` stable's errors never pass")
	flags.Var((*shareFlag)(&f.check.Negligible), "negligible", "`share` of errors that is good enough, whatever stable has")
	flags.Var((*shareFlag)(&f.check.Limit), "limit", "`share` of errors that is too much, whatever stable has")
	flags.Var((*shareFlag)(&f.thresholds.Most), "max-error", "fail by a fixed `share` of errors instead")
	flags.DurationVar(&f.thresholds.Interval, "max-error-interval", time.Minute, "`duration` in which that share is looked at once")
	flags.IntVar(&f.thresholds.Failures, "failures", 5, "`number` of such intervals that fail")
	flags.StringVar(&f.replay, "replay", "", "judge the counts in this `file`; - is standard input")
	flags.BoolVar(&f.cumulative, "cumulative", false, "the recorded counts are counters, and not of the time since the line before")
	flags.BoolVar(&f.json, "json", false, "print JSON")
	return cmd
}

// contradiction says which two of the flags are not for the same thing.
func (f *simulateFlags) contradiction(cmd *cobra.Command) string {
	if cmd.Flags().Changed("replay") {
		if wrong := firstChanged(cmd, "rate", "weight", "stable-errors", "candidate-errors", "interval", "duration", "runs", "seed", "checks"); wrong != "" {
			return fmt.Sprintf("-%s is of simulated traffic, and -replay judges what was recorded: give one of them.", wrong)
		}
	} else if f.cumulative {
		return "-cumulative is of a recording: name it with -replay."
	}
	sequential, fixed := firstChanged(cmd, "alpha", "beta", "tolerated", "unacceptable", "negligible", "limit"), firstChanged(cmd, "failures", "max-error-interval")
	switch given := cmd.Flags().Changed("max-error"); {
	case given && sequential != "":
		return fmt.Sprintf("-max-error is a fixed threshold, which -%s is not for: give one of them.", sequential)
	case !given && fixed != "":
		return fmt.Sprintf("-%s is of a fixed threshold: give that with -max-error.", fixed)
	}
	return ""
}

// firstChanged returns the first of the flags that was given.
func firstChanged(cmd *cobra.Command, names ...string) string {
	for _, name := range names {
		if cmd.Flags().Changed(name) {
			return name
		}
	}
	return ""
}

// analysis is how the flags say that candidates are judged, by checks of these
// names.
func (f *simulateFlags) analysis(cmd *cobra.Command, checks []string) (verdict.Analysis, error) {
	a := verdict.Analysis{Alpha: f.alpha, Beta: f.beta}
	for _, name := range checks {
		check := f.check
		check.Name = name
		if cmd.Flags().Changed("max-error") {
			check = verdict.Check{Name: name, Thresholds: &f.thresholds}
		}
		a.Checks = append(a.Checks, check)
	}
	return a, impossible(cmd, a.Validate())
}

// impossible tells of numbers on the command line that make no sense, a line
// each.
func impossible(cmd *cobra.Command, err error) error {
	if err == nil {
		return nil
	}
	var lines []string
	for line := range strings.Lines(err.Error()) {
		lines = append(lines, sentence(strings.TrimSpace(line)))
	}
	return &usageError{cmd, strings.Join(lines, "\n")}
}

// simulate plays a candidate as good as stable, and those that were asked for.
func simulate(cmd *cobra.Command, f *simulateFlags, view views.Simulate) error {
	if f.runs < 1 || f.runs > maxSimulatedRuns {
		return &usageError{cmd, fmt.Sprintf("-runs is %d, and has to be from 1 to %d.", f.runs, maxSimulatedRuns)}
	}
	if f.checks < 1 || f.checks > maxSimulatedChecks {
		return &usageError{cmd, fmt.Sprintf("-checks is %d, and has to be from 1 to %d.", f.checks, maxSimulatedChecks)}
	}
	var names []string
	for i := range f.checks {
		names = append(names, fmt.Sprintf("check %d", i+1))
	}
	analysis, err := f.analysis(cmd, names)
	if err != nil {
		return err
	}
	f.traffic.Candidate = f.traffic.Stable
	if err := impossible(cmd, f.traffic.Validate()); err != nil {
		return err
	}
	s := &views.Simulation{Traffic: f.traffic, Analysis: analysis, Runs: f.runs, Seed: f.seed}
	for _, candidate := range append([]float64{f.traffic.Stable}, f.candidates...) {
		if slices.ContainsFunc(s.Candidates, func(c views.SimulatedCandidate) bool { return c.Errors == candidate }) {
			continue
		}
		traffic := f.traffic
		traffic.Candidate = candidate
		summary, err := simulation.Runs(cmd.Context(), analysis, traffic, f.runs, f.seed)
		if err != nil {
			return err
		}
		s.Candidates = append(s.Candidates, views.SimulatedCandidate{Errors: candidate, Summary: summary})
	}
	return view.Simulated(s)
}

// replay judges what was recorded.
func (c *cli) replay(cmd *cobra.Command, f *simulateFlags, view views.Simulate) error {
	data, err := c.readInput(f.replay, maxRecording)
	if err != nil {
		return err
	}
	recording, err := simulation.ReadRecording(bytes.NewReader(data), f.cumulative)
	if err != nil {
		return fmt.Errorf("%s %w", f.replay, err)
	}
	analysis, err := f.analysis(cmd, recording.Checks)
	if err != nil {
		return err
	}
	replayed := simulation.Replay(analysis, recording)
	return view.Replayed(analysis, &replayed)
}
