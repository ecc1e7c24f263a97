package kubernetes

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	apitypes "k8s.io/apimachinery/pkg/types"

	"github.com/gwctl/gwctl/internal/crd"
	"github.com/gwctl/gwctl/internal/resource"
)

// patch is one server-side apply.
type patch struct {
	object   *resource.Object
	revision string // precondition; "" is none
	force    bool   // also over fields of other managers
	dry      bool   // only check
}

// apply sends a patch and returns the object as it is after it. What gwctl
// applied before and the patch does not say goes away.
func (p *Provider) apply(ctx context.Context, m *meta.RESTMapping, a patch) (*resource.Object, error) {
	object := a.object
	if crd.Known(object.GroupVersionKind()) {
		var err error
		if object, err = crd.DefaultAtomic(object); err != nil {
			return nil, fmt.Errorf("%s: %w", resource.IDOf(a.object), err)
		}
	}
	body, err := json.Marshal(withRevision(object, a.revision))
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", resource.IDOf(a.object), err)
	}
	opts := metav1.PatchOptions{FieldManager: FieldManager, FieldValidation: metav1.FieldValidationStrict}
	if a.force {
		opts.Force = &a.force
	}
	if a.dry {
		opts.DryRun = []string{metav1.DryRunAll}
	}
	return p.client(m, a.object.GetNamespace()).Patch(ctx, a.object.GetName(), apitypes.ApplyPatchType, body, opts)
}

// withRevision returns the content of an object as a patch says it: without
// what only the API server sets.
func withRevision(o *resource.Object, revision string) map[string]any {
	top := maps.Clone(o.Object)
	metadata, _ := top["metadata"].(map[string]any)
	metadata = maps.Clone(metadata)
	for _, field := range []string{"uid", "generation", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"} {
		delete(metadata, field)
	}
	if revision != "" {
		metadata["resourceVersion"] = revision
	}
	top["metadata"] = metadata
	return top
}
