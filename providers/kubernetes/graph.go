package kubernetes

import (
	"context"
	"errors"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/planner"
	"github.com/gwctl/gwctl/providers"
)

// makeChanges makes each change once those are made that it needs, some at a
// time. After a failure or an interrupt it begins no other, and waits for those
// under way.
func (a *application) makeChanges(ctx, waiting context.Context, workers int) error {
	waits := make(map[*change]int, len(a.changes))
	users := map[resource.ID][]*change{}
	needs := needsOf(a.changes)
	var ready []*change
	left := 0
	for _, c := range a.changes {
		if c.Action == planner.NoOp {
			continue
		}
		left++
		for need := range needs[c.ID] {
			waits[c]++
			users[need] = append(users[need], c)
		}
		if waits[c] == 0 {
			ready = append(ready, c)
		}
	}

	type end struct {
		change *change
		err    error
	}
	ends := make(chan end)
	var errs []error
	running := 0
	for left > 0 {
		for len(ready) > 0 && running < workers && len(errs) == 0 && ctx.Err() == nil && context.Cause(waiting) != providers.ErrInterrupted {
			c := ready[0]
			ready = ready[1:]
			running++
			go func() { ends <- end{c, a.make(ctx, waiting, c)} }()
		}
		if running == 0 {
			break
		}
		e := <-ends
		running--
		left--
		if e.err != nil {
			errs = append(errs, e.err)
			continue
		}
		e.change.done = true
		a.order = append(a.order, e.change)
		a.reporter.done(e.change)
		for _, u := range users[e.change.ID] {
			if waits[u]--; waits[u] == 0 {
				ready = append(ready, u)
			}
		}
	}
	switch {
	case len(errs) > 0 || left == 0:
	case ctx.Err() != nil:
		return ctx.Err()
	case context.Cause(waiting) == providers.ErrInterrupted:
		return providers.ErrInterrupted
	}
	if len(errs) == 0 && left > 0 {
		return errors.New("the plan's changes wait for each other: make a new plan")
	}
	return gather(errs, "")
}
