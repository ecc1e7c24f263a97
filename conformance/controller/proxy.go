package controller

import (
	"context"
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/gwctl/gwctl/internal/envoy"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/providers/xds/rollout"
	"github.com/gwctl/gwctl/providers/xds/translate"
)

// proxy is the one Envoy of a Gateway, and the address that it answers at.
type proxy struct {
	key     string // "default/public"
	address string
	envoy   *envoy.Process // nil until there is something to serve
	ready   bool           // it was seen to serve

	served  *translate.Snapshot // what it took
	tried   *translate.Snapshot // what it was to take last
	refused string              // why it did not take that
}

// place gives each new Gateway an address, and takes those of the Gateways that
// are no more, with their Envoys.
func (c *Controller) place(ctx context.Context, all seen) {
	current := map[resource.ID]*unstructured.Unstructured{}
	for _, g := range all[gateways] {
		current[resource.IDOf(g)] = g
	}
	used := map[string]bool{}
	for id, p := range c.gateways {
		if current[id] == nil {
			p.stop()
			rollout.Run(ctx, c.fleet, []rollout.Change{{Gateway: p.key, From: p.served}}, rollout.Options{WaitFor: rollout.WaitForNone}, nil)
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

// bound returns the spec of a Gateway with an address. One that asks for a
// certain address by itself keeps that.
func (p *proxy) bound(spec map[string]any) map[string]any {
	asked, _ := spec["addresses"].([]any)
	if len(asked) == 0 {
		asked = []any{map[string]any{"type": "IPAddress"}}
	}
	addresses := make([]any, len(asked))
	for i, a := range asked {
		address, _ := a.(map[string]any)
		if value, _ := address["value"].(string); value == "" {
			address = maps.Clone(address)
			address["value"] = p.address
		}
		addresses[i] = address
	}
	out := maps.Clone(spec)
	out["addresses"] = addresses
	return out
}

func (p *proxy) stop() {
	if p.envoy != nil {
		p.envoy.Kill()
	}
}
