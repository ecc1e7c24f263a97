package kubernetes

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime/schema"

	cluster "github.com/gwctl/gwctl/internal/kubernetes"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/providers"
)

var _ providers.Inspector = (*Provider)(nil)

// events are the core group's: they are there in every cluster, and the newer
// ones are the same objects.
var events = schema.GroupVersionKind{Version: "v1", Kind: "Event"}

// lookNeeds are the verbs that looking takes.
var lookNeeds = []string{"get", "list"}

// Namespace is where objects are looked for when nobody says where.
func (p *Provider) Namespace() string { return p.opts.Namespace }

// List returns the selected objects in the version that the cluster prefers.
func (p *Provider) List(ctx context.Context, s providers.Selection) ([]*resource.Object, error) {
	m, err := p.served(ctx, s.Type)
	if err != nil {
		return nil, err
	}
	selector := ""
	if s.Labels != nil {
		selector = s.Labels.String()
	}
	var out []*resource.Object
	if err := p.list(ctx, m, s.Namespace, selector, func(o *resource.Object) { out = append(out, o) }); err != nil {
		return nil, onlyLooking(err)
	}
	slices.SortFunc(out, func(a, b *resource.Object) int { return resource.IDOf(a).Compare(resource.IDOf(b)) })
	// A list that begins anew has what was read before once more.
	return slices.CompactFunc(out, func(a, b *resource.Object) bool { return resource.IDOf(a) == resource.IDOf(b) }), nil
}

// served finds the resource of a type in any version.
func (p *Provider) served(ctx context.Context, typ schema.GroupKind) (*meta.RESTMapping, error) {
	m, err := p.cluster.Mapping(ctx, typ.WithVersion(""))
	if isMissing(err) {
		return nil, &providers.UnservedError{Target: p.cluster.Name, Type: typ, Err: err}
	}
	return m, err
}

// onlyLooking asks for no more rights than looking takes.
func onlyLooking(err error) error {
	if e, ok := errors.AsType[*cluster.ForbiddenError](err); ok {
		e.Needs = lookNeeds
	}
	return err
}

// Look gets objects by their names. Those of types that the cluster does not
// serve do not exist.
func (p *Provider) Look(ctx context.Context, ids []resource.ID) (*providers.Looked, error) {
	looked := &providers.Looked{Unreadable: map[resource.ID]error{}}
	var mu sync.Mutex
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(readers)
	for _, id := range ids {
		g.Go(func() error {
			o, err := p.lookAt(ctx, id)
			mu.Lock()
			defer mu.Unlock()
			switch _, forbidden := errors.AsType[*cluster.ForbiddenError](err); {
			case forbidden:
				looked.Unreadable[id] = onlyLooking(err)
			case err != nil:
				return err
			case o != nil:
				looked.Objects = append(looked.Objects, o)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	slices.SortFunc(looked.Objects, func(a, b *resource.Object) int { return resource.IDOf(a).Compare(resource.IDOf(b)) })
	return looked, nil
}

// lookAt gets one object, nil where there is none.
func (p *Provider) lookAt(ctx context.Context, id resource.ID) (*resource.Object, error) {
	m, err := p.served(ctx, id.GroupKind())
	if _, ok := errors.AsType[*providers.UnservedError](err); ok {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return p.get(ctx, m, id)
}

// Events returns what controllers noted of an object and the API server still
// has: an hour's, usually.
func (p *Provider) Events(ctx context.Context, o *resource.Object) ([]providers.Occurrence, error) {
	m, err := p.served(ctx, events.GroupKind())
	if err != nil {
		return nil, err
	}
	namespace := o.GetNamespace()
	if namespace == "" {
		namespace = metav1.NamespaceDefault // where those of cluster-wide objects are
	}
	about := fields.Set{"involvedObject.kind": o.GetKind(), "involvedObject.name": o.GetName(), "involvedObject.uid": string(o.GetUID())}
	page, err := p.client(m, namespace).List(ctx, metav1.ListOptions{FieldSelector: about.AsSelector().String(), Limit: cluster.PageSize})
	if err != nil {
		return nil, onlyLooking(p.explain(ctx, err, "list", m, namespace, ""))
	}
	out := make([]providers.Occurrence, 0, len(page.Items))
	for i := range page.Items {
		out = append(out, occurrence(page.Items[i].Object))
	}
	slices.SortStableFunc(out, func(a, b providers.Occurrence) int { return a.Time.Compare(b.Time) })
	return out, nil
}

// occurrence reads an event. Old and new senders fill different fields.
func occurrence(event map[string]any) providers.Occurrence {
	at := func(fields map[string]any, key string) string {
		s, _ := fields[key].(string)
		return s
	}
	sub := func(key string) map[string]any {
		m, _ := event[key].(map[string]any)
		return m
	}
	out := providers.Occurrence{
		Count: 1, Warning: at(event, "type") == "Warning", Reason: at(event, "reason"), Message: at(event, "message"),
		By: at(event, "reportingComponent"),
	}
	if out.By == "" {
		out.By = at(sub("source"), "component")
	}
	for _, n := range []any{event["count"], sub("series")["count"]} {
		if n, ok := n.(int64); ok && int(n) > out.Count {
			out.Count = int(n)
		}
	}
	for _, text := range []string{
		at(sub("series"), "lastObservedTime"), at(event, "lastTimestamp"), at(event, "eventTime"),
		at(event, "firstTimestamp"), at(sub("metadata"), "creationTimestamp"),
	} {
		if t, err := time.Parse(time.RFC3339, text); err == nil {
			out.Time = t
			break
		}
	}
	return out
}
