package controller

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gwctl/gwctl/internal/envoy"
	"github.com/gwctl/gwctl/providers/xds/bootstrap"
	"github.com/gwctl/gwctl/providers/xds/rollout"
	"github.com/gwctl/gwctl/providers/xds/translate"
)

const (
	startTimeout = time.Minute // for an Envoy until it serves
	poll         = 10 * time.Millisecond
)

// roll moves the Envoys to what the objects are now, in the order that drops no
// request. A Gateway whose Envoy refuses goes on as before, and is not tried
// again until it is another.
func (c *Controller) roll(ctx context.Context, result translate.Result) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	var failed []error
	for _, p := range c.gateways { // all at once: each takes its time
		if to := result.Gateways[p.key]; p.envoy == nil && len(to.Of(translate.Listener)) > 0 {
			failed = append(failed, c.startEnvoy(ctx, p))
		}
	}
	for _, p := range c.gateways {
		if to := result.Gateways[p.key]; !same(p.tried, to) {
			failed = append(failed, c.move(ctx, p, to))
		}
	}
	return errors.Join(failed...)
}

func (c *Controller) startEnvoy(ctx context.Context, p *proxy) error {
	config, err := bootstrap.Bootstrap(bootstrap.Options{Gateway: p.key, NodeID: p.key, Server: c.ads})
	if err != nil {
		return err
	}
	p.envoy, err = envoy.Start(context.WithoutCancel(ctx), envoy.Options{Bootstrap: config, DrainTime: time.Second})
	return err
}

// move brings one Gateway's Envoy to a snapshot. An error says that it is to be
// tried again; that Envoy refuses is none.
func (c *Controller) move(ctx context.Context, p *proxy, to *translate.Snapshot) error {
	if p.envoy != nil {
		if err := c.connected(ctx, p); err != nil {
			return fmt.Errorf("the Envoy of %s: %w", p.key, err)
		}
	}
	outcome := rollout.Run(ctx, c.fleet, []rollout.Change{{Gateway: p.key, From: p.served, To: to}}, rollout.Options{}, nil)
	p.tried, p.refused = to, ""
	switch {
	case outcome.OK():
		p.served = to
	case len(outcome.Refusals) > 0:
		p.refused = outcome.Refusals[0].Text
		return nil
	default:
		p.tried = nil
		return fmt.Errorf("the Envoy of %s did not answer: %+v: %w", p.key, outcome.Late, outcome.Err)
	}
	if p.envoy == nil || p.ready {
		return nil
	}
	if err := p.envoy.Ready(ctx); err != nil {
		return fmt.Errorf("the Envoy of %s: %w", p.key, err)
	}
	p.ready = true
	return nil
}

// connected waits until an Envoy asks for what it is to serve: so that its
// answer to the first snapshot is heard, too.
func (c *Controller) connected(ctx context.Context, p *proxy) error {
	for c.fleet.Standing(p.key, nil).Connected == 0 {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(poll):
		}
	}
	return nil
}

// same reports whether two snapshots have the same resources.
func same(a, b *translate.Snapshot) bool {
	if a == nil || b == nil {
		return a == b
	}
	for _, typ := range translate.Types {
		x, y := a.Of(typ), b.Of(typ)
		if len(x) != len(y) {
			return false
		}
		for name, r := range x {
			if y[name] == nil || y[name].Version != r.Version {
				return false
			}
		}
	}
	return true
}
