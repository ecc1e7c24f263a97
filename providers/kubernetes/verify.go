package kubernetes

import (
	"context"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/providers"
)

// verify looks whether all objects are as the plan has them. An object whose
// revision moved is still the same if only others' fields did: controllers
// write status all the time. What moved is a *providers.StaleError.
func (p *Provider) verify(ctx context.Context, changes []*change) error {
	if err := p.look(ctx, changes); err != nil {
		return err
	}
	stale := &providers.StaleError{}
	for _, c := range changes {
		moved, err := p.moved(c)
		if err != nil {
			return err
		}
		if moved != nil {
			stale.Moved = append(stale.Moved, *moved)
		}
	}
	if len(stale.Moved) > 0 {
		slices.SortFunc(stale.Moved, func(a, b providers.Moved) int { return a.ID.Compare(b.ID) })
		return stale
	}
	return nil
}

// look reads all objects: a few one by one, many by a list of their namespace.
func (p *Provider) look(ctx context.Context, changes []*change) error {
	places := map[place][]resource.ID{}
	byID := make(map[resource.ID]*change, len(changes))
	for _, c := range changes {
		o := c.After
		if o == nil {
			o = c.Before
		}
		at := place{o.GroupVersionKind(), c.ID.Namespace}
		places[at] = append(places[at], c.ID)
		byID[c.ID] = c
	}
	var mu sync.Mutex
	see := func(o *resource.Object) {
		mu.Lock()
		defer mu.Unlock()
		if c := byID[resource.IDOf(o)]; c != nil {
			c.now = o
		}
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(readers)
	for at, ids := range places {
		m, err := p.cluster.Mapping(ctx, at.gvk)
		if isMissing(err) {
			continue // a change of this plan defines it, or it fails when it is made
		}
		if err != nil {
			return err
		}
		p.fetch(ctx, g, m, ids, "", see, asIs)
	}
	return g.Wait()
}

// moved says how an object is not as the plan has it, nil where it is.
func (p *Provider) moved(c *change) (*providers.Moved, error) {
	switch {
	case c.Before == nil && c.now == nil:
		return nil, nil
	case c.Before == nil:
		return &providers.Moved{ID: c.ID, Live: c.now.GetResourceVersion(), By: lastWriter(c.now)}, nil
	case c.now == nil:
		return &providers.Moved{ID: c.ID, Planned: c.Revision}, nil
	case c.Revision == c.now.GetResourceVersion():
		return nil, nil
	}
	_, set, err := p.ours(c.now, c.After)
	if err != nil {
		return nil, err
	}
	before, now := c.Before, strip(c.now)
	if set != nil { // of neither counts what is others' by now
		if before, err = p.project(before, set); err != nil {
			return nil, err
		}
		if now, err = p.project(now, set); err != nil {
			return nil, err
		}
	}
	fields := differing(before, now)
	if len(fields) == 0 {
		return nil, nil
	}
	return &providers.Moved{ID: c.ID, Planned: c.Revision, Live: c.now.GetResourceVersion(), Fields: fields, By: lastWriter(c.now)}, nil
}

// lastWriter is who wrote more than the status of an object last.
func lastWriter(o *resource.Object) string {
	var last *metav1.ManagedFieldsEntry
	for _, e := range o.GetManagedFields() {
		if e.Subresource == "" && e.Time != nil && (last == nil || !e.Time.Before(last.Time)) {
			last = &e
		}
	}
	if last == nil {
		return ""
	}
	by := last.Manager
	if owner := o.GetAnnotations()[resource.AnnotationOwner]; last.Manager == FieldManager && owner != "" {
		by = owner
	}
	return by + " at " + last.Time.UTC().Format("15:04:05 MST")
}
