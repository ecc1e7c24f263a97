package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

const (
	newTarget = 3 // times faster than kubectl apply
	away      = 5 * time.Millisecond
)

// measureClusterApply takes the time of a saved plan of 1,000 new routes, and
// of kubectl's apply of the same into another namespace, in turn. What either
// made goes away before the next run. The API server is on the same machine, and
// then some milliseconds away, as it is for most people: kubectl waits for the
// way there and back with each object.
func measureClusterApply(ctx context.Context, b *bench) error {
	c, err := startCluster(ctx, b)
	if err != nil {
		return err
	}
	defer c.Stop()
	f, err := c.fleet(ctx, "gwctl", routes)
	if err != nil {
		return err
	}
	file, err := c.rendered(ctx, f, "kubectl")
	if err != nil {
		return err
	}
	near, err := c.applyInTurn(ctx, f, file, b.runs)
	if err != nil {
		return err
	}
	b.faster("saved plan of 1,000 new routes applied to a cluster", newTarget, near.ours, "kubectl apply --server-side", near.theirs)
	both := near.planned.typical().wall + near.ours.typical().wall
	b.table.add(row{
		figure:   "the plan before it, in which the API server rehearses each object",
		measured: near.planned.typical().String(),
		peer:     fmt.Sprintf("kubectl apply, which plans nothing, takes %.1fx as long as both together", times(near.theirs.typical().wall, both)),
	})
	return c.far(ctx, away, func() error {
		f.target = provider(c.kubeconfig, "gwctl")
		if err := f.write(); err != nil {
			return err
		}
		far, err := c.applyInTurn(ctx, f, file, (b.runs+1)/2)
		if err != nil {
			return err
		}
		b.faster(fmt.Sprintf("the same plan applied to a cluster %s away, there and back", 2*away), 0, far.ours, "kubectl apply --server-side", far.theirs)
		return nil
	})
}

// applying are runs of plan, apply and kubectl, one after the other.
type applying struct{ planned, ours, theirs samples }

func (c *cluster) applyInTurn(ctx context.Context, f *fleet, file string, runs int) (*applying, error) {
	out := &applying{}
	for range runs {
		plan, err := c.gwctl(ctx, f.dir, fmt.Sprintf("Plan: %d to add, 0 to change, 0 to destroy.", routes+3), "plan", "-no-color", "-out=new.plan")
		if err != nil {
			return nil, err
		}
		one, err := c.gwctl(ctx, f.dir, fmt.Sprintf("%d added", routes+3), "apply", "-no-color", "-wait-for=none", "new.plan")
		if err != nil {
			return nil, err
		}
		other, err := c.run(ctx, "apply", "--server-side", "-f", file)
		if err != nil {
			return nil, err
		}
		out.planned, out.ours, out.theirs = append(out.planned, plan), append(out.ours, one), append(out.theirs, other)
		if err := c.empty(ctx, f); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// empty forgets what was applied, and that it was.
func (c *cluster) empty(ctx context.Context, f *fleet) error {
	for _, namespace := range []string{"gwctl", "kubectl"} {
		if err := c.clear(ctx, namespace); err != nil {
			return err
		}
	}
	states, err := filepath.Glob(filepath.Join(f.dir, "gwctl.state.json*"))
	if err != nil {
		return err
	}
	for _, state := range states {
		if err := os.Remove(state); err != nil {
			return err
		}
	}
	return nil
}
