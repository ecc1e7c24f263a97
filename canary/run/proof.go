package run

import "math"

// Proof is whether the requests that a target sends on are divided as they
// should be: seen in a window of enough requests.
type Proof struct {
	Window Divided `json:"window"`
	Seen   bool    `json:"seen"`
	Misses int     `json:"misses,omitempty"` // windows in a row that were divided otherwise
}

// fewest is how many requests show where they go when all go to one backend.
const fewest = 16

// add counts requests. A window ends as soon as it has enough of them to tell
// its split from one that gives the lesser backend nothing; one that is
// divided otherwise is followed by another one.
func (p Proof) add(sent Divided, weight int, sticky bool) Proof {
	if p.Seen {
		return p
	}
	p.Window.Stable += sent.Stable
	p.Window.Candidate += sent.Candidate
	w := float64(weight) / Whole
	if sticky && weight > 0 && weight < Whole {
		// Users are divided, not requests: how many there are is not known.
		p.Seen = p.Window.Stable > 0 && p.Window.Candidate > 0
		return p
	}
	n, x := float64(p.Window.Stable+p.Window.Candidate), float64(p.Window.Candidate)
	lesser := min(w, 1-w)
	enough := n >= fewest
	if lesser > 0 {
		enough = n*lesser > fewest*(1-lesser) // n*lesser is more than four deviations
	}
	switch {
	case !enough:
	case math.Abs(x-n*w) <= Deviation(n, w):
		p.Seen, p.Misses = true, 0
	default:
		p.Window, p.Misses = Divided{}, p.Misses+1
	}
	return p
}

// Deviation is by how many requests a split of n at a share w may be off: four
// standard deviations.
func Deviation(n, w float64) float64 { return 4 * math.Sqrt(n*w*(1-w)) }
