package routing

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/gwctl/gwctl/internal/attachment"
	"github.com/gwctl/gwctl/internal/resource"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// World is the objects that requests are routed by.
type World struct {
	// Partial says that there may be more objects than these: a reference to
	// one that is not known is taken to lead somewhere.
	Partial bool

	gateways   []*gateway
	routes     []*route
	others     map[resource.ID]*resource.Object // backends of all kinds
	grants     []grant
	namespaces map[string]labels.Set
}

type gateway struct {
	id        resource.ID
	own       []*attachment.Listener
	sets      attachment.Namespaces // of the ListenerSets that it takes
	listeners []*listener           // that are served, those of sets included
}

// listener is one that is served: it is none of several for the same requests.
type listener struct {
	*attachment.Listener
	lost map[*route]*route // routes of its hosts that it does not take, with those that it takes instead
}

type route struct {
	id      resource.ID
	created string // RFC 3339; "" is yet to be made
	attachment.Route
	parents []attachment.Reference
	rules   []rule
}

// age sorts what is yet to be made last.
func (r *route) age() string { return cmp.Or(r.created, "~") }

func (r *route) fullName() string { return r.id.Namespace + "/" + r.id.Name }

// rule is one of an HTTPRoute or a GRPCRoute, whose filters are some of those of
// an HTTPRoute.
type rule struct {
	name     string
	matches  []match // at least one
	filters  []gatewayv1.HTTPRouteFilter
	backends []gatewayv1.HTTPBackendRef
}

type grant struct {
	namespace string
	gatewayv1.ReferenceGrantSpec
}

// Read takes Gateways, ListenerSets, HTTPRoutes, GRPCRoutes, ReferenceGrants, Namespaces, and whatever
// requests are sent to; other objects mean nothing. The age of a route or a
// ListenerSet is its creationTimestamp: one without is younger than all that have one. What is not
// of the form of its kind is an error, and left out.
func Read(objects []*resource.Object) (*World, error) {
	w := &World{others: map[resource.ID]*resource.Object{}, namespaces: map[string]labels.Set{}}
	var errs []error
	var sets []*attachment.Set
	for _, o := range objects {
		var err error
		switch id := resource.IDOf(o); {
		case id.Group == "" && id.Kind == "Namespace":
			w.namespaces[id.Name] = o.GetLabels()
		case id.Group != gatewayv1.GroupName:
			w.others[id] = o
		case id.Kind == "Gateway":
			err = w.readGateway(id, o)
		case id.Kind == "ListenerSet":
			var s *attachment.Set
			if s, err = attachment.SetOf(o); err == nil {
				sets = append(sets, s)
			}
		case id.Kind == "HTTPRoute":
			err = w.readRoute(id, o, rulesOf[httpMatch])
		case id.Kind == "GRPCRoute":
			err = w.readRoute(id, o, rulesOf[grpcMatch])
		case id.Kind == "ReferenceGrant":
			g := grant{namespace: id.Namespace}
			if err = read(o, "spec", &g.ReferenceGrantSpec); err == nil {
				w.grants = append(w.grants, g)
			}
		}
		errs = append(errs, err)
	}
	slices.SortFunc(w.gateways, func(a, b *gateway) int { return a.id.Compare(b.id) })
	slices.SortFunc(w.routes, func(a, b *route) int { return a.id.Compare(b.id) })
	attachment.ByPrecedence(sets)
	for _, g := range w.gateways {
		w.serve(g, sets)
	}
	w.settleRivals()
	return w, errors.Join(errs...)
}

func read(o *resource.Object, field string, into any) error {
	fields, _ := o.Object[field].(map[string]any)
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(fields, into); err != nil {
		return fmt.Errorf("%s: %s: %w", resource.IDOf(o), field, err)
	}
	return nil
}

func (w *World) readGateway(id resource.ID, o *resource.Object) error {
	own, err := attachment.Listeners(o)
	sets, setsErr := attachment.Sets(o)
	if err = errors.Join(err, setsErr); err != nil {
		return err
	}
	w.gateways = append(w.gateways, &gateway{id: id, own: own, sets: sets})
	return nil
}

func (w *World) readRoute(id resource.ID, o *resource.Object, rulesOf func(*resource.Object) ([]rule, error)) error {
	rules, err := rulesOf(o)
	if err != nil {
		return err
	}
	at, parents, err := attachment.RouteOf(o)
	if err != nil {
		return err
	}
	r := &route{id: id, Route: at, parents: parents, rules: rules}
	metadata, _ := o.Object["metadata"].(map[string]any)
	r.created, _ = metadata["creationTimestamp"].(string)
	w.routes = append(w.routes, r)
	return nil
}

// rulesOf reads the rules of a route whose matches are of type M.
func rulesOf[M any, P interface {
	*M
	match
}](o *resource.Object) ([]rule, error) {
	var spec struct {
		Rules []struct {
			Name        string                      `json:"name"`
			Matches     []M                         `json:"matches"`
			Filters     []gatewayv1.HTTPRouteFilter `json:"filters"`
			BackendRefs []gatewayv1.HTTPBackendRef  `json:"backendRefs"`
		} `json:"rules"`
	}
	if err := read(o, "spec", &spec); err != nil {
		return nil, err
	}
	out := make([]rule, len(spec.Rules))
	for i := range spec.Rules {
		in := &spec.Rules[i]
		if len(in.Matches) == 0 {
			in.Matches = make([]M, 1) // for every request
		}
		r := rule{name: in.Name, filters: in.Filters, backends: in.BackendRefs}
		for j := range in.Matches {
			r.matches = append(r.matches, P(&in.Matches[j]))
		}
		out[i] = r
	}
	return out, nil
}

// Gateways lists those with a listener for a scheme on a port, by name.
func (w *World) Gateways(scheme string, port int32) []resource.ID {
	var out []resource.ID
	for _, g := range w.gateways {
		if slices.ContainsFunc(g.listeners, func(l *listener) bool { return l.takes(scheme, port) }) {
			out = append(out, g.id)
		}
	}
	return out
}

// takes reports whether connections of a scheme to a port are the listener's.
func (l *listener) takes(scheme string, port int32) bool {
	switch l.Protocol {
	case gatewayv1.HTTPProtocolType:
		return scheme == "http" && l.Port == port
	case gatewayv1.HTTPSProtocolType:
		return scheme == "https" && l.Port == port
	}
	return false
}

func (w *World) labelsOf(namespace string) labels.Set { return w.namespaces[namespace] }

// Listeners lists where gateways listen for HTTP: "http on 80", sorted.
func (w *World) Listeners() []string {
	seen := map[string]bool{}
	for _, g := range w.gateways {
		for _, l := range g.listeners {
			for _, scheme := range []string{"http", "https"} {
				if l.takes(scheme, l.Port) {
					seen[fmt.Sprintf("%s on %d", scheme, l.Port)] = true
				}
			}
		}
	}
	return slices.Sorted(maps.Keys(seen))
}
