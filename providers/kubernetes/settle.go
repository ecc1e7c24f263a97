package kubernetes

import (
	"context"

	apiequality "k8s.io/apimachinery/pkg/api/equality"

	"github.com/gwctl/gwctl/internal/crd"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/planner"
)

// settle makes an object of a type whose schema gwctl does not have look as it
// is configured, wherever applying it would change nothing: the API server
// writes quantities and the like its own way, and only it knows how.
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
	if err != nil {
		return l, err
	}
	content, _ := written(l.Object.Object, projected.Object.Object, desired.Object).(map[string]any)
	content["metadata"] = l.Object.Object["metadata"]
	l.Object = &resource.Object{Object: content}
	return l, nil
}

// written returns a live value as desired writes it, where applying desired
// leaves it as it is.
func written(live, after, desired any) any {
	if desired != nil && apiequality.Semantic.DeepEqual(live, after) {
		return desired
	}
	switch d := desired.(type) {
	case map[string]any:
		l, isMap := live.(map[string]any)
		a, areMaps := after.(map[string]any)
		if !isMap || !areMaps {
			return live
		}
		out := make(map[string]any, len(l))
		for k, v := range l {
			out[k] = written(v, a[k], d[k])
		}
		return out
	case []any:
		l, isList := live.([]any)
		a, areLists := after.([]any)
		if !isList || !areLists || len(l) != len(a) || len(l) != len(d) {
			return live
		}
		out := make([]any, len(l))
		for i := range l {
			out[i] = written(l[i], a[i], d[i])
		}
		return out
	}
	return live
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
