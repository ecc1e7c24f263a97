package kubernetes

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	apitypes "k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/util/csaupgrade"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/planner"
	"github.com/gwctl/gwctl/providers"
)

// make makes one change. waiting bounds how long it waits for finalizers.
func (a *application) make(ctx, waiting context.Context, c *change) error {
	switch {
	case c.Action == planner.Delete:
		return a.p.remove(ctx, waiting, c)
	case isRelease(c.ObjectChange):
		return a.p.release(ctx, c)
	}
	if err := a.p.write(ctx, c); err != nil || c.Action != planner.Create {
		return err
	}
	return a.p.awaitServed(ctx, c)
}

// write applies an object. What was asked once may be asked again: an API
// server that went away in between did it or not, and it is the same.
func (p *Provider) write(ctx context.Context, c *change) error {
	m, err := p.mapping(ctx, c.After)
	if err != nil {
		return err
	}
	if c.Adopted && c.now != nil {
		if err := p.takeOver(ctx, m, c); err != nil {
			return p.refusal(ctx, m, c.ID, "patch", err)
		}
	}
	err = p.persist(ctx, func(ctx context.Context, again bool) error {
		revision := ""
		if c.now != nil {
			revision = c.now.GetResourceVersion()
		}
		made, err := p.apply(ctx, m, patch{object: c.After, revision: revision, force: c.Force})
		if err == nil {
			c.made = made
			return nil
		}
		if fields := conflicts(err); len(fields) > 0 {
			return p.conflict(ctx, m, c.ID, fields)
		}
		if apierrors.IsConflict(err) {
			return p.lookAgain(ctx, m, c, again)
		}
		return err
	})
	if err != nil {
		return p.refusal(ctx, m, c.ID, "patch", err)
	}
	if c.Before == nil && c.now == nil && !isAllOurs(c.made) {
		return &providers.StaleError{Moved: []providers.Moved{{ID: c.ID, Live: c.made.GetResourceVersion(), By: "somebody else in the same moment: gwctl's fields are on it now"}}}
	}
	return nil
}

// errAgain asks for another try.
var errAgain = errors.New("try again")

// lookAgain reads an object that was written meanwhile. What only a controller
// wrote, or this change itself before an answer was lost, is no obstacle.
func (p *Provider) lookAgain(ctx context.Context, m *meta.RESTMapping, c *change, again bool) error {
	now, err := p.client(m, c.ID.Namespace).Get(ctx, c.ID.Name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return &providers.StaleError{Moved: []providers.Moved{{ID: c.ID, Planned: c.Revision}}}
	}
	if err != nil {
		return err
	}
	c.now = now
	moved, err := p.moved(c)
	if err != nil {
		return err
	}
	if moved == nil {
		return errAgain
	}
	if again && c.After != nil {
		if live, err := p.live(now, c.After); err == nil && covers(live.Object, c.After) {
			c.made = now
			return nil
		}
	}
	return &providers.StaleError{Moved: []providers.Moved{*moved}}
}

func (p *Provider) conflict(ctx context.Context, m *meta.RESTMapping, id resource.ID, fields []string) error {
	owners := p.managers(id)
	if now, err := p.client(m, id.Namespace).Get(ctx, id.Name, metav1.GetOptions{}); err == nil {
		if fresh, err := managersOf(now, false); err == nil {
			owners = fresh
		}
	}
	e := &providers.ConflictError{ID: id}
	for _, f := range fields {
		e.Writers = append(e.Writers, owners.find(f)...)
	}
	return e
}

// takeOver makes what was written client-side gwctl's, so that it can change
// and remove it.
func (p *Provider) takeOver(ctx context.Context, m *meta.RESTMapping, c *change) error {
	jsonPatch, err := csaupgrade.UpgradeManagedFieldsPatch(c.now, clientSide, FieldManager)
	if err != nil || len(jsonPatch) == 0 {
		return err
	}
	now, err := p.client(m, c.ID.Namespace).Patch(ctx, c.ID.Name, apitypes.JSONPatchType, jsonPatch, metav1.PatchOptions{FieldManager: FieldManager})
	if err != nil {
		return err
	}
	c.now = now
	return nil
}

// release takes gwctl's marks off an object, and gwctl off its managers: whoever
// comes next finds fields that nobody holds.
func (p *Provider) release(ctx context.Context, c *change) error {
	m, err := p.mapping(ctx, c.After)
	if err != nil {
		return err
	}
	err = p.persist(ctx, func(ctx context.Context, again bool) error {
		marks := func(entries map[string]string) map[string]any {
			out := map[string]any{}
			for k := range entries {
				if resource.IsMark(k) {
					out[k] = nil
				}
			}
			return out
		}
		left := []metav1.ManagedFieldsEntry{}
		for _, e := range c.now.GetManagedFields() {
			if e.Manager != FieldManager || e.Operation != metav1.ManagedFieldsOperationApply {
				left = append(left, e)
			}
		}
		if len(left) == 0 {
			left = append(left, metav1.ManagedFieldsEntry{}) // an empty one resets them
		}
		body, err := json.Marshal(map[string]any{"metadata": map[string]any{
			"labels":          marks(c.now.GetLabels()),
			"annotations":     marks(c.now.GetAnnotations()),
			"managedFields":   left,
			"resourceVersion": c.now.GetResourceVersion(),
		}})
		if err != nil {
			return err
		}
		made, err := p.client(m, c.ID.Namespace).Patch(ctx, c.ID.Name, apitypes.MergePatchType, body, metav1.PatchOptions{FieldManager: FieldManager + "-release"})
		if apierrors.IsConflict(err) {
			return p.lookAgain(ctx, m, c, again)
		}
		c.made = made
		return err
	})
	if err != nil {
		return p.refusal(ctx, m, c.ID, "patch", err)
	}
	return nil
}

// remove deletes an object, and waits until its finalizers let it go.
func (p *Provider) remove(ctx, waiting context.Context, c *change) error {
	m, err := p.cluster.Mapping(ctx, c.Before.GroupVersionKind())
	if isMissing(err) {
		return nil // its type is gone, and it with it
	}
	if err != nil {
		return err
	}
	client := p.client(m, c.ID.Namespace)
	err = p.persist(ctx, func(ctx context.Context, again bool) error {
		uid, revision := c.now.GetUID(), c.now.GetResourceVersion()
		err := client.Delete(ctx, c.ID.Name, metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &uid, ResourceVersion: &revision}})
		switch {
		case apierrors.IsNotFound(err):
			return nil
		case apierrors.IsConflict(err):
			return p.lookAgain(ctx, m, c, again)
		}
		return err
	})
	if stale, ok := errors.AsType[*providers.StaleError](err); ok && stale.Moved[0].Live == "" {
		return nil // gone, as it should be
	}
	if err != nil {
		return p.refusal(ctx, m, c.ID, "delete", err)
	}
	return p.awaitGone(waiting, m, c)
}

// awaitGone waits for finalizers.
func (p *Provider) awaitGone(ctx context.Context, m *meta.RESTMapping, c *change) error {
	var last *resource.Object
	err := wait.PollUntilContextCancel(ctx, 200*time.Millisecond, true, func(ctx context.Context) (bool, error) {
		now, err := p.client(m, c.ID.Namespace).Get(ctx, c.ID.Name, metav1.GetOptions{})
		switch {
		case apierrors.IsNotFound(err), err == nil && now.GetUID() != c.now.GetUID():
			return true, nil
		case err != nil && !isTransient(err):
			return false, err
		}
		if err == nil {
			last = now
		}
		return false, nil
	})
	if err == nil {
		return nil
	}
	if last != nil && ctx.Err() != nil {
		c.open = true
		return refusedAs(c.ID, "", "it is being deleted, and "+keeps(last))
	}
	return p.explain(ctx, err, "get", m, c.ID.Namespace, c.ID.Name)
}

// keeps says what an object that is being deleted waits for.
func keeps(o *resource.Object) string {
	if finalizers := o.GetFinalizers(); len(finalizers) > 0 {
		return "these finalizers keep it: " + strings.Join(finalizers, ", ")
	}
	return "the cluster has not removed what is in it yet"
}

// mapping finds the resource of a type, also of one that was defined just now.
func (p *Provider) mapping(ctx context.Context, o *resource.Object) (*meta.RESTMapping, error) {
	m, err := p.cluster.Mapping(ctx, o.GroupVersionKind())
	if isMissing(err) {
		p.cluster.Forget()
		return p.cluster.Mapping(ctx, o.GroupVersionKind())
	}
	return m, err
}

// persist repeats a request while the API server is away, or too busy also for
// the retries that it asked for, for as long as Recovery.
func (p *Provider) persist(ctx context.Context, try func(ctx context.Context, again bool) error) error {
	deadline := time.Now().Add(p.opts.Recovery)
	again := false
	for pause := 50 * time.Millisecond; ; pause = min(2*pause, 2*time.Second) {
		err := try(ctx, again)
		switch {
		case err == nil:
			return nil
		case errors.Is(err, errAgain):
			pause = 10 * time.Millisecond
		case !isTransient(err) || ctx.Err() != nil:
			return err
		default:
			again = true
		}
		if time.Now().After(deadline) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

// isTransient reports whether a request may succeed when it is sent again.
func isTransient(err error) bool {
	if _, ok := asStatus(err); ok {
		return apierrors.IsServerTimeout(err) || apierrors.IsTimeout(err) || apierrors.IsTooManyRequests(err) ||
			apierrors.IsServiceUnavailable(err) || apierrors.IsInternalError(err)
	}
	_, ok := errors.AsType[*url.Error](err)
	return ok
}
