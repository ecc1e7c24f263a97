package load

import (
	"context"
	"encoding/json"
	"math"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gwctl/gwctl/internal/envoy"
)

// splitter starts an Envoy in front of two backends and returns its address.
func splitter(t *testing.T, stable, candidate *Backend) (*envoy.Process, string) {
	t.Helper()
	bootstrap, err := os.ReadFile("testdata/split.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer("port_value: STABLE", "port_value: "+port(t, stable), "port_value: CANDIDATE", "port_value: "+port(t, candidate)).Replace(string(bootstrap))
	p, err := envoy.Start(t.Context(), envoy.Options{Bootstrap: []byte(text), DrainTime: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Stop() })
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := p.Ready(ctx); err != nil {
		t.Fatal(err)
	}
	body, err := p.Admin(ctx, "/listeners?format=json")
	if err != nil {
		t.Fatal(err)
	}
	var listeners struct {
		Statuses []struct {
			Address struct {
				Socket struct {
					Address string      `json:"address"`
					Port    json.Number `json:"port_value"`
				} `json:"socket_address"`
			} `json:"local_address"`
		} `json:"listener_statuses"`
	}
	if err := json.Unmarshal(body, &listeners); err != nil || len(listeners.Statuses) != 1 {
		t.Fatalf("listeners (%v): %s", err, body)
	}
	at := listeners.Statuses[0].Address.Socket
	return p, net.JoinHostPort(at.Address, at.Port.String())
}

func port(t *testing.T, b *Backend) string {
	t.Helper()
	_, port, err := net.SplitHostPort(b.Address())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

func TestLoadThroughEnvoy(t *testing.T) {
	stable, candidate := backend(t, "stable"), backend(t, "candidate")
	proxy, address := splitter(t, stable, candidate)
	g := start(t, Options{Address: address, Connections: 8, Rule: From("stable", "candidate")})

	split := until(t, g, "2000 requests", requests(2000))
	n, share := float64(split.Requests), 0.1
	if got := float64(split.Backends("")["candidate"]); math.Abs(got-n*share) > 4*math.Sqrt(n*share*(1-share)) {
		t.Errorf("%v of %v requests reached the candidate, which gets a tenth", got, n)
	}

	// A draining Envoy announces the end of its connections: none is lost.
	if _, err := proxy.AdminPost(t.Context(), "/drain_listeners?graceful&skip_exit"); err != nil {
		t.Fatal(err)
	}
	until(t, g, "an announced end of a connection", func(s Snapshot) bool { return s.Announced > 0 })
	if s := g.Snapshot(); s.Failed != 0 {
		t.Errorf("%d of %d failed: %v", s.Failed, s.Requests, s.Failures)
	}

	// One that dies loses what was in flight, and refuses the rest.
	proxy.Kill()
	until(t, g, "a refused connection", func(s Snapshot) bool { return s.Failures["no connection: connection refused"] > 0 })
	s := g.Stop()
	if reached := stable.Requests() + candidate.Requests(); s.Requests-s.Failed > reached {
		t.Errorf("%d answers were right, and %d requests reached a backend", s.Requests-s.Failed, reached)
	}
}
