package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"
)

const (
	manyRoutes   = 10_000
	growthTarget = 1.2
	memoryTarget = 400e6
)

// measureGrowth compares what one route costs among 1,000 and among 10,000.
// What a plan of a single route costs is taken off first: it would flatter the
// many.
func measureGrowth(ctx context.Context, b *bench) error {
	sizes := []int{1, routes, manyRoutes}
	fleets := make([]*fleet, len(sizes))
	seen := make([]samples, len(sizes))
	for i, n := range sizes {
		var err error
		if fleets[i], err = newFleet(filepath.Join(b.dir, fmt.Sprint("growth-", n)), n, false); err != nil {
			return err
		}
	}
	for range b.runs {
		for i, f := range fleets {
			s, err := b.firstPlan(ctx, f, sizes[i]+3)
			if err != nil {
				return err
			}
			seen[i] = append(seen[i], s)
		}
	}
	one, some, many := seen[0].typical(), seen[1].typical(), seen[2].typical()
	each := func(all, base int64, n int) float64 { return float64(all-base) / float64(n-1) }
	grows := func(figure, unit string, scale float64, base, some, many int64) {
		small, large := each(some, base, routes), each(many, base, manyRoutes)
		b.table.add(row{
			figure:   figure,
			target:   fmt.Sprintf("at most %.1fx", growthTarget),
			measured: fmt.Sprintf("%.2fx: %.1f %s", times(large, small), large/scale, unit),
			peer:     fmt.Sprintf("among 1,000: %.1f %s", small/scale, unit),
			met:      meets(large <= growthTarget*small),
		})
	}
	grows("time of a route among 10,000", "µs", float64(time.Microsecond), int64(one.wall), int64(some.wall), int64(many.wall))
	grows("CPU time of a route among 10,000", "µs", float64(time.Microsecond), int64(one.cpu), int64(some.cpu), int64(many.cpu))
	grows("memory of a route among 10,000", "kB", 1e3, one.peak, some.peak, many.peak)
	b.table.add(row{
		figure:   "peak memory, first plan of 10,000 routes",
		target:   "< " + memory(memoryTarget),
		measured: memory(many.peak),
		peer:     fmt.Sprintf("in %s; 1,000 routes: %s, one route: %s", short(many.wall), memory(some.peak), memory(one.peak)),
		met:      meets(many.peak < memoryTarget),
	})
	return nil
}
