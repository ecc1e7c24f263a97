package verdict

import (
	"errors"
	"fmt"
	"time"
)

// Check is one question about a candidate: how many of its requests are bad.
// Shares are 0 to 1, ratios those of the candidate's share to stable's.
//
// A candidate is as good as stable where its ratio is at most Tolerated or its
// share at most Negligible, and its share is at most Limit. It is worse where
// its ratio is Unacceptable or more and its share at least Negligible, or
// where its share is at least Limit. In between neither is promised.
type Check struct {
	Name         string  `json:"name"`
	Tolerated    float64 `json:"tolerated,omitempty"`    // 0: 1.2
	Unacceptable float64 `json:"unacceptable,omitempty"` // 0: 2
	Negligible   float64 `json:"negligible,omitempty"`   // 0: 0.001
	// Limit is a share that the candidate must stay below, whatever stable has.
	// It decides where stable sees too little to compare with; 0 is none.
	Limit float64 `json:"limit,omitempty"`

	// Thresholds decide instead, where they are given.
	Thresholds *Thresholds `json:"thresholds,omitempty"`
}

// Thresholds are a rule with fixed numbers, in Flagger's manner: the candidate's
// share is looked at once in each interval. It bounds neither false alarms nor
// misses.
type Thresholds struct {
	Most     float64       `json:"most"` // share that is not failed yet
	Interval time.Duration `json:"interval_ns"`
	Failures int           `json:"failures"` // failed intervals, of a run, that fail it
}

// Defaults of a check.
const (
	Tolerated    = 1.2
	Unacceptable = 2
	Negligible   = 0.001
)

func (c Check) withDefaults() Check {
	if c.Tolerated == 0 {
		c.Tolerated = Tolerated
	}
	if c.Unacceptable == 0 {
		c.Unacceptable = max(Unacceptable, 1.5*c.Tolerated)
	}
	if c.Negligible == 0 {
		c.Negligible = Negligible
		if c.Limit > 0 {
			c.Negligible = min(Negligible, c.Limit)
		}
	}
	return c
}

// Validate says what is wrong with the numbers of a check.
func (c Check) Validate() error {
	var wrong []error
	complain := func(text string, args ...any) {
		wrong = append(wrong, fmt.Errorf("check %q: %s", c.Name, fmt.Sprintf(text, args...)))
	}
	if c.Name == "" {
		complain("it has no name")
	}
	d := c.withDefaults()
	switch {
	case !(d.Tolerated >= 0.1 && d.Tolerated <= 100):
		complain("the tolerated ratio is %v, and has to be from 0.1 to 100", d.Tolerated)
	case !(d.Unacceptable > d.Tolerated && d.Unacceptable <= 1000):
		complain("the unacceptable ratio is %v, and has to be above the tolerated %v, and at most 1000", d.Unacceptable, d.Tolerated)
	}
	if !(d.Negligible >= 1e-9 && d.Negligible < 1) {
		complain("the negligible share is %v, and has to be from 0.0000001%% to below 100%%", d.Negligible)
	}
	if c.Limit != 0 && !(c.Limit >= d.Negligible && c.Limit < 1) {
		complain("the limit is %v, and has to be from the negligible share, %v, to below 100%%", c.Limit, d.Negligible)
	}
	if t := c.Thresholds; t != nil {
		if !(t.Most >= 0 && t.Most < 1) {
			complain("the largest share is %v, and has to be from 0%% to below 100%%", t.Most)
		}
		if t.Interval <= 0 {
			complain("the interval is %s, and has to be longer than nothing", t.Interval)
		}
		if t.Failures < 1 {
			complain("the number of failures is %d, and has to be 1 or more", t.Failures)
		}
	}
	return errors.Join(wrong...)
}
