package xds_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/providers"
)

// BenchmarkOneWeight changes the weights of one route beside 1,000 others, and
// takes the time from the request to the verdict, and to the first answer by
// the backend that gets all requests. Medians are reported beside the mean.
func BenchmarkOneWeight(b *testing.B) {
	for _, routes := range []int{1000, 5000} {
		b.Run(fmt.Sprintf("routes=%d", routes), func(b *testing.B) { benchmarkOneWeight(b, routes) })
	}
}

func benchmarkOneWeight(b *testing.B, routes int) {
	s := startServer(b)
	p := s.provider(b)
	startEnvoy(b, s, p, "envoy-1")
	port := freePort(b)
	objects := []*resource.Object{gateway(port), backend("blue", answering(b, "blue")), backend("green", answering(b, "green"))}
	for i := range routes {
		objects = append(objects, weighted(i, 1, 0))
	}
	apply(b, p, objects...)
	path := fmt.Sprintf("/r%d/", routes/2)
	eventually(b, "the route is there", func() bool { return ask(b, port, path) == "blue" })
	keep := &http.Client{Timeout: 5 * time.Second}
	defer keep.CloseIdleConnections()

	var verdicts, visible []time.Duration
	colors := []string{"blue", "green"}
	i := 0
	for b.Loop() {
		i++
		plan := changes(b, p, weighted(routes/2, int64(1-i%2), int64(i%2)))
		seen := make(chan time.Duration)
		start := time.Now()
		go func() {
			for {
				response, err := keep.Get(fmt.Sprintf("http://127.0.0.1:%d%s", port, path))
				if err != nil {
					close(seen)
					return
				}
				body, err := io.ReadAll(response.Body)
				response.Body.Close()
				if err != nil || string(body) == colors[i%2] {
					seen <- time.Since(start)
					return
				}
				time.Sleep(200 * time.Microsecond)
			}
		}()
		if _, err := p.Apply(context.Background(), plan, providers.ApplyOptions{}, nil); err != nil {
			b.Fatal(err)
		}
		verdicts = append(verdicts, time.Since(start))
		d, ok := <-seen
		if !ok {
			b.Fatal("a request failed")
		}
		visible = append(visible, d)
	}
	b.ReportMetric(median(verdicts), "ms-to-verdict")
	b.ReportMetric(median(visible), "ms-to-traffic")
}

func weighted(i int, blue, green int64) *resource.Object {
	return route(fmt.Sprintf("route-%d", i), rule("PathPrefix", fmt.Sprintf("/r%d", i), fmt.Sprintf("blue=%d", blue), fmt.Sprintf("green=%d", green)))
}

// median returns milliseconds.
func median(d []time.Duration) float64 {
	slices.Sort(d)
	return float64(d[len(d)/2].Microseconds()) / 1000
}
