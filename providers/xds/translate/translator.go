package translate

import (
	"cmp"
	"slices"

	"github.com/gwctl/gwctl/internal/resource"
)

// Translator remembers what it translated, so that a change of one object costs
// little beside thousands that stay. Its results are those of Translate. It is
// for one goroutine at a time; results may be shared.
type Translator struct {
	// Services makes Service and EndpointSlice objects a source of endpoints;
	// without it they are refused, and references to Services lead nowhere.
	// It is set before the first translation.
	Services bool
	// Limiter is where Envoys reach the service that counts requests for all of
	// them, as host:port; "" is nowhere, and global rate limits are refused. It
	// is set before the first translation.
	Limiter string

	trees treeBounds

	known map[resource.ID]*decoded
	turn  uint64 // counts translations
	epoch uint64 // of the inventory

	// What is made of the objects that are no routes, of madeEpoch.
	ports     map[portRef]*backend
	clusters  map[string]*backendResources
	conflicts []Problem // of listeners
	madeEpoch uint64

	trafficEpoch uint64   // of the policies on traffic, which change no place of a route
	traffic      *traffic // of the sum of both epochs
	limiter      *backend // for Limiter
}

// NewTranslator returns a Translator that knows nothing.
func NewTranslator() *Translator {
	return &Translator{known: map[resource.ID]*decoded{}, trees: usualTrees}
}

// Translate returns what the Envoys of each gateway are served for these
// objects, and what is to be said of the objects. It never fails as a whole:
// what cannot be translated is a problem, and traffic for it is refused rather
// than let through.
func (t *Translator) Translate(objects []Object) Result {
	inv := t.take(objects)
	for _, g := range inv.gateways {
		if c := g.clientCertificate; c != nil {
			c.resolve(inv, g.id)
		}
		for _, l := range g.merged() {
			if l.tls != nil {
				l.tls.resolve(inv, l)
			}
		}
	}
	attached, lost := attach(inv)
	if t.Limiter != "" && t.limiter == nil {
		t.limiter = newLimiter(t.Limiter)
	}
	result := Result{
		Gateways: make(map[string]*Snapshot, len(inv.gateways)),
		Limits:   map[string]*Resource{},
		Status:   make(map[resource.ID]*Status, len(inv.gateways)+len(inv.routes)),
	}
	for _, g := range inv.gateways {
		s := snapshot{gateway: g, attached: attached, backends: inv.clusters, trees: t.trees, traffic: t.traffic, limiter: t.limiter}
		result.Gateways[g.key] = s.build()
		result.Status[g.id] = g.status(attached)
	}
	for _, s := range inv.sets {
		result.Status[s.id] = s.status(attached)
	}
	for _, r := range inv.routes {
		result.Status[r.id] = lost.status(r)
	}
	inv.reportTLS(result.Status)
	for _, p := range inv.traffic {
		if p.limits != nil {
			result.Limits[p.limits.Name] = p.limits
		}
		result.Status[p.ID] = t.traffic.status(inv, p)
	}
	for _, g := range inv.gateways {
		for _, l := range g.merged() {
			for r, message := range losers(l, attached[l]) {
				result.Status[r.id] = result.Status[r.id].withLosses(l, message)
			}
		}
	}
	result.Problems = inv.problems
	slices.SortFunc(result.Problems, func(a, b Problem) int {
		return cmp.Or(a.ID.Compare(b.ID), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Message, b.Message))
	})
	return result
}
