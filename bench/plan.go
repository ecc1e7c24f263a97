package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// routes is how many routes the fleets have whose plans are timed.
const routes = 1000

// Targets, as how many times faster than OpenTofu plans as many resources.
const (
	firstTarget = 25
	againTarget = 50
)

// peer is a configuration of OpenTofu that is planned beside a fleet.
type peer struct {
	name  string
	bound bool // the one that the target speaks of
	dir   string
	runs  samples
}

// measurePlan takes the time of offline plans of gwctl and of OpenTofu in turn:
// whole processes, so that start and printing count.
func measurePlan(ctx context.Context, b *bench) error {
	f, err := newFleet(filepath.Join(b.dir, "plan"), routes, false)
	if err != nil {
		return err
	}
	peers := []*peer{{name: "1,000 plain blocks", bound: true}, {name: "the same by for_each"}, {name: "count = 1000, input = \"10\""}}
	for i, text := range []string{tofuBlocks(routes), f.tofu(), fmt.Sprintf(tofuPlain, routes)} {
		peers[i].dir = filepath.Join(b.dir, fmt.Sprint("tofu-", i))
		if err := b.tofuFolder(ctx, peers[i].dir, text, f); err != nil {
			return err
		}
	}
	changed, server, err := appliedFleet(ctx, b)
	if err != nil {
		return err
	}
	defer server.stop()

	var first, again samples
	for range b.runs {
		for _, p := range peers {
			if err := b.planPeer(ctx, p); err != nil {
				return err
			}
		}
		for range 2 {
			s, err := b.firstPlan(ctx, f, routes+3)
			if err != nil {
				return err
			}
			first = append(first, s)

			// A weight that no plan has seen yet, and the others as in the last.
			changed.weight[routes/2] = 11 + len(again)%80
			if err := changed.write(); err != nil {
				return err
			}
			if s, err = b.plan(ctx, changed, "Plan: 0 to add, 1 to change, 0 to destroy."); err != nil {
				return err
			}
			again = append(again, s)
		}
	}
	for _, p := range peers {
		b.compare("first offline plan of 1,000 routes", firstTarget, first, p)
	}
	for _, p := range peers {
		b.compare("offline plan of 1,000 routes, one weight changed", againTarget, again, p)
	}
	return nil
}

// measureReferences is measurePlan for routes that each refer to a backend of
// their own. To OpenTofu, a reference to an instance is one to all of them.
func measureReferences(ctx context.Context, b *bench) error {
	f, err := newFleet(filepath.Join(b.dir, "own"), routes, true)
	if err != nil {
		return err
	}
	p := &peer{name: "the same by for_each", bound: true, dir: filepath.Join(b.dir, "tofu-own")}
	if err := b.tofuFolder(ctx, p.dir, f.tofu(), f); err != nil {
		return err
	}
	var first samples
	for range max(b.runs/3, 1) {
		if err := b.planPeer(ctx, p); err != nil {
			return err
		}
		for range 3 {
			s, err := b.firstPlan(ctx, f, 2*routes+3)
			if err != nil {
				return err
			}
			first = append(first, s)
		}
	}
	b.compare("first offline plan of 1,000 routes and 1,000 backends", firstTarget, first, p)
	return nil
}

// compare adds how many times faster than a peer something is.
func (b *bench) compare(figure string, target float64, ours samples, p *peer) {
	one, other := ours.typical(), p.runs.typical()
	wall, cpu := times(other.wall, one.wall), times(other.cpu, one.cpu)
	var bound string
	var reached verdict
	if p.bound {
		bound, reached = fmt.Sprintf("%.0fx faster", target), meets(wall >= target)
	}
	b.table.add(row{
		figure:   figure,
		target:   bound,
		measured: fmt.Sprintf("%.1fx (CPU time %.1fx): %s", wall, cpu, one),
		peer:     fmt.Sprintf("tofu, %s: %s", p.name, other),
		met:      reached,
	})
}

func (b *bench) firstPlan(ctx context.Context, f *fleet, add int) (sample, error) {
	if err := f.cold(); err != nil {
		return sample{}, err
	}
	return b.plan(ctx, f, fmt.Sprintf("Plan: %d to add, 0 to change, 0 to destroy.", add))
}

// plan makes an offline plan, which has to say what is expected.
func (b *bench) plan(ctx context.Context, f *fleet, says string) (sample, error) {
	s, err := measure(ctx, f.dir, b.gwctl, "plan", "-refresh=false", "-no-color")
	if err == nil && !strings.Contains(s.stdout, says) {
		err = fmt.Errorf("the plan does not say %q:\n%s", says, s.stdout[max(0, len(s.stdout)-2000):])
	}
	return s, err
}

func (b *bench) planPeer(ctx context.Context, p *peer) error {
	s, err := measure(ctx, p.dir, b.tofu, "plan", "-no-color", "-input=false")
	p.runs = append(p.runs, s)
	return err
}

// tofuFolder makes a folder that OpenTofu can plan.
func (b *bench) tofuFolder(ctx context.Context, dir, text string, f *fleet) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(text), 0o600); err != nil {
		return err
	}
	if strings.Contains(text, "variable") {
		if err := os.WriteFile(filepath.Join(dir, "terraform.tfvars"), []byte(f.variables()), 0o600); err != nil {
			return err
		}
	}
	_, err := measure(ctx, dir, b.tofu, "init", "-no-color", "-input=false")
	return err
}

// appliedFleet is a fleet that an xDS server has, and that the state knows.
func appliedFleet(ctx context.Context, b *bench) (*fleet, *server, error) {
	dir := filepath.Join(b.dir, "changed")
	s, err := startServer(ctx, b.gwctl, filepath.Join(dir, "xds"))
	if err != nil {
		return nil, nil, err
	}
	f, err := newFleet(dir, routes, false)
	if err == nil {
		f.server = s.admin
		_, err = b.apply(ctx, f)
	}
	if err != nil {
		s.stop()
		return nil, nil, err
	}
	return f, s, nil
}
