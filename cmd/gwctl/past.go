package main

import (
	"maps"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/planner"
	"github.com/gwctl/gwctl/providers"
	"github.com/gwctl/gwctl/state"
)

// past returns what was changed on targets that keep no history, as it was.
func (o *operation) past(before *state.State, plan *planner.Plan, done map[string]map[resource.ID]bool) []state.Past {
	applied := map[string]map[resource.ID]*resource.Object{}
	for _, t := range o.w.targets {
		if _, ok := t.provider.(providers.Historian); !ok {
			applied[t.key] = map[resource.ID]*resource.Object{}
		}
	}
	for _, r := range before.Resources {
		for _, object := range r.Objects {
			if applied[r.Provider] != nil {
				applied[r.Provider][resource.IDOf(object)] = object
			}
		}
	}
	var out []state.Past
	for i := range plan.Objects {
		oc := &plan.Objects[i]
		if applied[oc.Provider] == nil || oc.Action == planner.NoOp || !done[oc.Provider][oc.ID] {
			continue
		}
		was := applied[oc.Provider][oc.ID]
		if was == nil {
			was = found(oc)
		}
		out = append(out, state.Past{Provider: oc.Provider, ID: oc.ID, Object: was})
	}
	return out
}

// found is what an object was that the state did not know: nil for a new one.
// What was adopted stays ours when it is taken back.
func found(oc *planner.ObjectChange) *resource.Object {
	if oc.Before == nil || oc.After == nil {
		return oc.Before
	}
	content := maps.Clone(oc.Before.Object)
	content["metadata"] = oc.After.Object["metadata"]
	return &resource.Object{Object: content}
}
