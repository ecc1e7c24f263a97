package kubernetes

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/planner"
	"github.com/gwctl/gwctl/providers"
)

// takeBack returns what was changed to what it was, the last first, and says
// why. What cannot be taken back stays in the Result.
func (a *application) takeBack(ctx context.Context, cause error) (*providers.Result, error) {
	a.reporter.phase("rollback", "Taking back what was done...")
	var errs []error
	back := 0
	for _, c := range slices.Backward(a.order) {
		if err := a.undo(ctx, c); err != nil {
			errs = append(errs, fmt.Errorf("%s could not be taken back: %w", c.ID, err))
			continue
		}
		c.done = false
		back++
	}
	detail := fmt.Sprintf("%s taken back: the cluster has what it had before.", count(back, "change was", "changes were"))
	if len(errs) > 0 {
		detail = fmt.Sprintf("%s taken back, and %d could not be.", count(back, "change was", "changes were"), len(errs))
	}
	if back == 0 && len(errs) == 0 {
		detail = nothingChanged
	}
	return a.result(), errors.Join(append([]error{withDetail(cause, detail, len(errs) == 0)}, errs...)...)
}

// undo makes the opposite of one change.
func (a *application) undo(ctx context.Context, c *change) error {
	p := a.p
	if c.Action == planner.Create {
		back := &change{ObjectChange: &planner.ObjectChange{ID: c.ID, Before: c.made, Revision: c.made.GetResourceVersion()}, now: c.made}
		waiting, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		return p.remove(ctx, waiting, back)
	}
	m, err := p.mapping(ctx, c.Before)
	if err != nil {
		return err
	}
	return p.persist(ctx, func(ctx context.Context, _ bool) error {
		_, err := p.apply(ctx, m, patch{object: restored(c.Before), force: true})
		return err
	})
}

// restored is an object to apply again as it was read.
func restored(o *resource.Object) *resource.Object {
	out := strip(o).DeepCopy()
	for _, field := range []string{"ownerReferences", "finalizers"} {
		if metadata, ok := out.Object["metadata"].(map[string]any); ok {
			delete(metadata, field)
		}
	}
	return out
}
