package kubernetes

import (
	"fmt"
	"maps"
	"strings"

	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
	"sigs.k8s.io/structured-merge-diff/v6/typed"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/planner"
)

// live is an object as a plan compares it: what gwctl applied, and what the
// configuration declares. All else is somebody else's to set, and no difference.
// desired is nil for what is not configured.
func (p *Provider) live(o, desired *resource.Object) (planner.Live, error) {
	out := planner.Live{Object: strip(o), Revision: o.GetResourceVersion(), Tracker: trackerOf(o)}
	if isAllOurs(o) || desired == nil && !isOwned(o) {
		return out, nil
	}
	m, err := managersOf(o, !isOwned(o))
	if err != nil {
		return out, err
	}
	p.remember(resource.IDOf(o), m)
	whole, err := p.types.typed(out.Object)
	if err != nil {
		return out, fmt.Errorf("the cluster's schema of %s: %w", o.GroupVersionKind(), err)
	}
	set := m.own
	if desired != nil {
		declared, err := p.declared(desired)
		if err != nil {
			return out, fmt.Errorf("the cluster's schema of %s: %w", o.GroupVersionKind(), err)
		}
		set = set.Union(declared)
	}
	part, _ := whole.ExtractItems(set.Leaves(), typed.WithAppendKeyFields()).AsValue().Unstructured().(map[string]any)
	out.Object = withIdentity(part, out.Object)
	out.Writers = m.writers(out.Object, set)
	return out, nil
}

// declared is the set of fields that an object says something of.
func (p *Provider) declared(o *resource.Object) (*fieldpath.Set, error) {
	v, err := p.types.typed(o)
	if err != nil {
		return nil, err
	}
	return v.ToFieldSet()
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
// there for themselves.
func strip(o *resource.Object) *resource.Object {
	top := maps.Clone(o.Object)
	delete(top, "status")
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
			if !isMark(k) {
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

// isMark reports whether a label or annotation is one that gwctl puts on what
// it owns.
func isMark(key string) bool { return strings.HasPrefix(key, "gwctl.dev/") || key == labelPartOf }
