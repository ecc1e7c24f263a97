package verdict

import "time"

// intervals is what a check by thresholds has seen.
type intervals struct {
	Window  Tally         `json:"window,omitzero"`   // the candidate's, of the present interval
	Elapsed time.Duration `json:"elapsed,omitempty"` // of it
	Good    int           `json:"good,omitempty"`    // of the present step
	Failed  int           `json:"failed,omitempty"`  // of the run
}

func (i intervals) begin() intervals { return intervals{Failed: i.Failed} }

// add counts. An interval in which the candidate got no request says nothing,
// and goes on until it got one.
func (i intervals) add(t Thresholds, candidate Tally, within time.Duration) intervals {
	i.Window = i.Window.Plus(candidate)
	i.Elapsed += within
	if i.Elapsed < t.Interval || i.Window.Requests == 0 {
		return i
	}
	if i.Window.Share() > t.Most {
		i.Failed++
	} else {
		i.Good++
	}
	i.Window, i.Elapsed = Tally{}, 0
	return i
}
