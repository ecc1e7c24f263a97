// Package topology says how the gateways, routes and backends of one target
// hang together: which listeners take a route and which do not and why, what
// refers to what, and what controllers say of it. It is pure: it knows what was
// read, and what could not be.
package topology

import (
	"maps"
	"slices"

	"github.com/gwctl/gwctl/internal/attachment"
	"github.com/gwctl/gwctl/internal/resource"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// The types that are looked at.
var (
	Gateway      = schema.GroupKind{Group: attachment.Group, Kind: "Gateway"}
	GatewayClass = schema.GroupKind{Group: attachment.Group, Kind: "GatewayClass"}
	ListenerSet  = schema.GroupKind{Group: attachment.Group, Kind: "ListenerSet"}
	HTTPRoute    = schema.GroupKind{Group: attachment.Group, Kind: "HTTPRoute"}
	Backend      = schema.GroupKind{Group: "gateway.envoyproxy.io", Kind: "Backend"}
	BackendTLS   = schema.GroupKind{Group: attachment.Group, Kind: "BackendTLSPolicy"}
	Service      = schema.GroupKind{Kind: "Service"}
	Namespace    = schema.GroupKind{Kind: "Namespace"}
)

// Routes are the types of routes.
var Routes = []schema.GroupKind{
	{Group: attachment.Group, Kind: "GRPCRoute"},
	HTTPRoute,
	{Group: attachment.Group, Kind: "TCPRoute"},
	{Group: attachment.Group, Kind: "TLSRoute"},
	{Group: attachment.Group, Kind: "UDPRoute"},
}

// World is what was read of one target. The zero World knows nothing.
type World struct {
	objects    map[resource.ID]*resource.Object
	asked      map[resource.ID]bool
	unreadable map[resource.ID]error
}

// Add adds objects that exist.
func (w *World) Add(objects ...*resource.Object) {
	if w.objects == nil {
		w.objects = map[resource.ID]*resource.Object{}
	}
	for _, o := range objects {
		w.objects[resource.IDOf(o)] = o
	}
}

// Asked notes that objects were asked for: those that were not added and are
// not unreadable do not exist.
func (w *World) Asked(ids []resource.ID, unreadable map[resource.ID]error) {
	if w.asked == nil {
		w.asked, w.unreadable = map[resource.ID]bool{}, map[resource.ID]error{}
	}
	for _, id := range ids {
		w.asked[id] = true
	}
	maps.Copy(w.unreadable, unreadable)
}

// Find returns an object; nil where there is none or, unless known, where
// nobody looked or may look.
func (w *World) Find(id resource.ID) (o *resource.Object, known bool) {
	if o := w.objects[id]; o != nil {
		return o, true
	}
	return nil, w.asked[id] && w.unreadable[id] == nil
}

// Unreadable returns why an object could not be read, nil where it could.
func (w *World) Unreadable(id resource.ID) error { return w.unreadable[id] }

// All returns the objects of some types, sorted by identity.
func (w *World) All(types ...schema.GroupKind) []*resource.Object {
	var out []*resource.Object
	for id, o := range w.objects {
		if slices.Contains(types, id.GroupKind()) {
			out = append(out, o)
		}
	}
	slices.SortFunc(out, func(a, b *resource.Object) int { return resource.IDOf(a).Compare(resource.IDOf(b)) })
	return out
}
