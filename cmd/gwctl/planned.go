package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/gwctl/gwctl/internal/diag"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/planner"
	"github.com/gwctl/gwctl/providers"
	"github.com/gwctl/gwctl/state"
)

// fromConfiguration plans what the *.hcl files say.
var fromConfiguration = planSource{
	open: func(o *operation) (*workspace, hcl.Diagnostics) { return o.c.open(o.soft, &o.flags.planFlags) },
	plan: func(o *operation) planned {
		plan, diags := o.c.plan(o.soft, o.w, &o.flags.planFlags)
		return planned{plan: plan, diags: diags}
	},
}

// fromFile takes a plan that was saved; showing it was its approval.
func fromFile(path string) planSource {
	var plan *planner.Plan
	return planSource{
		open: func(*operation) (*workspace, hcl.Diagnostics) {
			var err error
			if plan, err = readPlan(path); err != nil {
				return nil, explainError(err)
			}
			return &workspace{config: configOf(plan)}, nil
		},
		plan: func(o *operation) planned {
			if err := o.checkSaved(plan, path); err != nil {
				return planned{diags: explainError(err)}
			}
			targets, diags := o.c.openTargets(o.soft, o.w.config, plan.Targets, keysOf(plan))
			o.w.targets = targets
			return planned{plan: plan, diags: diags, approved: true}
		},
	}
}

// checkSaved refuses a plan that the state has outrun.
func (o *operation) checkSaved(plan *planner.Plan, path string) error {
	var serial uint64
	lineage := plan.StateLineage
	if o.w.state != nil {
		serial, lineage = o.w.state.Serial, o.w.state.Lineage
	}
	again := fmt.Sprintf("Make it again: gwctl plan -out=%s", path)
	switch {
	case plan.Errored:
		return fmt.Errorf("%s was made with errors, so it cannot be applied. %s", path, again)
	case !plan.Refreshed:
		return fmt.Errorf("%s was made with -refresh=false: it knows only what the state remembers, so it cannot be applied. Make it again without that flag", path)
	case o.w.state == nil && plan.StateSerial > 0:
		return fmt.Errorf("%s belongs to %q, and was made from serial %d of its state. That state is elsewhere: there is none at %s. Apply the plan in the folder that it was made in",
			path, plan.Owner.Name, plan.StateSerial, o.w.store.Describe())
	case plan.StateLineage != "" && plan.StateLineage != lineage:
		return fmt.Errorf("%s belongs to %q with a state of lineage %s, and the state at %s has lineage %s. Apply the plan in the folder that it was made in. %s",
			path, plan.Owner.Name, plan.StateLineage, o.w.store.Describe(), lineage, again)
	case plan.StateSerial != serial || plan.StateLineage != lineage:
		return fmt.Errorf("%s is stale: it was made from serial %d of the state, which is at %d now, so something was applied in between. %s",
			path, plan.StateSerial, serial, again)
	}
	return nil
}

// keysOf returns the providers that a plan needs.
func keysOf(plan *planner.Plan) map[string]bool {
	keys := map[string]bool{}
	for key := range plan.Targets {
		keys[key] = true
	}
	return keys
}

// sourcesIn reads the files that a saved plan points into, for the lines that
// errors show. A file that is gone shows no lines.
func sourcesIn(plan *planner.Plan) diag.Sources {
	sources := diag.Sources{}
	add := func(r hcl.Range) {
		if r.Filename == "" || sources[r.Filename] != nil {
			return
		}
		if src, err := os.ReadFile(r.Filename); err == nil {
			sources[r.Filename] = &hcl.File{Bytes: src}
		}
	}
	for i := range plan.Objects {
		for _, r := range plan.Objects[i].Sources {
			add(r)
		}
	}
	for i := range plan.Changes {
		add(plan.Changes[i].Range)
	}
	return sources
}

// fromRevision plans the way back to what was live.
func fromRevision(revision string) planSource {
	return planSource{
		open: func(o *operation) (*workspace, hcl.Diagnostics) {
			cfg, diags := o.c.loadSettings(o.soft, o.flags.variables)
			return &workspace{config: cfg, back: true}, diags
		},
		plan: func(o *operation) planned {
			plan, diags := o.planRevision(revision)
			return planned{plan: plan, diags: diags}
		},
	}
}

func (o *operation) planRevision(revision string) (*planner.Plan, hcl.Diagnostics) {
	in, diags := o.flags.planInput(o.w)
	if diags.HasErrors() {
		return nil, diags
	}
	in.Outputs = in.PriorOutputs
	in.Sources = func(*resource.Resource, *resource.Object) resource.Sources { return nil }
	in.Refreshed = true
	if diags = o.c.refresh(o.soft, o.w, &in); diags.HasErrors() {
		return nil, diags
	}
	if len(o.w.targets) == 0 {
		return nil, explainError(fmt.Errorf("nothing of %q was applied yet, so there is nothing to go back to", o.w.config.Owner))
	}
	names := map[string]string{}
	for _, t := range o.w.targets {
		was, name, err := o.revision(t, revision)
		if err != nil {
			return nil, explainError(err)
		}
		names[t.key] = name
		o.view.Note(fmt.Sprintf("Going back to revision %s of provider %s.", name, t.key))
		for _, object := range was {
			in.Desired = append(in.Desired, o.rebuilt(t.key, object)...)
		}
	}
	plan, diags := planner.Make(in)
	if !diags.HasErrors() {
		diags = append(diags, rehearse(o.soft, o.w.targets, plan, o.flags.parallelism, func() { trace(plan, in) })...)
	}
	if plan != nil {
		reasonsFromRevisions(plan, names)
	}
	return plan, diags
}

// revision returns what was applied to a target at a revision: as the target
// remembers it, else as the state does.
func (o *operation) revision(t target, revision string) ([]*resource.Object, string, error) {
	if h, ok := t.provider.(providers.Historian); ok {
		live, name, err := h.Revision(o.soft, o.w.config.Owner, revision)
		objects := make([]*resource.Object, len(live))
		for i := range live {
			objects[i] = live[i].Object
		}
		return objects, name, err
	}
	var number *uint64
	if revision != "" {
		n, err := strconv.ParseUint(revision, 10, 64)
		if err != nil {
			return nil, "", fmt.Errorf("%q is no revision: it wants a whole number, such as apply reports", revision)
		}
		number = &n
	}
	if o.w.state == nil {
		return nil, "", &state.RevisionError{}
	}
	objects, n, err := o.w.state.At(t.key, number)
	if err == nil && revision == "" && len(objects) == 0 {
		err = fmt.Errorf("before revision %d, the first one, nothing was applied: going back would destroy everything. If that is meant, say so: gwctl rollback %d", n+1, n)
	}
	return objects, strconv.FormatUint(n, 10), err
}

// reasonsFromRevisions gives the removals of a way back their reason: it was
// planned without the configuration, which may well have what goes.
func reasonsFromRevisions(plan *planner.Plan, names map[string]string) {
	for i := range plan.Changes {
		c := &plan.Changes[i]
		if c.Action != planner.Delete || c.Cause == "" {
			continue
		}
		_, rest, more := strings.Cut(c.Reason, "; ")
		c.Reason = "not there at revision " + names[c.Provider]
		if more {
			c.Reason += "; " + rest
		}
	}
}

// rebuilt returns the resources that an object says it was made from.
func (o *operation) rebuilt(provider string, object *resource.Object) []*resource.Resource {
	var out []*resource.Resource
	for _, a := range planner.AddressesOf(object) {
		r := &resource.Resource{Address: a, Provider: provider, Objects: []*resource.Object{object}}
		if o.w.state != nil {
			if was, ok := o.w.state.Find(a); ok {
				r.DependsOn, r.Lifecycle.PreventDestroy = was.DependsOn, was.PreventDestroy
			}
		}
		out = append(out, r)
	}
	return out
}
