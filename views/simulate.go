package views

import (
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/gwctl/gwctl/canary/simulation"
	"github.com/gwctl/gwctl/canary/verdict"
)

// Simulation is how an analysis judged simulated candidates.
type Simulation struct {
	Traffic    simulation.Traffic // with a candidate as good as stable
	Analysis   verdict.Analysis
	Runs       int
	Seed       uint64
	Candidates []SimulatedCandidate
}

// SimulatedCandidate is one of them.
type SimulatedCandidate struct {
	Errors float64 // share of its requests
	simulation.Summary
}

// Simulate shows how soon and how surely there is a verdict.
type Simulate interface {
	Simulated(s *Simulation) error
	Replayed(a verdict.Analysis, r *simulation.Replayed) error
}

// NewSimulate returns the view that o asks for.
func NewSimulate(o Options) Simulate {
	if o.JSON {
		return simulateJSON{o}
	}
	return simulateText{o}
}

type simulateText struct{ o Options }

// plotColumns is how wide plots are.
func (v simulateText) plotColumns() int {
	const margin, most = 8, 72
	if v.o.Width == 0 {
		return most
	}
	return max(min(v.o.Width-margin, most), 16)
}

func (v simulateText) Simulated(s *Simulation) error {
	paint := NewPalette(v.o.Color)
	var b strings.Builder
	t := s.Traffic
	fmt.Fprintf(&b, "%g requests a second, %s of them to the candidate. Stable has %s errors.\n", t.Rate, shareText(t.Weight), shareText(t.Stable))
	fmt.Fprintf(&b, "A look every %s for %s; %s, seed %d.\n", shortDuration(t.Every), shortDuration(t.Until), plural(s.Runs, "run", "runs"), s.Seed)
	b.WriteString(promiseText(s.Analysis) + "\n\n")

	rows := [][]string{{"CANDIDATE", "", "FAILS", "PASSES", "UNDECIDED", "MEDIAN", "90% WITHIN"}}
	for i := range s.Candidates {
		c := &s.Candidates[i]
		rows = append(rows, []string{
			shareText(c.Errors) + " errors", ratioText(c.Errors, t.Stable), c.share(len(c.Failed)), c.share(len(c.Passed)), c.share(c.Undecided()), c.quantile(0.5), c.quantile(0.9),
		})
	}
	writeRows(&b, "", rows, func(row, column int, cell string) string {
		switch {
		case row == 0:
			return paint.Bold(cell)
		case column == 2 && len(s.Candidates[row-1].Failed) > 0:
			return paint.Remove(cell)
		case column == 3 && len(s.Candidates[row-1].Passed) > 0:
			return paint.Add(cell)
		}
		return cell
	})
	for i := range s.Candidates {
		c := &s.Candidates[i]
		fmt.Fprintf(&b, "\n%s errors, %s: %s fails, %s passes\n", shareText(c.Errors), ratioText(c.Errors, t.Stable), paint.Remove("█"), paint.Add("░"))
		plotShares(&b, paint, v.plotColumns(), c.until(t.Until), func(at time.Duration) (float64, float64) {
			return c.by(c.Failed, at), c.by(c.Passed, at)
		})
	}
	_, err := io.WriteString(v.o.Out, b.String())
	return err
}

func (c *SimulatedCandidate) share(n int) string {
	return fmt.Sprintf("%.1f%%", 100*float64(n)/float64(c.Runs))
}

func (c *SimulatedCandidate) quantile(q float64) string {
	if d, ok := c.Quantile(q); ok {
		return shortDuration(d)
	}
	return "-"
}

// by is the share of all runs that ended by a time.
func (c *SimulatedCandidate) by(times []time.Duration, at time.Duration) float64 {
	return float64(simulation.Within(times, at)) / float64(c.Runs)
}

// until is the time after which nothing happens any more.
func (c *SimulatedCandidate) until(end time.Duration) time.Duration {
	if decided := c.Decided(); c.Undecided() == 0 {
		return decided[len(decided)-1]
	}
	return end
}

// promiseText says what an analysis promises.
func promiseText(a verdict.Analysis) string {
	c := a.Checks[0]
	if th := c.Thresholds; th != nil {
		return fmt.Sprintf("It fails with the %s of %s that has more than %s errors, and passes with the first that has not.",
			ordinal(th.Failures), "an interval of "+shortDuration(th.Interval), shareText(th.Most))
	}
	text := fmt.Sprintf("False alarms are at most %s, misses at most %s", shareText(a.Alpha), shareText(a.Beta))
	if n := len(a.Checks); n > 1 {
		text += fmt.Sprintf("; %d checks divide the alarms", n)
	}
	return text + "."
}

func ordinal(n int) string {
	suffix := "th"
	if n%100 < 11 || n%100 > 13 {
		switch n % 10 {
		case 1:
			suffix = "st"
		case 2:
			suffix = "nd"
		case 3:
			suffix = "rd"
		}
	}
	return fmt.Sprintf("%d%s", n, suffix)
}

func ratioText(candidate, stable float64) string {
	switch {
	case candidate == stable:
		return "as good"
	case stable == 0:
		return "worse"
	}
	return fmt.Sprintf("%.3g times stable's", candidate/stable)
}

func (v simulateText) Replayed(a verdict.Analysis, r *simulation.Replayed) error {
	paint := NewPalette(v.o.Color)
	var b strings.Builder
	last := r.Points[len(r.Points)-1]
	fmt.Fprintf(&b, "%s at line %d, %s after the first look\n\n", verdictText(paint, r.Verdict), r.Line, shortDuration(r.After))
	rows := [][]string{{"CHECK", "CANDIDATE", "STABLE", "VERDICT"}}
	for _, f := range last.Findings {
		rows = append(rows, []string{oneLine(f.Check), tallyText(f.Seen.Candidate), tallyText(f.Seen.Stable), string(f.Verdict)})
	}
	writeRows(&b, "", rows, func(row, _ int, cell string) string {
		if row == 0 {
			return paint.Bold(cell)
		}
		return cell
	})
	needed := a.Needed()
	for i, f := range last.Findings {
		fmt.Fprintf(&b, "\n%s\n", oneLine(f.Check))
		if th := a.Checks[i].Thresholds; th != nil {
			fmt.Fprintf(&b, "  %s failed, of the %d that it takes\n", plural(f.FailedIntervals, "interval", "intervals"), th.Failures)
			continue
		}
		columns := v.plotColumns() - 4
		var against, favour []float64
		for _, p := range r.Points {
			against = append(against, progress(p.Findings[i].Against, needed.Against))
			favour = append(favour, progress(p.Findings[i].Favour, needed.Favour))
		}
		fmt.Fprintf(&b, "  evidence against it: %s, of the %s that it takes to fail\n  %s\n", evidenceText(f.Against), evidenceText(needed.Against), paint.Remove(sparkline(columns, against)))
		fmt.Fprintf(&b, "  evidence for it: %s, of the %s that it takes to pass\n  %s\n", evidenceText(f.Favour), evidenceText(needed.Favour), paint.Add(sparkline(columns, favour)))
		fmt.Fprintf(&b, "  %s\n", timeAxis(min(columns, len(r.Points)), r.After))
	}
	_, err := io.WriteString(v.o.Out, b.String())
	return err
}

func evidenceText(evidence float64) string {
	switch {
	case evidence >= 1e6:
		return "over a million"
	case evidence >= 100:
		return fmt.Sprintf("%.0f", evidence)
	case evidence < 0.01:
		return "under 0.01"
	}
	return fmt.Sprintf("%.2g", evidence)
}

// progress is how far evidence has come, as the eye should see it: it grows by
// factors.
func progress(evidence, needed float64) float64 { return math.Log(evidence) / math.Log(needed) }

func verdictText(paint Palette, v verdict.Verdict) string {
	switch v {
	case verdict.Fail:
		return paint.Bad("It fails")
	case verdict.Pass:
		return paint.Good("It passes")
	}
	return paint.Bold("There is no verdict yet")
}

func tallyText(t verdict.Tally) string {
	return fmt.Sprintf("%s of %d", shareText(t.Share()), t.Requests)
}
