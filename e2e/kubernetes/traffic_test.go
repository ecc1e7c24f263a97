package kubernetes

import (
	"context"
	"math"
	"strings"

	"github.com/gwctl/gwctl/internal/load"
)

// sample is what became of so many requests.
func (w *world) sample(url, host, path string, requests uint64) load.Snapshot {
	w.Helper()
	g := w.load(url, 1000, load.Request{Host: host, Path: path})
	w.until("requests are answered", func() bool { return g.Snapshot().Requests >= requests }, func() any { return g.Snapshot() })
	return g.Stop()
}

// load sends requests at a steady rate until the test ends.
func (w *world) load(url string, rate float64, requests ...load.Request) *load.Generator {
	w.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(w.Context()))
	g, err := load.Start(ctx, load.Options{Address: strings.TrimPrefix(url, "http://"), Rate: rate, Requests: requests})
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() {
		cancel()
		g.Stop()
	})
	return g
}

// fits reports whether a backend got its share, as exactly as chance lets it.
func fits(s load.Snapshot, backend string, share float64) bool {
	n := float64(s.Requests)
	return s.Failed == 0 && math.Abs(float64(s.Backends("")[backend])-n*share) <= 4*math.Sqrt(n*share*(1-share))
}

// splits waits until Envoy has the split, and then checks it.
func (w *world) splits(url, host, path, backend string, share float64) {
	w.Helper()
	var last load.Snapshot
	w.until("the split is in force", func() bool {
		last = w.sample(url, host, path, 500)
		return fits(last, backend, share)
	}, func() any { return last })
	if s := w.sample(url, host, path, 5000); !fits(s, backend, share) {
		w.Errorf("%s got %d of %d requests, want %.0f%% as exactly as chance lets it (%d failed: %v)",
			backend, s.Backends("")[backend], s.Requests, 100*share, s.Failed, s.Failures)
	}
}

// served waits until a backend answers.
func (w *world) served(url, host, path, backend string) {
	w.Helper()
	var last load.Snapshot
	w.until(backend+" answers "+host+path, func() bool {
		last = w.sample(url, host, path, 1)
		return last.Failed == 0 && last.Backends("")[backend] == last.Requests
	}, func() any { return last })
}
