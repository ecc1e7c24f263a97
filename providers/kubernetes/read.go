package kubernetes

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/planner"
	"github.com/gwctl/gwctl/providers"
)

const (
	// fewObjects are read one by one; for more of them their namespace is listed.
	fewObjects = 20
	// fewNamespaces are listed one by one; with more of them the whole cluster
	// is, where the account may.
	fewNamespaces = 10
	readers       = 8 // requests at once
)

// Read lists the owner's objects once for each type and namespace, and gets or
// lists those of the query that it has not seen by then.
func (p *Provider) Read(ctx context.Context, q providers.Query) (*providers.Reading, error) {
	r := &reading{p: p, q: q, wanted: sortOut(q), found: map[resource.ID]*resource.Object{}, unreadable: map[resource.ID]error{}}
	if err := r.mapTypes(ctx); err != nil {
		return nil, err
	}
	for _, step := range []func(context.Context) error{r.listOwned, r.findMissing, r.getOthers} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	out := &providers.Reading{Unreadable: r.unreadable}
	for id, o := range r.found {
		l, err := p.live(o, r.wanted.desired[id])
		if err != nil {
			return nil, err
		}
		if d := r.wanted.desired[id]; d != nil {
			if l, err = p.settle(ctx, l, d); err != nil {
				return nil, err
			}
		}
		out.Live = append(out.Live, l)
	}
	slices.SortFunc(out.Live, func(a, b planner.Live) int {
		return resource.IDOf(a.Object).Compare(resource.IDOf(b.Object))
	})
	return out, nil
}

// reading is one Read.
type reading struct {
	p        *Provider
	q        providers.Query
	wanted   wanted
	mappings map[schema.GroupVersionKind]*meta.RESTMapping // nil: not served, and need not be

	mu         sync.Mutex
	found      map[resource.ID]*resource.Object
	unreadable map[resource.ID]error
}

// add keeps an object. Who set its fields is a third of it, and live does not
// ask for that where nobody else did.
func (r *reading) add(o *resource.Object) {
	if countsWhole(o) {
		unstructured.RemoveNestedField(o.Object, "metadata", "managedFields")
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.found[resource.IDOf(o)] = o
}

func (r *reading) has(id resource.ID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.found[id] != nil
}

// mapTypes finds the resources of all types, and says of all that are missing
// at once. What is only remembered is gone where its type is.
func (r *reading) mapTypes(ctx context.Context) error {
	r.mappings = map[schema.GroupVersionKind]*meta.RESTMapping{}
	defined := definedBy(r.q.Desired)
	needed := map[schema.GroupVersionKind]*resource.Object{}
	for _, o := range r.q.Desired {
		needed[o.GroupVersionKind()] = o
	}
	var missing []error
	for at := range r.wanted.places {
		if _, done := r.mappings[at.gvk]; done {
			continue
		}
		m, err := r.p.cluster.Mapping(ctx, at.gvk)
		switch {
		case err == nil:
		case !isMissing(err):
			return err
		case needed[at.gvk] != nil && !defined[at.gvk.GroupKind()]:
			missing = append(missing, err)
		}
		r.mappings[at.gvk] = m
	}
	slices.SortFunc(missing, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errors.Join(missing...)
}

// listOwned lists the owner's objects. Where the state is empty it may have
// been lost: then gwctl's own types are looked for too.
func (r *reading) listOwned(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(readers)
	selector := resource.LabelOwner + "=" + planner.OwnerLabel(r.q.Owner)
	places := r.namespaces()
	for gvk, namespaces := range places {
		m := r.mappings[gvk]
		if m == nil {
			continue
		}
		g.Go(func() error { return r.listIn(ctx, m, namespaces, selector) })
	}
	if len(r.q.Prior) == 0 {
		for _, gvk := range r.p.opts.Types {
			if len(places[gvk]) == 0 {
				g.Go(func() error { return r.listLost(ctx, gvk, selector) })
			}
		}
	}
	return g.Wait()
}

// namespaces are those of the wanted objects, by type.
func (r *reading) namespaces() map[schema.GroupVersionKind][]string {
	out := map[schema.GroupVersionKind][]string{}
	for at := range r.wanted.places {
		out[at.gvk] = append(out[at.gvk], at.namespace)
	}
	return out
}

// listIn lists objects of one type in namespaces: one after the other, or all
// at once where there are many and the account may.
func (r *reading) listIn(ctx context.Context, m *meta.RESTMapping, namespaces []string, selector string) error {
	if len(namespaces) > fewNamespaces {
		err := r.p.list(ctx, m, "", selector, r.add)
		if !apierrors.IsForbidden(err) {
			return err
		}
	}
	for _, ns := range namespaces {
		if err := r.p.list(ctx, m, ns, selector, r.add); err != nil {
			return err
		}
	}
	return nil
}

// listLost looks for objects that a lost state knew, of a type that the
// configuration does not use. What this account may not list it did not make.
func (r *reading) listLost(ctx context.Context, gvk schema.GroupVersionKind, selector string) error {
	m, err := r.p.cluster.Mapping(ctx, gvk)
	if isMissing(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := r.p.list(ctx, m, r.p.opts.Namespace, selector, r.add); !apierrors.IsForbidden(err) {
		return err
	}
	return nil
}

// list visits the objects that a selector finds, one after the other.
func (p *Provider) list(ctx context.Context, m *meta.RESTMapping, namespace, selector string, visit func(*resource.Object)) error {
	if m.Scope.Name() == meta.RESTScopeNameRoot {
		namespace = ""
	}
	return p.explain(ctx, p.cluster.List(ctx, m, namespace, selector, visit), "list", m, namespace, "")
}

// get returns an object, nil where there is none.
func (p *Provider) get(ctx context.Context, m *meta.RESTMapping, id resource.ID) (*resource.Object, error) {
	o, err := p.client(m, id.Namespace).Get(ctx, id.Name, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		return nil, nil
	case err != nil:
		return nil, p.explain(ctx, err, "get", m, id.Namespace, id.Name)
	}
	return o, nil
}

// fetch has requests made for those objects of one place that are there: a few
// are got one by one, for many what a selector finds in their namespace is
// listed. failed has the last word on what a request for some of them ended with.
func (p *Provider) fetch(ctx context.Context, g *errgroup.Group, m *meta.RESTMapping, ids []resource.ID, selector string, visit func(*resource.Object), failed func(error, ...resource.ID) error) {
	if len(ids) > fewObjects {
		asked := make(map[resource.ID]bool, len(ids))
		for _, id := range ids {
			asked[id] = true
		}
		g.Go(func() error {
			return failed(p.list(ctx, m, ids[0].Namespace, selector, func(o *resource.Object) {
				if asked[resource.IDOf(o)] {
					visit(o)
				}
			}), ids...)
		})
		return
	}
	for _, id := range ids {
		g.Go(func() error {
			o, err := p.get(ctx, m, id)
			if o != nil {
				visit(o)
			}
			return failed(err, id)
		})
	}
}

// asIs takes an error for what it is.
func asIs(err error, _ ...resource.ID) error { return err }

// findMissing looks for what is wanted and does not carry the owner's label:
// most of it is not there.
func (r *reading) findMissing(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(readers)
	other := resource.LabelOwner + "!=" + planner.OwnerLabel(r.q.Owner)
	for at, ids := range r.wanted.places {
		if m := r.mappings[at.gvk]; m != nil {
			r.p.fetch(ctx, g, m, slices.DeleteFunc(slices.Clone(ids), r.has), other, r.add, asIs)
		}
	}
	return g.Wait()
}

// getOthers reads what the configuration refers to as somebody else's. What
// the account may not read is no error here: routes may attach to gateways that
// their team cannot look at.
func (r *reading) getOthers(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(readers)
	asked := map[place][]resource.ID{}
	seen := map[resource.ID]bool{}
	for _, id := range r.q.Others {
		if !seen[id] && !r.has(id) {
			seen[id] = true
			at := place{id.GroupKind().WithVersion(""), id.Namespace}
			asked[at] = append(asked[at], id)
		}
	}
	for at, ids := range asked {
		m, err := r.p.cluster.Mapping(ctx, at.gvk)
		if isMissing(err) {
			continue // then there is none
		}
		if err != nil {
			return err
		}
		r.p.fetch(ctx, g, m, ids, "", r.add, r.denied)
	}
	return g.Wait()
}

// denied notes what the account may not read.
func (r *reading) denied(err error, ids ...resource.ID) error {
	if !apierrors.IsForbidden(err) {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, id := range ids {
		r.unreadable[id] = err
	}
	return nil
}
