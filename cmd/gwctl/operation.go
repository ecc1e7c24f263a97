package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/cobra"

	"github.com/gwctl/gwctl/internal/diag"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/planner"
	"github.com/gwctl/gwctl/providers"
	"github.com/gwctl/gwctl/state"
	"github.com/gwctl/gwctl/views"
)

// operation is one change of a target, from the lock to the report.
type operation struct {
	c     *cli
	name  string // "apply", "destroy", "rollback"
	flags *applyFlags
	view  views.Apply
	w     *workspace
	lease state.Lease
	soft  context.Context // ends with the first interrupt
	hard  context.Context // ends with the second one
	began bool            // the first change may have been made
}

// planned is a plan and what was noticed while it was made.
type planned struct {
	plan     *planner.Plan
	diags    hcl.Diagnostics
	approved bool // a saved plan: whoever saved it has seen it
}

// planSource is where the plan of an operation comes from.
type planSource struct {
	// open loads the configuration, or what stands for it.
	open func(*operation) (*workspace, hcl.Diagnostics)
	// plan makes the plan, under the state's lock.
	plan func(*operation) planned
}

// operate plans, asks and applies under the state's lock.
func (c *cli) operate(cmd *cobra.Command, f *applyFlags, name string, source planSource) (err error) {
	if err := f.check(cmd); err != nil {
		return err
	}
	o := &operation{c: c, name: name, flags: f, view: &oneAtATime{view: views.NewApply(c.viewOptions(f.json, f.concise), name)}}
	o.soft, o.hard = cmd.Context(), c.hard

	var diags hcl.Diagnostics
	if o.w, diags = source.open(o); diags.HasErrors() {
		return o.fail(diags)
	}
	if o.w.store, err = o.c.openStore(o.w.config); err != nil {
		return o.fail(explainError(err))
	}
	if o.lease, err = o.w.store.Lock(o.soft, name, f.lockTimeout); err != nil {
		return o.fail(explainError(err))
	}
	defer func() {
		// The lock ends also after an interrupt.
		if releaseErr := o.lease.Release(context.WithoutCancel(o.hard)); releaseErr != nil && err == nil {
			err = o.fail(explainError(releaseErr))
		}
	}()
	if from := o.lease.Info().TakenFrom; from != nil {
		o.view.Note(fmt.Sprintf("The lock of %s (%s, since %s) had expired, and was taken over.", from.Owner, from.Operation, from.Acquired.Format("15:04:05")))
	}
	if o.w.state, err = o.w.store.Read(o.soft); err != nil {
		return o.fail(explainError(err))
	}
	p := source.plan(o)
	p.diags = append(diags, p.diags...)
	if p.diags.HasErrors() {
		if p.plan != nil && p.plan.Refused {
			o.view.Plan(p.plan, nil, nil)
		}
		return o.fail(p.diags)
	}
	return o.run(p)
}

// run shows, asks and applies.
func (o *operation) run(p planned) error {
	if !p.approved || o.flags.json {
		o.view.Plan(p.plan, diag.Tidy(p.diags), o.w.config.Sources)
	}
	if !p.plan.Empty() && !p.approved && !o.flags.autoApprove {
		if err := o.approve(p.plan); err != nil {
			return o.fail(explainError(err))
		}
	}
	if err := o.soft.Err(); err != nil {
		return o.fail(explainError(err))
	}
	defer context.AfterFunc(o.soft, o.view.Interrupted)()
	next, err := o.execute(p.plan)
	if err != nil {
		return o.fail(explain(p.plan, err))
	}
	o.view.Done(p.plan, outputViews(next.Outputs))
	return nil
}

// approve asks; only "yes" approves.
func (o *operation) approve(plan *planner.Plan) error {
	needed := fmt.Errorf("%s needs an approval, and nobody can be asked: say -auto-approve, or apply a saved plan", o.name)
	if !o.flags.input || o.flags.json {
		return needed
	}
	question := "Do you want to perform these actions?"
	switch {
	case plan.Mode == planner.Destroy:
		question = fmt.Sprintf("Do you really want to destroy everything that %q owns?", plan.Owner.Name)
	case o.name == "rollback":
		question = "Do you want to go back to this?"
	}
	answer, err := o.c.ask(o.soft, question+"\n  Only \"yes\" will be accepted to approve.\n\n  Enter a value: ")
	switch {
	case errors.Is(err, errNotInteractive):
		return needed
	case o.soft.Err() != nil:
		return errInterrupted
	case err != nil:
		return err
	case answer != "yes":
		return fmt.Errorf("%s cancelled: nothing was changed", o.name)
	}
	return nil
}

// execute makes the changes and writes the state: before the first change, so
// that the lineage which objects carry is never lost and nobody changes
// anything whose lock is lost, and after the last.
func (o *operation) execute(plan *planner.Plan) (*state.State, error) {
	st := o.w.state
	if st == nil {
		st = state.New(plan.Owner.Name)
		st.Lineage = plan.Owner.Lineage
	}
	if plan.Empty() {
		// What only the state has to remember makes no plan, and is kept.
		next := record(st, plan, func(string, resource.ID) bool { return true })
		if o.w.state == nil || sameRecords(st, next) {
			return st, nil
		}
		return next, o.lease.Write(o.hard, next)
	}
	st = st.Clone()
	st.Serial++
	st.Gwctl = version
	if err := o.lease.Write(o.hard, st); err != nil {
		return nil, err
	}
	o.began = true
	o.view.Started(plan)
	done, applyErr := o.applyTargets(plan, strconv.FormatUint(st.NextRevision(), 10))
	next := record(st, plan, func(provider string, id resource.ID) bool { return done[provider][id] })
	next.Remember(o.past(st, plan, done))
	if applyErr == nil {
		recordOutputs(next, plan)
	}
	// What was done is written down also after a second interrupt.
	if err := o.lease.Write(context.WithoutCancel(o.hard), next); err != nil {
		return nil, errors.Join(applyErr, fmt.Errorf("the state could not be written; the next plan finds what is live by its labels: %w", err))
	}
	return next, applyErr
}

// applyTargets applies target by target and stops at the first that fails. It
// returns the objects that are as planned, by provider.
func (o *operation) applyTargets(plan *planner.Plan, revision string) (map[string]map[resource.ID]bool, error) {
	done := map[string]map[resource.ID]bool{}
	for _, t := range o.w.targets {
		if !touches(plan, t.key) {
			continue
		}
		waiting := &patience{show: o.view.Progress, after: !o.flags.json}
		result, err := t.provider.Apply(o.hard, plan, providers.ApplyOptions{
			WaitFor:     o.flags.waitFor,
			WaitTimeout: o.flags.waitTimeout,
			Adopt:       o.flags.adopt || plan.Counts().Adopt > 0, // a saved plan has said so
			Parallelism: o.flags.parallelism,
			Revision:    revision,
			Stop:        o.soft.Done(),
			Rollback:    o.flags.rollback,
		}, waiting.progress)
		waiting.stop()
		if result != nil {
			done[t.key] = map[resource.ID]bool{}
			for _, id := range result.Done {
				done[t.key][id] = true
			}
			o.view.Summary(result.Summary)
		}
		if err != nil {
			return done, err
		}
	}
	return done, nil
}

// touches reports whether the plan changes anything on a target.
func touches(plan *planner.Plan, key string) bool {
	for i := range plan.Objects {
		if plan.Objects[i].Provider == key && plan.Objects[i].Action != planner.NoOp {
			return true
		}
	}
	return false
}

// fail reports and returns the exit.
func (o *operation) fail(diags hcl.Diagnostics) error {
	if o.soft.Err() != nil && !o.began {
		diags = explainError(errInterrupted) // whatever it broke off
	}
	var sources diag.Sources
	if o.w != nil && o.w.config != nil {
		sources = o.w.config.Sources
	}
	o.view.Failed(diag.Tidy(diags), sources)
	return errReported
}
