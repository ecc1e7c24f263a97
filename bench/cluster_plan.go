package main

import (
	"context"
	"fmt"
	"strings"
)

const (
	nothingTarget = 10 // times faster than kubectl diff
	pageSize      = 500
	nothing       = "No changes."
)

// measureClusterPlan takes the time of a plan of 1,000 applied routes, and of
// kubectl's of the same in another namespace, in turn.
func measureClusterPlan(ctx context.Context, b *bench) error {
	c, err := startCluster(ctx, b)
	if err != nil {
		return err
	}
	defer c.Stop()
	f, err := c.fleet(ctx, "gwctl", routes)
	if err != nil {
		return err
	}
	if _, err := c.apply(ctx, f.dir, fmt.Sprintf("%d added", routes+3)); err != nil {
		return err
	}
	file, err := c.rendered(ctx, f, "kubectl")
	if err != nil {
		return err
	}
	if _, err := c.run(ctx, "apply", "--server-side", "-f", file); err != nil {
		return err
	}

	plan := []string{"plan", "-no-color"}
	var ours, theirs samples
	for range b.runs {
		one, err := c.gwctl(ctx, f.dir, nothing, plan...)
		if err != nil {
			return err
		}
		// An exit other than 0 is a difference.
		other, err := c.run(ctx, "diff", "--server-side", "-f", file)
		if err != nil {
			return err
		}
		ours, theirs = append(ours, one), append(theirs, other)
	}
	b.faster("plan of 1,000 routes in a cluster, nothing to do", nothingTarget, ours, "kubectl diff --server-side", theirs)

	asked, err := c.requests(ctx, func(kubeconfig string) error {
		f.target = provider(kubeconfig, "gwctl")
		if err := f.write(); err != nil {
			return err
		}
		_, err := c.gwctl(ctx, f.dir, nothing, plan...)
		return err
	})
	if err != nil {
		return err
	}
	var texts []string
	within := true
	for _, kind := range []struct {
		of string
		n  int
	}{{"httproutes.gateway.networking.k8s.io", routes}, {"gateways.gateway.networking.k8s.io", 1}, {"backends.gateway.envoyproxy.io", 2}} {
		n := asked.of(kind.of)
		within = within && n <= 2+kind.n/pageSize
		texts = append(texts, fmt.Sprintf("%d of %s", n, kind.of))
	}
	b.table.add(row{
		figure:   "the same: requests of a kind",
		target:   fmt.Sprintf("at most 2 + N/%d", pageSize),
		measured: strings.Join(texts, ", "),
		peer:     fmt.Sprintf("%d in all", len(asked)),
		met:      meets(within),
	})
	return nil
}

// faster adds how many times faster than kubectl something is: the median of
// the ratios of runs that were made one after the other. A target of 0 is none.
func (b *bench) faster(figure string, target float64, ours samples, name string, theirs samples) {
	wall := medianRatio(ours, theirs)
	one, other := ours.typical(), theirs.typical()
	var bound string
	var reached verdict
	if target > 0 {
		bound, reached = fmt.Sprintf("%.0fx faster", target), meets(wall >= target)
	}
	b.table.add(row{
		figure:   figure,
		target:   bound,
		measured: fmt.Sprintf("%.1fx (CPU time %.1fx): %s", wall, times(other.cpu, one.cpu), one),
		peer:     fmt.Sprintf("%s: %s", name, other),
		met:      reached,
	})
}

func medianRatio(ours, theirs samples) float64 {
	ratios := make([]float64, len(ours))
	for i := range ours {
		ratios[i] = times(theirs[i].wall, ours[i].wall)
	}
	return median(ratios)
}
