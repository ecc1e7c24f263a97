package kubernetes

import (
	"fmt"
	"maps"

	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
	"sigs.k8s.io/structured-merge-diff/v6/typed"

	"github.com/gwctl/gwctl/internal/crd"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/planner"
)

// live is an object as a plan compares it: what gwctl applied, and what the
// configuration declares. All else is somebody else's to set, and no difference.
// desired is nil for what is not configured.
func (p *Provider) live(o, desired *resource.Object) (planner.Live, error) {
	out := planner.Live{Object: strip(o), Revision: o.GetResourceVersion(), Trouble: troubleOf(o), Tracker: trackerOf(o)}
	m, set, err := p.ours(o, desired)
	if err != nil || set == nil {
		return out, err
	}
	p.remember(resource.IDOf(o), m)
	if out.Object, err = p.project(out.Object, set); err != nil {
		return out, err
	}
	out.Writers = m.writers(out.Object, set)
	return out, nil
}

// ours returns the fields of a live object that gwctl applied or that desired
// declares; nil where all of them count.
func (p *Provider) ours(o, desired *resource.Object) (managed, *fieldpath.Set, error) {
	if countsWhole(o) || desired == nil && !isOwned(o) {
		return managed{}, nil, nil
	}
	m, err := managersOf(o, !isOwned(o))
	if err != nil || desired == nil {
		return m, m.own, err
	}
	v, err := p.types.typed(desired)
	if err != nil {
		return m, nil, err
	}
	declared, err := v.ToFieldSet()
	if err != nil {
		return m, nil, fmt.Errorf("the fields of %s: %w", resource.IDOf(desired), err)
	}
	return m, m.own.Union(declared), nil
}

// countsWhole reports whether all fields of an object count: what nobody else
// wrote is gwctl's, or a default that comparison knows too.
func countsWhole(o *resource.Object) bool { return isAllOurs(o) && crd.Known(o.GroupVersionKind()) }

// project returns the part of an object that has the fields of a set.
func (p *Provider) project(o *resource.Object, set *fieldpath.Set) (*resource.Object, error) {
	whole, err := p.types.typed(o)
	if err != nil {
		return nil, err
	}
	part, _ := whole.ExtractItems(set.Leaves(), typed.WithAppendKeyFields()).AsValue().Unstructured().(map[string]any)
	return withIdentity(part, o), nil
}

func (p *Provider) remember(id resource.ID, m managed) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.known[id] = m
}

func (p *Provider) managers(id resource.ID) managed {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.known[id]
}

func isOwned(o *resource.Object) bool { return o.GetLabels()[resource.LabelOwner] != "" }

// strip returns an object without what the API server and controllers keep
// there for themselves, and a Secret without its values: they are nobody's to
// see in plans and states, and gwctl never writes any.
func strip(o *resource.Object) *resource.Object {
	top := maps.Clone(o.Object)
	delete(top, "status")
	if o.GetKind() == "Secret" && o.GetAPIVersion() == "v1" {
		delete(top, "data")
		delete(top, "stringData")
	}
	metadata, _ := top["metadata"].(map[string]any)
	metadata = maps.Clone(metadata)
	for _, field := range []string{"managedFields", "resourceVersion", "selfLink"} {
		delete(metadata, field)
	}
	top["metadata"] = metadata
	return &resource.Object{Object: top}
}

// identity are the fields of metadata that tell an object and its history.
var identity = []string{"name", "namespace", "uid", "generation", "creationTimestamp", "deletionTimestamp"}

// withIdentity completes a part of an object by what the whole is known by:
// its type, name and gwctl's own marks.
func withIdentity(part map[string]any, whole *resource.Object) *resource.Object {
	out := maps.Clone(part)
	if out == nil {
		out = map[string]any{}
	}
	out["apiVersion"], out["kind"] = whole.GetAPIVersion(), whole.GetKind()
	all, _ := whole.Object["metadata"].(map[string]any)
	metadata, _ := out["metadata"].(map[string]any)
	metadata = maps.Clone(metadata)
	if metadata == nil {
		metadata = map[string]any{}
	}
	for _, field := range identity {
		if v, ok := all[field]; ok {
			metadata[field] = v
		}
	}
	for _, field := range []string{"labels", "annotations"} {
		marks, _ := all[field].(map[string]any)
		kept, _ := metadata[field].(map[string]any)
		kept = maps.Clone(kept)
		for k, v := range marks {
			if !resource.IsMark(k) {
				continue
			}
			if kept == nil {
				kept = map[string]any{}
			}
			kept[k] = v
		}
		if len(kept) > 0 {
			metadata[field] = kept
		}
	}
	out["metadata"] = metadata
	return &resource.Object{Object: out}
}
