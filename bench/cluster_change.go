package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// measureClusterChange applies a change of one weight: of a route among 10,000
// and among 1,000 of its configuration, and of the only one in another, with
// and without those 10,000 in its namespace.
func measureClusterChange(ctx context.Context, b *bench) error {
	c, err := startCluster(ctx, b)
	if err != nil {
		return err
	}
	defer c.Stop()
	among1000, err := c.inFleet(ctx, "some", routes)
	if err != nil {
		return err
	}
	among10000, err := c.inFleet(ctx, "many", manyRoutes)
	if err != nil {
		return err
	}
	if _, err := c.inFleet(ctx, "alone", 1); err != nil { // for its gateway
		return err
	}
	alone, err := c.lonely(ctx, "alone")
	if err != nil {
		return err
	}
	crowded, err := c.lonely(ctx, "many")
	if err != nil {
		return err
	}
	all := []*weight{among1000, among10000, alone, crowded}
	for i := range b.runs {
		for _, w := range all {
			s, err := w.change(ctx, c.Kubeconfig(), 20+i)
			if err != nil {
				return err
			}
			w.runs = append(w.runs, s)
		}
	}
	for _, w := range all {
		if w.asked, err = c.requests(ctx, func(kubeconfig string) error {
			_, err := w.change(ctx, kubeconfig, 15)
			return err
		}); err != nil {
			return err
		}
	}
	b.compareChanges("one weight changed among 10,000 routes of a configuration", among10000, "among 1,000", among1000)
	b.compareChanges("a configuration's only route changed beside 10,000 of others", crowded, "beside one", alone)
	return nil
}

// compareChanges adds what a change among many takes, beside one among few.
func (b *bench) compareChanges(figure string, many *weight, beside string, few *weight) {
	asked, others := many.asked.apartFromLists(), few.asked.apartFromLists()
	b.table.add(row{
		figure:   figure + ": requests, apart from lists",
		target:   fmt.Sprintf("as %s", beside),
		measured: fmt.Sprintf("%d, and %d lists", len(asked), len(many.asked)-len(asked)),
		peer:     fmt.Sprintf("%s: %d, and %d lists", beside, len(others), len(few.asked)-len(others)),
		met:      meets(maps.Equal(asked.verbs(), others.verbs())),
	})
	b.table.add(row{
		figure:   "the same: the whole `gwctl apply`",
		measured: many.runs.typical().String(),
		peer:     beside + ": " + few.runs.typical().String(),
	})
}

// weight is one weight of an applied configuration.
type weight struct {
	c     *cluster
	dir   string
	write func(kubeconfig string, value int) error // the configuration
	runs  samples
	asked requests // by a change
}

// change applies another value.
func (w *weight) change(ctx context.Context, kubeconfig string, value int) (sample, error) {
	if err := w.write(kubeconfig, value); err != nil {
		return sample{}, err
	}
	return w.c.apply(ctx, w.dir, "0 added, 1 changed, 0 destroyed")
}

// inFleet applies a fleet. The weight is that of the route in its middle.
func (c *cluster) inFleet(ctx context.Context, namespace string, n int) (*weight, error) {
	f, err := c.fleet(ctx, namespace, n)
	if err != nil {
		return nil, err
	}
	w := &weight{c: c, dir: f.dir, write: func(kubeconfig string, value int) error {
		f.target, f.weight[n/2] = provider(kubeconfig, namespace), value
		return f.write()
	}}
	_, err = c.apply(ctx, f.dir, fmt.Sprintf("%d added", n+3))
	return w, err
}

// lonely is one route of a team that attaches to another team's gateway.
const lonely = `gwctl { name = "lonely" }

%s

backend "stable" { endpoints = ["10.1.0.3:9001"] }
backend "candidate" { endpoints = ["10.1.0.3:9002"] }

http_route "lonely" {
  gateway   = { name = "public" }
  hostnames = ["lonely.example.com"]
  rule "all" {
    match { path_prefix = "/" }
    forward { to = backend.stable }
    forward {
      to     = backend.candidate
      weight = %d
    }
  }
}
`

func (c *cluster) lonely(ctx context.Context, namespace string) (*weight, error) {
	dir, err := os.MkdirTemp(c.dir, "lonely-")
	if err != nil {
		return nil, err
	}
	w := &weight{c: c, dir: dir, write: func(kubeconfig string, value int) error {
		text := fmt.Sprintf(lonely, provider(kubeconfig, namespace), value)
		return os.WriteFile(filepath.Join(dir, "main.hcl"), []byte(text), 0o600)
	}}
	if err := w.write(c.Kubeconfig(), 10); err != nil {
		return nil, err
	}
	_, err = c.apply(ctx, dir, "3 added")
	return w, err
}

// requests are what a command asked the API server.
type requests []string

// apartFromLists leaves out those that a larger cluster has more pages of.
func (r requests) apartFromLists() requests {
	return slices.DeleteFunc(slices.Clone(r), func(one string) bool { return strings.HasPrefix(one, "list ") })
}

// of counts those of a type: "httproutes.gateway.networking.k8s.io".
func (r requests) of(resource string) int {
	n := 0
	for _, one := range r {
		if strings.Fields(one)[1] == resource {
			n++
		}
	}
	return n
}

// verbs counts them without the objects' names: "apply httproutes.gateway.networking.k8s.io".
func (r requests) verbs() map[string]int {
	out := map[string]int{}
	for _, one := range r {
		words := strings.Fields(one)
		out[strings.Join(words[:2], " ")]++
	}
	return out
}
