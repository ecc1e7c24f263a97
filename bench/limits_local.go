package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gwctl/gwctl/internal/load"
)

const limitedRate = 0.9 // of the rate without limits

const localLimits = `gwctl { name = "limits" }
provider "xds" { server = %q }

gateway "public" {
  listener "http" { port = %d }
}
backend "orders" { endpoints = [%q] }

http_route "orders" {
  for_each  = toset(["plain", "limited"])
  gateway   = gateway.public
  hostnames = ["${each.key}.example.com"]
  rule "all" {
    forward { to = backend.orders }
  }
}

rate_limit "orders" {
  target = http_route.orders["limited"]
  scope  = "local"
  rule "all" { limit = "1000000000/hour" }
  rule "key" {
    per_header = "x-api-key"
    limit      = "1000000000/hour"
  }
  rule "api" {
    match {
      path_prefix = "/api"
      methods     = ["GET", "HEAD"]
    }
    limit = "1000000000/hour"
  }
}
`

// measureLocalLimits asks a route with three local limits, all of which count
// each request, and one without any, in turn: as fast as answers come.
func measureLocalLimits(ctx context.Context, b *bench) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	backend, err := load.StartBackend(ctx, "orders")
	if err != nil {
		return err
	}
	defer backend.Close()
	dir := filepath.Join(b.dir, "local-limits")
	s, err := startServer(ctx, b.gwctl, filepath.Join(dir, "xds"))
	if err != nil {
		return err
	}
	defer s.stop()
	port, err := freePort(ctx)
	if err != nil {
		return err
	}
	main := fmt.Sprintf(localLimits, s.admin, port, backend.Address())
	if err := os.WriteFile(filepath.Join(dir, "main.hcl"), []byte(main), 0o600); err != nil {
		return err
	}
	if _, err := measure(ctx, dir, b.gwctl, "apply", "-auto-approve", "-no-color"); err != nil {
		return err
	}
	proxy, err := startEnvoy(ctx, b.gwctl, s)
	if err != nil {
		return err
	}
	defer proxy.Stop()

	hosts := []string{"plain", "limited"}
	rate, cpu := map[string][]float64{}, map[string][]float64{}
	for range b.runs + 1 { // the first one warms up
		for _, host := range hosts {
			before := cpuOf(proxy.PID())
			began := time.Now()
			requests, err := hammer(ctx, fmt.Sprintf("127.0.0.1:%d", port), host+".example.com", time.Second)
			if err != nil {
				return err
			}
			rate[host] = append(rate[host], float64(requests)/time.Since(began).Seconds())
			cpu[host] = append(cpu[host], float64(cpuOf(proxy.PID())-before)/float64(requests))
		}
	}
	middle := func(of []float64) float64 { return median(of[1:]) }
	ratio := middle(rate["limited"]) / middle(rate["plain"])
	b.table.add(row{
		figure:   "requests a second through one Envoy, with 3 local limits on the route",
		target:   fmt.Sprintf(">= %.0f%% of those without", limitedRate*100),
		measured: fmt.Sprintf("%.0f%%: %.0f", ratio*100, middle(rate["limited"])),
		peer:     fmt.Sprintf("%.0f without; Envoy's CPU for each: %s, and %s without", middle(rate["plain"]), short(time.Duration(middle(cpu["limited"]))), short(time.Duration(middle(cpu["plain"])))),
		met:      meets(ratio >= limitedRate),
	})
	return nil
}
