package load

import (
	"testing"
	"time"
)

func TestQuantilesAreNeverTooShortAndLittleTooLong(t *testing.T) {
	for d := time.Microsecond; d < 2*time.Minute; d += d/7 + time.Microsecond {
		var l Latency
		l.add(d)
		got := l.Quantile(0.5)
		if got < d.Truncate(time.Microsecond) || got > d+d/8+time.Microsecond {
			t.Errorf("%v is told as %v", d, got)
		}
	}
}

func TestQuantiles(t *testing.T) {
	var l Latency
	if l.Quantile(0.5) != 0 {
		t.Error("nothing has a median")
	}
	for range 99 {
		l.add(time.Millisecond)
	}
	l.add(time.Hour) // beyond the last bucket
	if p50, p99, p100 := l.Quantile(0.5), l.Quantile(0.99), l.Quantile(1); p50 != p99 || p50 >= 2*time.Millisecond || p100 < time.Minute {
		t.Errorf("p50 %v, p99 %v, p100 %v", p50, p99, p100)
	}
}
