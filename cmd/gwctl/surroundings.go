package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/gwctl/gwctl/config/kinds"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/internal/topology"
	"github.com/gwctl/gwctl/providers"
	"github.com/gwctl/gwctl/views"
)

// surroundings are what was read around some objects of one place. What this
// account may not read of them is said where it matters, and is no error: the
// objects themselves can be read.
type surroundings struct {
	place   place
	world   topology.World
	unknown []string
}

// surroundings reads what descriptions of some objects need, each once.
func (p place) surroundings(ctx context.Context, objects []views.Found) (*surroundings, error) {
	s := &surroundings{place: p}
	of := map[schema.GroupKind][]*resource.Object{}
	var referred []resource.ID
	for _, f := range objects {
		s.world.Add(f.Object)
		typ := resource.IDOf(f.Object).GroupKind()
		of[typ] = append(of[typ], f.Object)
		for _, r := range topology.References(f.Object) {
			if r.To.Kind != "Secret" { // nobody needs to see one
				referred = append(referred, r.To)
			}
		}
	}
	if err := s.look(ctx, referred); err != nil {
		return nil, err
	}
	if err := s.sets(ctx); err != nil {
		return nil, err
	}
	for _, typ := range topology.Routes {
		if err := s.namespacesOf(ctx, of[typ]); err != nil {
			return nil, err
		}
	}
	if len(of[topology.GatewayClass]) > 0 {
		if _, err := s.list(ctx, topology.Gateway, ""); err != nil {
			return nil, err
		}
	}
	if needsRoutes := slices.Concat(of[topology.Gateway], of[topology.ListenerSet], of[topology.Backend], of[topology.Service]); len(needsRoutes) > 0 {
		if err := s.routes(ctx, needsRoutes); err != nil {
			return nil, err
		}
	}
	if backends := slices.Concat(of[topology.Backend], of[topology.Service]); len(backends) > 0 {
		if err := s.listAround(ctx, topology.BackendTLS, backends); err != nil {
			return nil, err
		}
	}
	if err := s.policies(ctx, objects); err != nil {
		return nil, err
	}
	if slices.ContainsFunc(slices.Concat(of[topology.Gateway], of[topology.ListenerSet]), topology.NeedsNamespaces) {
		if _, err := s.list(ctx, topology.Namespace, ""); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// policies reads those that say how many requests of gateways and routes pass:
// of the namespaces of the objects, and of the gateways that these refer to.
func (s *surroundings) policies(ctx context.Context, objects []views.Found) error {
	var namespaces []string
	for _, f := range objects {
		if id := resource.IDOf(f.Object); topology.IsRoute(id) || id.GroupKind() == topology.Gateway {
			namespaces = append(namespaces, f.Object.GetNamespace())
		}
	}
	if namespaces == nil {
		return nil
	}
	for _, o := range s.world.All(topology.Gateway, topology.ListenerSet) {
		namespaces = append(namespaces, o.GetNamespace())
	}
	slices.Sort(namespaces)
	for _, ns := range slices.Compact(namespaces) {
		if _, err := s.list(ctx, topology.TrafficPolicy, ns); err != nil {
			return err
		}
	}
	return nil
}

// look reads objects by their names, those that are not known yet.
func (s *surroundings) look(ctx context.Context, ids []resource.ID) error {
	ids = slices.DeleteFunc(ids, func(id resource.ID) bool {
		_, known := s.world.Find(id)
		return known
	})
	slices.SortFunc(ids, resource.ID.Compare)
	ids = slices.Compact(ids)
	if len(ids) == 0 {
		return nil
	}
	looked, err := s.place.target.Look(ctx, ids)
	if err != nil {
		return err
	}
	s.world.Add(looked.Objects...)
	s.world.Asked(ids, looked.Unreadable)
	return nil
}

// sets reads the gateways of the ListenerSets that are known, and then all
// ListenerSets where a gateway takes some: they are beside its own listeners.
func (s *surroundings) sets(ctx context.Context) error {
	var gateways []resource.ID
	for _, set := range s.world.All(topology.ListenerSet) {
		for _, r := range topology.References(set) {
			if r.To.GroupKind() == topology.Gateway {
				gateways = append(gateways, r.To)
			}
		}
	}
	if err := s.look(ctx, gateways); err != nil {
		return err
	}
	if !slices.ContainsFunc(s.world.All(topology.Gateway), topology.TakesSets) {
		return nil
	}
	if _, err := s.list(ctx, topology.ListenerSet, ""); err != nil {
		return err
	}
	return s.namespacesOf(ctx, s.world.All(topology.ListenerSet))
}

// namespacesOf reads the namespaces of objects where a gateway or a ListenerSet
// chooses among them by their labels.
func (s *surroundings) namespacesOf(ctx context.Context, objects []*resource.Object) error {
	if !slices.ContainsFunc(s.world.All(topology.Gateway, topology.ListenerSet), topology.NeedsNamespaces) {
		return nil
	}
	return s.look(ctx, namespaceIDs(objects))
}

// routes reads the routes of all kinds around some objects.
func (s *surroundings) routes(ctx context.Context, objects []*resource.Object) error {
	for _, typ := range topology.Routes {
		if err := s.listAround(ctx, typ, objects); err != nil {
			return err
		}
	}
	return nil
}

// listAround reads the objects of a type of all namespaces or, for an account
// that may not list them, of those that some objects are in.
func (s *surroundings) listAround(ctx context.Context, typ schema.GroupKind, objects []*resource.Object) error {
	ok, err := s.list(ctx, typ, "")
	if ok || err != nil {
		return err
	}
	var namespaces []string
	for _, o := range objects {
		if !slices.Contains(namespaces, o.GetNamespace()) {
			namespaces = append(namespaces, o.GetNamespace())
		}
	}
	for _, ns := range namespaces {
		if _, err := s.list(ctx, typ, ns); err != nil {
			return err
		}
	}
	return nil
}

// list reads all objects of a type, and reports whether it could.
func (s *surroundings) list(ctx context.Context, typ schema.GroupKind, namespace string) (bool, error) {
	all, err := s.place.target.List(ctx, providers.Selection{Type: typ, Namespace: namespace})
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	if _, unserved := errors.AsType[*providers.UnservedError](err); unserved && typ != topology.HTTPRoute {
		return true, nil // a cluster may do without the other kinds
	}
	if err != nil {
		where := "of all namespaces"
		if namespace != "" {
			where = "of namespace " + namespace
		}
		s.unknown = append(s.unknown, fmt.Sprintf("The %s %s cannot be listed: %v", several(typ.Kind), where, err))
		return false, nil
	}
	s.world.Add(all...)
	if typ == topology.Namespace { // those that are not listed are not there
		s.world.Asked(namespaceIDs(s.world.All(append(slices.Clip(topology.Routes), topology.ListenerSet)...)), nil)
	}
	return true, nil
}

// several is the plural of a type.
func several(kind string) string {
	if stem, ok := strings.CutSuffix(kind, "y"); ok {
		return stem + "ies"
	}
	return kind + "s"
}

func namespaceIDs(objects []*resource.Object) []resource.ID {
	var ids []resource.ID
	for _, o := range objects {
		ids = append(ids, resource.ID{Kind: topology.Namespace.Kind, Name: o.GetNamespace()})
	}
	return ids
}

// describe puts together what is known of one object.
func (s *surroundings) describe(ctx context.Context, f views.Found) (views.Description, error) {
	id := resource.IDOf(f.Object)
	d := views.Description{Found: f}
	var err error
	switch typ := id.GroupKind(); {
	case topology.IsRoute(id):
		if d.Parents, err = topology.ParentsOf(f.Object, &s.world); err != nil {
			d.Unknown = append(d.Unknown, err.Error())
		}
		d.Backends = s.backends(f.Object)
		d.Limits = topology.ReadLimits(&s.world).OfRoute(f.Object)
		d.Unknown = append(d.Unknown, s.unknown...)
	case typ == topology.Gateway:
		if d.Listeners, err = s.world.Merged(f.Object); err != nil {
			d.Unknown = append(d.Unknown, err.Error())
		}
		d.Limits = topology.ReadLimits(&s.world).OfGateway(f.Object)
		d.Sets, d.Claims = s.world.SetsOf(f.Object), topology.Claims(f.Object, &s.world)
		d.Unknown = append(d.Unknown, s.unknown...)
	case typ == topology.ListenerSet:
		if d.Listeners, err = topology.ListenersOf(f.Object); err != nil {
			d.Unknown = append(d.Unknown, err.Error())
		}
		d.Claims = topology.Claims(f.Object, &s.world)
		d.Unknown = append(d.Unknown, s.unknown...)
	case typ == topology.BackendTLS:
		d.Ancestors = topology.AncestorsOf(f.Object)
	case typ == topology.GatewayClass:
		d.Users = topology.ReferrersTo(id, s.world.All(topology.Gateway))
		d.Unknown = append(d.Unknown, s.unknown...)
	case typ == topology.Backend, typ == topology.Service:
		d.Users = topology.ReferrersTo(id, s.world.All(append(slices.Clone(topology.Routes), topology.BackendTLS)...))
		d.Unknown = append(d.Unknown, s.unknown...)
	}
	s.inWords(&d)
	events, err := s.place.target.Events(ctx, f.Object)
	if ctx.Err() != nil {
		return d, ctx.Err()
	}
	if err != nil {
		d.Unknown = append(d.Unknown, "Its events cannot be read: "+err.Error())
	}
	for _, e := range events {
		d.Events = append(d.Events, views.Occurrence(e))
	}
	return d, nil
}

// backends says of each backend of a route whether it is there.
func (s *surroundings) backends(route *resource.Object) []views.BackendReference {
	var out []views.BackendReference
	for _, r := range topology.Backends(route) {
		b := views.BackendReference{Reference: r}
		o, known := s.world.Find(r.To)
		switch {
		case o != nil:
			b.Exists = true
		case known:
			b.Problem = "does not exist"
		default:
			b.Problem = "cannot be read"
			if err := s.world.Unreadable(r.To); err != nil {
				b.Problem += ": " + err.Error()
			}
		}
		out = append(out, b)
	}
	return out
}

// inWords writes an object in HCL's words, where it has some, and what traffic
// notices of it.
func (s *surroundings) inWords(d *views.Description) {
	id := resource.IDOf(d.Object)
	i := slices.IndexFunc(kinds.All(), func(k *kinds.Kind) bool { return k.Object.GroupKind() == id.GroupKind() })
	if i < 0 {
		return
	}
	kind := kinds.All()[i]
	a, ok := addressOf(d.Object, kind.Name)
	if !ok {
		a = resource.Address{Kind: kind.Name, Name: strings.ReplaceAll(d.Object.GetName(), "-", "_")}
	}
	block, err := kinds.Codec{}.Words(a, written(d.Object), s.names)
	if err != nil {
		return // then its YAML is shown
	}
	d.Block = block
	traffic := kinds.Codec{}.Traffic(a, id, block, s.world.Find)
	if topology.IsRoute(id) {
		d.Flows, d.Problems = traffic.Flows, traffic.Problems
	}
}

// written is an object without what nobody writes: a codec would keep it as
// somebody's.
func written(o *resource.Object) *resource.Object {
	out := &resource.Object{Object: map[string]any{
		"apiVersion": o.GetAPIVersion(), "kind": o.GetKind(),
		"metadata": map[string]any{"name": o.GetName()},
	}}
	if ns := o.GetNamespace(); ns != "" {
		out.SetNamespace(ns)
	}
	out.Object["spec"] = o.DeepCopy().Object["spec"]
	return out
}

// names finds the block that made an object, by its marks.
func (s *surroundings) names(id resource.ID) (resource.Address, bool) {
	o, _ := s.world.Find(id)
	if o == nil {
		return resource.Address{}, false
	}
	for _, k := range kinds.All() {
		if k.Object.GroupKind() == id.GroupKind() {
			return addressOf(o, k.Name)
		}
	}
	return resource.Address{}, false
}

// addressOf reads the address of the block of a kind that made an object.
func addressOf(o *resource.Object, kind string) (resource.Address, bool) {
	owner, _ := topology.OwnerOf(o)
	for _, text := range owner.Addresses {
		if a, err := resource.ParseAddress(text); err == nil && a.Kind == kind {
			return a, true
		}
	}
	return resource.Address{}, false
}
