package translate

import (
	"fmt"
	"slices"

	"github.com/gwctl/gwctl/internal/policy"
	"github.com/gwctl/gwctl/internal/resource"
)

// takeClients finds the policy that each listener has for its clients, and says
// what became of the policies.
func (inv *inventory) takeClients() map[resource.ID]*Status {
	policies := make(map[resource.ID]*clientPolicy, len(inv.clientPolicies))
	attached := make([]policy.Attached, len(inv.clientPolicies))
	for i, p := range inv.clientPolicies {
		policies[p.ID], attached[i] = p, p.Attached
	}
	resolved := policy.Resolve(attached)
	for _, g := range inv.gateways {
		for _, l := range g.merged() {
			l.clients = nil
			for _, id := range resolved.At(g.placeOf(l)) {
				l.clients = policies[id]
			}
		}
		inv.problems = append(inv.problems, g.clientConflicts()...)
	}
	out := make(map[resource.ID]*Status, len(policies))
	for id, p := range policies {
		out[id] = inv.policyStatus(nil, p.Targets, p.invalid, resolved.Conflicts()[id])
	}
	return out
}

// clientConflicts reports policies that say different things of listeners of
// plain HTTP on one port: which of them a connection is for is told by its
// requests, each of which names a host.
func (g *gateway) clientConflicts() []Problem {
	var out []Problem
	first := map[port]*listener{}
	for _, l := range g.merged() {
		if l.secure() || !l.named() || !l.served() {
			continue
		}
		before, taken := first[l.port()]
		if !taken {
			first[l.port()] = l
			continue
		}
		if before.hops() == l.hops() {
			continue
		}
		p := l.clients
		if p == nil {
			p = before.clients
		}
		out = append(out, Problem{Origin{p.ID, "spec.clientIPDetection"}, fmt.Sprintf("listeners %q and %q take connections on one port, and the proxies before them would be %d and %d: say the same for both, or for their gateway", before.Name, l.Name, before.hops(), l.hops())})
	}
	return slices.Compact(out)
}

// hops is how many proxies before the listener are trusted.
func (l *listener) hops() uint32 {
	if l.clients == nil {
		return 0
	}
	return l.clients.hops
}

// clientOrigins are the fields that say how the listener takes its clients.
func (l *listener) clientOrigins() []Origin {
	if l.clients == nil {
		return nil
	}
	return []Origin{{l.clients.ID, "spec.clientIPDetection"}}
}
