package e2e

import (
	"math"
	"testing"
	"time"

	"github.com/gwctl/gwctl/internal/load"
)

// Splits are as exact as chance lets them be.
func TestSplits(t *testing.T) {
	w := newWorld(t)
	shop := w.folder("shop")
	first := true
	for _, tt := range []struct {
		name     string
		v1, v2   int
		requests uint64
	}{
		{"90/10", 90, 10, 5000},
		{"50/50", 50, 50, 5000},
		{"0/100", 0, 100, 5000},
		{"999/1", 999, 1, 20_000},
	} {
		shop.apply(config(side{blocks: route("weight", split(tt.v1, tt.v2))}))
		if first {
			w.envoy("envoy-1")
			first = false
		}
		t.Run(tt.name, func(t *testing.T) {
			w := w.in(t)
			g := w.load("http", 4000, load.From("v1", "v2"), get("weight", "/"))
			for g.Snapshot().Requests < tt.requests {
				time.Sleep(20 * time.Millisecond)
			}
			s := g.Stop() // at this rate on a busy machine some may be missed, which says nothing about the split
			if s.Failed > 0 {
				t.Fatalf("%d of %d failed: %v", s.Failed, s.Requests, s.Failures)
			}
			n, weight := float64(s.Requests), float64(tt.v2)/float64(tt.v1+tt.v2)
			got, bound := float64(s.Backends("")["v2"]), 4*math.Sqrt(n*weight*(1-weight))
			t.Logf("v2 got %v of %v requests: %.0f wanted, %.0f away at most", got, n, n*weight, bound)
			if math.Abs(got-n*weight) > bound {
				t.Errorf("v2 got %v of %v requests, want %.0f, %.0f more or less", got, n, n*weight, bound)
			}
		})
	}
}
