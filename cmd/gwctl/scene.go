package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/gwctl/gwctl/config"
	"github.com/gwctl/gwctl/config/kinds"
	"github.com/gwctl/gwctl/internal/diag"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/internal/routing"
	"github.com/gwctl/gwctl/internal/topology"
	"github.com/gwctl/gwctl/providers"
	"github.com/gwctl/gwctl/views"
)

// scene is the objects of one target that requests are routed by.
type scene struct {
	key     string                             // of the provider block
	objects map[resource.ID]*resource.Object   //
	makers  map[resource.ID]*resource.Resource // of what the configuration writes
	target  providers.Inspector                // nil where nobody is asked
	partial bool                               // there may be more objects
	notes   []string                           // what is not known, and why
	sources map[resource.ID]resource.Sources   // lazily
}

// scenes are those that the flags ask for, one for each target.
func (c *cli) scenes(ctx context.Context, f *explainFlags) ([]*scene, error) {
	if f.live {
		return c.liveScenes(ctx, f)
	}
	cfg, diags := c.loadConfig(ctx, f.variables, !f.json)
	if diags.HasErrors() {
		return nil, failed(diags, cfg.Sources)
	}
	var keys []string
	var out []*scene
	for _, p := range cfg.Providers {
		keys = append(keys, p.Key)
		if f.provider == "" || p.Key == f.provider {
			out = append(out, c.plannedScene(ctx, cfg, p, f.refresh))
		}
	}
	switch {
	case len(keys) == 0:
		return nil, errors.New("the configuration has no provider block, so there is no gateway that a request could come to")
	case len(out) == 0:
		return nil, fmt.Errorf("the configuration has no provider %q.%s", f.provider, diag.Declared(f.provider, keys))
	}
	return out, nil
}

// liveScenes are what targets have.
func (c *cli) liveScenes(ctx context.Context, f *explainFlags) ([]*scene, error) {
	places, err := c.places(ctx, &lookFlags{variables: f.variables, provider: f.provider, allNamespaces: true})
	if err != nil {
		return nil, err
	}
	var out []*scene
	for _, p := range places {
		s := newScene(p.key)
		s.target = p.target
		live, err := s.live(ctx)
		if err != nil {
			return nil, p.explain(err)
		}
		s.add(live...)
		out = append(out, s)
	}
	return out, nil
}

func newScene(key string) *scene {
	return &scene{
		key: key, objects: map[resource.ID]*resource.Object{}, makers: map[resource.ID]*resource.Resource{},
		sources: map[resource.ID]resource.Sources{},
	}
}

func (s *scene) add(objects ...*resource.Object) {
	for _, o := range objects {
		s.objects[resource.IDOf(o)] = o
	}
}

// plannedScene is a target as it will be when the configuration is applied:
// what others have there stays, and what is the configuration's and not in it
// any more goes.
func (c *cli) plannedScene(ctx context.Context, cfg *config.Config, p config.Provider, refresh bool) *scene {
	s := newScene(p.Key)
	created := map[resource.ID]string{}
	if err := s.ask(ctx, c, p, refresh); err != nil {
		s.partial = true
		s.notes = append(s.notes, sentence(fmt.Sprintf("what others have on the target of provider %s is not known: %s", p.Key, err)))
	}
	if s.target != nil {
		live, err := s.live(ctx)
		if err != nil {
			s.target, s.partial = nil, true
			s.notes = append(s.notes, sentence(fmt.Sprintf("what others have on the target of provider %s is not known: %s", p.Key, err)))
		}
		for _, o := range live {
			metadata, _ := o.Object["metadata"].(map[string]any)
			created[resource.IDOf(o)], _ = metadata["creationTimestamp"].(string)
			if owner, owned := topology.OwnerOf(o); !owned || owner.Name != cfg.Owner {
				s.add(o)
			}
		}
	}
	for _, r := range cfg.Resources {
		if r.Provider != p.Key {
			continue
		}
		for _, o := range r.Objects {
			id := resource.IDOf(o)
			if at := created[id]; at != "" { // the older one comes first
				o = o.DeepCopy()
				o.Object["metadata"].(map[string]any)["creationTimestamp"] = at
			}
			s.objects[id], s.makers[id] = o, r
		}
	}
	return s
}

// ask opens the target, unless nobody is to be asked.
func (s *scene) ask(ctx context.Context, c *cli, p config.Provider, refresh bool) error {
	if !refresh {
		s.partial = true
		return nil
	}
	target, err := c.openTarget(p)
	if err != nil {
		return err
	}
	if _, err := target.Identity(ctx); err != nil {
		return err
	}
	s.target, _ = target.(providers.Inspector)
	s.partial = s.target == nil
	return nil
}

// live reads what routing hangs on; backends are looked up by name. What this
// account may not list is noted.
func (s *scene) live(ctx context.Context) ([]*resource.Object, error) {
	var out []*resource.Object
	for _, typ := range []schema.GroupKind{topology.Gateway, topology.ListenerSet, topology.HTTPRoute, {Group: topology.Gateway.Group, Kind: "GRPCRoute"}, {Group: topology.Gateway.Group, Kind: "ReferenceGrant"}, topology.Namespace} {
		objects, err := s.target.List(ctx, providers.Selection{Type: typ})
		if _, unserved := errors.AsType[*providers.UnservedError](err); unserved {
			continue
		}
		if err != nil && typ == topology.Gateway || ctx.Err() != nil {
			return nil, err
		}
		if err != nil {
			s.partial = true
			s.notes = append(s.notes, sentence(fmt.Sprintf("the %ss of all namespaces cannot be listed: %s", typ.Kind, err)))
		}
		out = append(out, objects...)
	}
	return out, nil
}

// lookUp reads the backends of an answer that are not known yet, and reports
// whether that may change it.
func (s *scene) lookUp(ctx context.Context, a *routing.Answer) bool {
	if s.target == nil {
		return false
	}
	var ids []resource.ID
	for _, b := range a.Backends {
		if s.objects[b.ID] == nil && !slices.Contains(ids, b.ID) {
			ids = append(ids, b.ID)
		}
	}
	if len(ids) == 0 {
		return false
	}
	looked, err := s.target.Look(ctx, ids)
	if err != nil {
		s.partial = true
		s.notes = append(s.notes, sentence("the backends cannot be read: "+err.Error()))
		return true
	}
	for id, err := range looked.Unreadable {
		s.partial = true
		s.notes = append(s.notes, sentence(fmt.Sprintf("%s cannot be read: %s", id, err)))
	}
	s.add(looked.Objects...)
	return true
}

func (s *scene) world() (*routing.World, error) {
	objects := make([]*resource.Object, 0, len(s.objects))
	for _, o := range s.objects {
		objects = append(objects, o)
	}
	w, err := routing.Read(objects)
	if err != nil {
		return nil, err
	}
	w.Partial = s.partial
	return w, nil
}

// spot says what a user calls an object, and where it, or a part of it, is
// written.
func (s *scene) spot(id resource.ID, path string) views.Spot {
	if r := s.makers[id]; r != nil {
		if s.sources[id] == nil {
			s.sources[id] = kinds.Sources(r, s.objects[id])
		}
		at, ok := s.sources[id].Find(path)
		if !ok || path == "" {
			at = r.Range
		}
		return views.Spot{Address: r.Address.String(), Range: at}
	}
	if o := s.objects[id]; o != nil {
		for _, k := range kinds.All() {
			if k.Object.GroupKind() != id.GroupKind() {
				continue
			}
			if a, ok := addressOf(o, k.Name); ok {
				owner, _ := topology.OwnerOf(o)
				return views.Spot{Address: a.String() + " of " + owner.Name}
			}
		}
	}
	return views.Spot{Address: id.String()}
}
