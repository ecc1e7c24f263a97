package kubernetes

import (
	"context"

	apiequality "k8s.io/apimachinery/pkg/api/equality"

	"github.com/gwctl/gwctl/internal/crd"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/planner"
)

// settle makes an object of a type whose schema gwctl does not have look as it
// is configured, if applying it would change nothing: the API server sets
// defaults and writes quantities its own way, and only it knows how.
func (p *Provider) settle(ctx context.Context, l planner.Live, desired *resource.Object) (planner.Live, error) {
	if crd.Known(desired.GroupVersionKind()) || l.Tracker != "" || sameContent(l.Object, desired) {
		return l, nil
	}
	m, err := p.cluster.Mapping(ctx, desired.GroupVersionKind())
	if err != nil {
		return l, err
	}
	after, err := p.apply(ctx, m, patch{object: desired, force: true, dry: true})
	if err != nil {
		return l, nil // the rehearsal says so, with its line
	}
	projected, err := p.live(after, desired)
	if err != nil || !sameContent(projected.Object, l.Object) {
		return l, err
	}
	content := map[string]any{}
	for k, v := range desired.Object {
		content[k] = v
	}
	content["metadata"] = l.Object.Object["metadata"]
	l.Object = &resource.Object{Object: content}
	return l, nil
}

// sameContent compares all but metadata and status.
func sameContent(a, b *resource.Object) bool {
	return apiequality.Semantic.DeepEqual(contentOf(a), contentOf(b))
}

func contentOf(o *resource.Object) map[string]any {
	out := map[string]any{}
	for k, v := range o.Object {
		if k != "metadata" && k != "status" {
			out[k] = v
		}
	}
	return out
}
