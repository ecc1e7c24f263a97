// Package fleet is the side of the xDS server that Envoys connect to, and the
// limiters that count requests for them: which are connected, what each one is
// served, what each one acknowledged. It speaks ADS, state of the world and delta.
//
// Every stream is safe on its own: changed clusters and endpoints go first,
// listeners and routes only once those are acknowledged, and a cluster is taken
// away only when the routes are acknowledged and Options.Grace has passed. So an
// Envoy that was away, and has much to catch up with, drops nothing either.
package fleet

import (
	"cmp"
	"sync"
	"time"

	"google.golang.org/grpc"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"

	"github.com/gwctl/gwctl/providers/xds/translate"
)

// Limiters is what stands in a gateway's place for the services that global rate
// limits are counted by. All of them are served the same.
const Limiters = "limiters"

// Defaults of Options.
const (
	defaultMaxStreams = 10_000
	defaultMaxNodes   = 10_000
	defaultGrace      = 5 * time.Second
)

// Options bound a fleet; zero values are the defaults.
type Options struct {
	MaxStreams int // connected at once
	MaxNodes   int // different node ids connected at once
	// Grace is how long a cluster that nothing names any more is kept on each
	// Envoy, for the requests in flight.
	Grace time.Duration
	// OnFirstConnect is called when an Envoy of a gateway connects for the
	// first time (see MarkKnown), before it is served. It is called from the
	// stream's goroutine, with no lock held.
	OnFirstConnect func(gateway string)
}

// Fleet is the set of connected Envoys and what they are served. Its methods
// may be called from any goroutine.
type Fleet struct {
	discovery.UnimplementedAggregatedDiscoveryServiceServer

	opts Options

	mu        sync.Mutex // guards all below, and the state of streams and gateways
	gateways  map[string]*gateway
	streams   int
	nodes     map[string]int // streams by node id
	observers map[*Observer]struct{}
}

// New returns a fleet without gateways.
func New(opts Options) *Fleet {
	opts.MaxStreams = cmp.Or(opts.MaxStreams, defaultMaxStreams)
	opts.MaxNodes = cmp.Or(opts.MaxNodes, defaultMaxNodes)
	opts.Grace = cmp.Or(opts.Grace, defaultGrace)
	return &Fleet{
		opts:      opts,
		gateways:  map[string]*gateway{},
		nodes:     map[string]int{},
		observers: map[*Observer]struct{}{},
	}
}

// Register makes the server answer ADS, state of the world and delta.
func (f *Fleet) Register(server grpc.ServiceRegistrar) {
	discovery.RegisterAggregatedDiscoveryServiceServer(server, f)
}

// Set replaces what the Envoys of a gateway are served, at once: it is for the
// start, before streams are accepted. Changes are rollout.Run's.
func (f *Fleet) Set(gateway string, snapshot *translate.Snapshot) {
	f.mu.Lock()
	defer f.mu.Unlock()
	g := f.gateway(gateway)
	var e Edit
	for i := range kinds {
		want := snapshot.Of(kinds[i].typ)
		for _, r := range want {
			e.Put = append(e.Put, r)
		}
		for name := range g.sets[i].entries {
			if want[name] == nil {
				e.Remove = append(e.Remove, Key{kinds[i].typ, name})
			}
		}
	}
	f.edit(g, e)
}

// Key names a resource of a gateway.
type Key struct {
	Type translate.Type
	Name string
}

// Edit changes some resources of a gateway.
type Edit struct {
	Put    []*translate.Resource // those served already in this version change nothing
	Remove []Key
	// Unrouted says that no route ever named the removed clusters: they go
	// without grace.
	Unrouted bool
}

// Edit changes what the Envoys of a gateway are served; an unknown gateway
// comes into being. Each stream gets what changed for it, as soon as it can
// take it.
func (f *Fleet) Edit(gateway string, e Edit) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.edit(f.gateway(gateway), e)
}

// Forget makes a gateway unknown, once its resources are removed. Its Envoys
// stay connected and keep what they have.
func (f *Fleet) Forget(gateway string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if g := f.gateways[gateway]; g != nil {
		g.known, g.ever = false, false
		f.release(g)
	}
}

// MarkKnown says that Envoys of the gateway were connected in an earlier life
// of the server.
func (f *Fleet) MarkKnown(gateway string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.gateway(gateway).ever = true
}

// Suspect says that Envoys may have taken parts of a change from one snapshot
// to another that was not finished when the server died: what they say to have
// of the resources that differ is not believed when they connect again, and
// sent to them anew. Either snapshot may be nil.
func (f *Fleet) Suspect(gateway string, from, to *translate.Snapshot) {
	f.mu.Lock()
	defer f.mu.Unlock()
	g := f.gateway(gateway)
	for i := range kinds {
		a, b := from.Of(kinds[i].typ), to.Of(kinds[i].typ)
		for name, r := range a {
			if other := b[name]; other == nil || other.Version != r.Version {
				g.sets[i].suspect(name)
			}
		}
		for name := range b {
			if a[name] == nil {
				g.sets[i].suspect(name)
			}
		}
	}
}

// gateway returns the gateway of that name, which may be unknown yet.
func (f *Fleet) gateway(name string) *gateway {
	g := f.gateways[name]
	if g == nil {
		g = newGateway(name)
		f.gateways[name] = g
	}
	return g
}

// release frees a gateway that nothing is known about.
func (f *Fleet) release(g *gateway) {
	if !g.known && !g.ever && len(g.streams) == 0 && g.observers == 0 {
		delete(f.gateways, g.name)
	}
}
