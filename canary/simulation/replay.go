package simulation

import (
	"time"

	"github.com/gwctl/gwctl/canary/verdict"
)

// Replayed is what an analysis makes of a recording.
type Replayed struct {
	Verdict  verdict.Verdict
	Line     int           // of the look at which there was a verdict, or of the last one
	After    time.Duration // from the first look to that one
	Findings []verdict.Finding
	Points   []Point
}

// Point is the evidence after one look, in the order of the checks.
type Point struct {
	After    time.Duration
	Findings []verdict.Finding
}

// Replay shows a recording to an analysis until there is a verdict.
func Replay(a verdict.Analysis, r *Recording) Replayed {
	var out Replayed
	evidence := a.Begin(nil)
	for _, look := range r.Looks {
		evidence = a.Add(evidence, look.Samples, look.Since)
		out.Line, out.After = look.Line, look.At
		out.Verdict, out.Findings = a.Judge(evidence)
		out.Points = append(out.Points, Point{look.At, out.Findings})
		if out.Verdict != verdict.Undecided {
			break
		}
	}
	return out
}
