package controller

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/gwctl/gwctl/internal/envoy"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/providers/xds/bootstrap"
	"github.com/gwctl/gwctl/providers/xds/translate"
)

// startTimeout is how long an Envoy may take until it serves.
const startTimeout = time.Minute

// proxy is the one Envoy of a Gateway, and the address that it answers at.
type proxy struct {
	key     string // "default/public"
	address string
	envoy   *envoy.Process // nil until it is started
	ready   bool
}

// place gives each new Gateway an address, and takes those of the Gateways that
// are no more, with their Envoys.
func (c *Controller) place(all seen) {
	current := map[resource.ID]*unstructured.Unstructured{}
	for _, g := range all[gateways] {
		current[resource.IDOf(g)] = g
	}
	used := map[string]bool{}
	for id, p := range c.gateways {
		if current[id] == nil {
			p.stop()
			delete(c.gateways, id)
			continue
		}
		used[p.address] = true
	}
	for _, g := range all[gateways] {
		id := resource.IDOf(g)
		if c.gateways[id] != nil {
			continue
		}
		free := slices.IndexFunc(c.opts.Addresses, func(a string) bool { return !used[a] })
		if free < 0 {
			c.opts.Log("no address is left for Gateway %s", id)
			continue
		}
		used[c.opts.Addresses[free]] = true
		c.gateways[id] = &proxy{key: g.GetNamespace() + "/" + g.GetName(), address: c.opts.Addresses[free]}
	}
}

// bound returns the spec of a Gateway with an address. One that asks for an
// address by itself keeps that.
func (p *proxy) bound(spec map[string]any) map[string]any {
	if addresses, _ := spec["addresses"].([]any); len(addresses) > 0 {
		return spec
	}
	out := maps.Clone(spec)
	out["addresses"] = []any{map[string]any{"type": "IPAddress", "value": p.address}}
	return out
}

// startProxies starts the Envoys that are missing, and waits until all serve. A
// Gateway without a valid listener has none.
func (c *Controller) startProxies(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for _, p := range c.gateways {
		if p.envoy != nil || len(c.served[p.key].Of(translate.Listener)) == 0 {
			continue
		}
		config, err := bootstrap.Bootstrap(bootstrap.Options{Gateway: p.key, NodeID: p.key, Server: c.ads})
		if err != nil {
			return err
		}
		if p.envoy, err = envoy.Start(context.WithoutCancel(ctx), envoy.Options{Bootstrap: config, DrainTime: time.Second}); err != nil {
			return err
		}
	}
	var failed []error
	for _, p := range c.gateways {
		if p.ready || p.envoy == nil {
			continue
		}
		if err := p.envoy.Ready(ctx); err != nil {
			failed = append(failed, fmt.Errorf("the Envoy of %s: %w", p.key, err))
			continue
		}
		p.ready = true
	}
	return errors.Join(failed...)
}

func (p *proxy) stop() {
	if p.envoy != nil {
		p.envoy.Kill()
	}
}
