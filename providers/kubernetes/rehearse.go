package kubernetes

import (
	"context"
	"slices"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/planner"
	"github.com/gwctl/gwctl/providers"
)

// Rehearse sends what the plan creates and updates as a dry run: admission,
// rules, immutable fields and other managers' fields are the API server's to
// know. Fields that are taken from others, because the plan says so, are
// written into it.
func (p *Provider) Rehearse(ctx context.Context, plan *planner.Plan, parallelism int) ([]providers.Doubt, error) {
	made := map[string]bool{} // namespaces that the plan makes
	defined := definedBy(created(plan, p.opts.Key))
	for i := range plan.Objects {
		if oc := &plan.Objects[i]; oc.Action == planner.Create && oc.ID.Kind == "Namespace" && oc.ID.Group == "" {
			made[oc.ID.Name] = true
		}
	}
	errs := make([]error, len(plan.Objects))
	var g errgroup.Group
	g.SetLimit(max(parallelism, 1))
	for i := range plan.Objects {
		oc := &plan.Objects[i]
		if oc.Provider != p.opts.Key || oc.Action != planner.Create && oc.Action != planner.Update || isRelease(oc) ||
			made[oc.ID.Namespace] || defined[oc.ID.GroupKind()] {
			continue
		}
		g.Go(func() error {
			errs[i] = p.rehearse(ctx, oc)
			return nil
		})
	}
	_ = g.Wait() // errors are kept for each object
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := gather(errs, nothingChanged); err != nil {
		return nil, err
	}
	return p.doubtClasses(ctx, plan)
}

func created(plan *planner.Plan, key string) []*resource.Object {
	var out []*resource.Object
	for i := range plan.Objects {
		if oc := &plan.Objects[i]; oc.Provider == key && oc.Action == planner.Create {
			out = append(out, oc.After)
		}
	}
	return out
}

func (p *Provider) rehearse(ctx context.Context, oc *planner.ObjectChange) error {
	if oc.Before != nil && oc.Before.GetDeletionTimestamp() != nil {
		return refusedAs(oc.ID, "", "it is being deleted since "+oc.Before.GetDeletionTimestamp().UTC().Format("2006-01-02 15:04:05 MST")+", and some finalizer keeps it so far: plan again when it is gone")
	}
	m, err := p.cluster.Mapping(ctx, oc.After.GroupVersionKind())
	if err != nil {
		return err
	}
	if problem := scopeProblem(m, oc.ID); problem != nil {
		return problem
	}
	_, err = p.apply(ctx, m, patch{object: oc.After, dry: true})
	fields := conflicts(err)
	if len(fields) == 0 {
		return p.refusal(ctx, m, oc.ID, "patch", err)
	}
	owners := p.managers(oc.ID)
	var all []planner.Writer
	for _, field := range fields {
		all = append(all, owners.find(field)...)
	}
	// Of what is adopted, those fields come along that people wrote client-side.
	if !oc.Force && (len(all) > 0 || !oc.Adopted) {
		return &providers.ConflictError{ID: oc.ID, Writers: all}
	}
	if _, err := p.apply(ctx, m, patch{object: oc.After, dry: true, force: true}); err != nil {
		return p.refusal(ctx, m, oc.ID, "patch", err)
	}
	oc.Force, oc.Takes = true, all
	return nil
}

// scopeProblem says that an object and its type disagree about namespaces.
func scopeProblem(m *meta.RESTMapping, id resource.ID) error {
	switch namespaced := m.Scope.Name() == meta.RESTScopeNameNamespace; {
	case namespaced && id.Namespace == "":
		return refusedAs(id, "metadata.namespace", "the cluster keeps objects of this type in namespaces: say in which")
	case !namespaced && id.Namespace != "":
		return refusedAs(id, "metadata.namespace", "the cluster keeps objects of this type outside of namespaces: set no namespace")
	}
	return nil
}

// conflicts returns the fields that other managers own, as the API server
// writes them.
func conflicts(err error) []string {
	status, ok := asStatus(err)
	if !ok || !apierrors.IsConflict(err) || status.ErrStatus.Details == nil {
		return nil
	}
	var fields []string
	for _, c := range status.ErrStatus.Details.Causes {
		if c.Type == causeConflict && !slices.Contains(fields, c.Field) {
			fields = append(fields, c.Field)
		}
	}
	return fields
}
