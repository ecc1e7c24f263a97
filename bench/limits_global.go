package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/gwctl/gwctl/internal/envoy"
	"github.com/gwctl/gwctl/internal/ratelimit"
)

const limitsApplied = time.Second

const globalLimits = `
rate_limit "tenant" {
  for_each = var.tenants
  target   = http_route.tenant[each.key]
  scope    = "global"
  rule "key" {
    per_header = each.key == "t00500" ? %q : "x-api-key"
    limit      = each.key == "t00500" ? %q : "1000/hour"
  }
}
`

// measureGlobalLimits adds a global limit to each of 1,000 routes, and then
// changes one of them, on a real limiter and a real Envoy.
func measureGlobalLimits(ctx context.Context, b *bench) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	redis, err := ratelimit.StartRedis(ctx)
	if err != nil {
		return err
	}
	defer redis.Close()
	dir := filepath.Join(b.dir, "global-limits")
	port, err := freePort(ctx)
	if err != nil {
		return err
	}
	service := fmt.Sprintf("127.0.0.1:%d", port)
	s, err := startServer(ctx, b.gwctl, filepath.Join(dir, "xds"), "-ratelimit", service)
	if err != nil {
		return err
	}
	defer s.stop()
	limiter, err := ratelimit.Start(ratelimit.Options{Server: s.ads, Redis: redis.Socket(), Address: service})
	if err != nil {
		return err
	}
	defer limiter.Close()
	gate, err := newGate(s.admin)
	if err != nil {
		return err
	}
	defer gate.Close()
	f, err := newFleet(dir, routes, false)
	if err != nil {
		return err
	}
	f.server = gate.url()
	if f.port, err = freePort(ctx); err != nil {
		return err
	}
	if _, err := b.apply(ctx, f); err != nil {
		return err
	}
	proxy, err := startEnvoy(ctx, b.gwctl, s)
	if err != nil {
		return err
	}
	defer proxy.Stop()

	// limit applies limits, and returns how long limiter and Envoy took and how
	// many updates came to Envoy.
	limit := func(header, limit string) (time.Duration, sample, uint64, error) {
		if err := f.file("limits.hcl", fmt.Sprintf(globalLimits, header, limit)); err != nil {
			return 0, sample{}, 0, err
		}
		before, err := updates(ctx, proxy)
		if err != nil {
			return 0, sample{}, 0, err
		}
		one, err := b.apply(ctx, f)
		if err != nil {
			return 0, sample{}, 0, err
		}
		took := time.Since(gate.posted())
		after, err := updates(ctx, proxy)
		return took, one, after - before, err
	}
	took, whole, came, err := limit("x-api-key", "1000/hour")
	if err != nil {
		return err
	}
	b.table.add(row{
		figure:   "1,000 global limits on 1,000 routes: from the server's having them until limiter and Envoy have acknowledged",
		target:   "< " + short(limitsApplied),
		measured: short(took),
		peer:     fmt.Sprintf("%d updates of Envoy; the whole `gwctl apply` %s", came, whole),
		met:      meets(took < limitsApplied),
	})
	for _, change := range []struct{ what, header, limit string }{
		{"how many may pass", "x-api-key", "2000/hour"},
		{"what it counts", "x-other-key", "2000/hour"},
	} {
		took, whole, came, err := limit(change.header, change.limit)
		if err != nil {
			return err
		}
		b.table.add(row{
			figure:   "one of the 1,000 global limits changes in " + change.what + ": likewise",
			target:   "at most one update of Envoy",
			measured: fmt.Sprintf("%d in %s", came, short(took)),
			peer:     fmt.Sprintf("the whole `gwctl apply` %s", whole),
			met:      meets(came <= 1),
		})
	}
	return nil
}

// updates is how many responses of the xDS server Envoy has taken, of any type.
func updates(ctx context.Context, proxy *envoy.Process) (uint64, error) {
	stats, err := proxy.Stats(ctx, "update_success$")
	var total uint64
	for _, n := range stats {
		total += n
	}
	return total, err
}
