package kubernetes

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/planner"
	"github.com/gwctl/gwctl/providers"
)

// Apply makes the plan's changes, each after those that it needs, and waits
// until controllers have taken them. First it looks whether everything is as
// the plan has it: if not, nothing is changed. When a change fails, no other is
// begun; what was done is in the Result, or taken back where the options say so.
func (p *Provider) Apply(ctx context.Context, plan *planner.Plan, opts providers.ApplyOptions, events func(providers.Event)) (*providers.Result, error) {
	began := time.Now()
	a := &application{p: p, plan: plan, reporter: newReporter(plan, p.opts.Key, events)}
	for i := range plan.Objects {
		if oc := &plan.Objects[i]; oc.Provider == p.opts.Key {
			if err := complete(oc); err != nil {
				return nil, err
			}
			a.changes = append(a.changes, &change{ObjectChange: oc})
		}
	}
	if !slices.ContainsFunc(a.changes, func(c *change) bool { return c.Action != planner.NoOp }) {
		return nil, fmt.Errorf("the plan changes nothing for provider %s", p.opts.Key)
	}
	if err := p.verify(ctx, a.changes); err != nil {
		return nil, err
	}
	timeout := cmp.Or(opts.WaitTimeout, p.opts.WaitTimeout)
	waiting, cancel := context.WithTimeoutCause(ctx, timeout, errTimeout)
	defer cancel()
	waiting, stop := stoppable(waiting, opts.Stop)
	defer stop()
	err := a.makeChanges(ctx, waiting, max(opts.Parallelism, 1))
	var summary string
	if err == nil && opts.WaitFor != "none" {
		summary, err = a.wait(waiting, timeout)
	}
	if err != nil && opts.Rollback && ctx.Err() == nil {
		return a.takeBack(ctx, err)
	}
	result := a.result()
	if err != nil {
		return result, a.withRest(err)
	}
	a.reporter.end()
	result.Revision = opts.Revision
	result.Summary = append(result.Summary, fmt.Sprintf("%s: revision %s: %s%s in %s", p.opts.Key, opts.Revision, count(len(result.Done), "object", "objects"), summary, time.Since(began).Round(time.Millisecond)))
	return result, nil
}

// stoppable returns a context that ends also when stop is closed, because of
// ErrInterrupted.
func stoppable(ctx context.Context, stop <-chan struct{}) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		select {
		case <-stop:
			cancel(providers.ErrInterrupted)
		case <-ctx.Done():
		}
	}()
	return ctx, func() { cancel(nil); <-done }
}

// errTimeout is why a wait ended.
var errTimeout = errors.New("-wait-timeout is over")

// application is one Apply.
type application struct {
	p        *Provider
	plan     *planner.Plan
	changes  []*change
	order    []*change // those that were made, in that order
	reporter *reporter
}

// change is one object of the plan on its way.
type change struct {
	*planner.ObjectChange
	now  *resource.Object // as the cluster has it, managers included; nil where it is not there
	done bool
	open bool             // it is under way on the cluster, and not over
	made *resource.Object // as it is after the change
}

// complete refuses what no plan of gwctl says.
func complete(oc *planner.ObjectChange) error {
	switch oc.Action {
	case planner.NoOp, planner.Delete:
		if oc.Before != nil {
			return nil
		}
	case planner.Create:
		if oc.After != nil {
			return nil
		}
	case planner.Update:
		if oc.Before != nil && oc.After != nil {
			return nil
		}
	}
	return fmt.Errorf("the plan has %q of %s and does not say what: make a new plan", oc.Action, oc.ID)
}

const nothingChanged = "Nothing was changed."

func (a *application) result() *providers.Result {
	out := &providers.Result{}
	for _, c := range a.changes {
		if c.Action == planner.NoOp || !c.done {
			continue
		}
		out.Done = append(out.Done, c.ID)
		if c.made != nil {
			out.Live = append(out.Live, planner.Live{Object: strip(c.made), Revision: c.made.GetResourceVersion()})
		}
	}
	return out
}

// withRest adds to an error what was done and what was not.
func (a *application) withRest(err error) error {
	done, total := 0, 0
	for _, c := range a.changes {
		if c.Action != planner.NoOp {
			total++
			if c.done {
				done++
			}
		}
	}
	rest := fmt.Sprintf("%d of %s were made and stay as they are; the state says which, and the next apply goes on from there. With -rollback-on-failure they would be taken back.", done, count(total, "change", "changes"))
	if done == 0 {
		rest = nothingChanged
	}
	if slices.ContainsFunc(a.changes, func(c *change) bool { return c.open }) {
		rest = fmt.Sprintf("The deletion goes on in the cluster. %d of %s were made besides; the next plan sees what is left.", done, count(total, "change", "changes"))
	}
	if done == total {
		rest = "All was applied, and stays so. With -rollback-on-failure it would be taken back."
	}
	return withDetail(err, rest, rest == nothingChanged)
}

// withDetail adds to an error what the cluster has now, and whether that is what
// it had before.
func withDetail(err error, detail string, restored bool) error {
	if refused, ok := errors.AsType[*providers.RefusedError](err); ok {
		refused.Detail, refused.Restored = detail, restored
		return err
	}
	if stale, ok := errors.AsType[*providers.StaleError](err); ok {
		stale.Rest = detail
	}
	if conflict, ok := errors.AsType[*providers.ConflictError](err); ok {
		conflict.Rest = detail
	}
	return fmt.Errorf("%w. %s", err, detail)
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
