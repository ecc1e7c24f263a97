package load

import (
	"math"
	"math/bits"
	"time"
)

const (
	latencySteps   = 8  // per doubling: 12% wide
	latencyDoubles = 27 // from 1 µs to 134 s
)

// Latency counts durations in buckets whose width grows with them.
type Latency [latencySteps * latencyDoubles]uint64

func (l *Latency) add(d time.Duration) { l[latencyBucket(d)]++ }

func latencyBucket(d time.Duration) int {
	us := uint64(max(d.Microseconds(), 1))
	double := bits.Len64(us) - 1
	step := (us - 1<<double) * latencySteps >> double
	return min(double*latencySteps+int(step), latencySteps*latencyDoubles-1)
}

// Quantile returns a duration that the share q of all did not exceed, 12% too
// long at most; 0 when there are none.
func (l *Latency) Quantile(q float64) time.Duration {
	var all uint64
	for _, n := range l {
		all += n
	}
	if all == 0 {
		return 0
	}
	want := max(uint64(math.Ceil(q*float64(all))), 1)
	var seen uint64
	for i, n := range l {
		if seen += n; seen >= want {
			return latencyBound(i)
		}
	}
	return latencyBound(len(l) - 1)
}

// latencyBound returns what all durations of a bucket are shorter than.
func latencyBound(bucket int) time.Duration {
	double, step := bucket/latencySteps, bucket%latencySteps
	us := uint64(1)<<double + (uint64(step)+1)<<double/latencySteps
	return time.Duration(us) * time.Microsecond
}
