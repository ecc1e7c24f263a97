package main

import (
	"encoding/json"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/planner"
	"github.com/gwctl/gwctl/state"
)

// records is the state as the planner takes it.
func records(st *state.State) []planner.Record {
	out := make([]planner.Record, len(st.Resources))
	for i, r := range st.Resources {
		out[i] = planner.Record(r)
	}
	return out
}

func priorOutputs(st *state.State) map[string]planner.Output {
	out := map[string]planner.Output{}
	for name, o := range st.Outputs {
		var value any
		if !o.Sensitive && json.Unmarshal(o.Value, &value) != nil {
			continue // as if there were none: it is written anew
		}
		out[name] = planner.Output{Value: value, Sensitive: o.Sensitive}
	}
	return out
}

// record returns the state after the object changes of a plan that were done.
// What was not done stays as it was remembered.
func record(prior *state.State, plan *planner.Plan, done func(provider string, id resource.ID) bool) *state.State {
	next := prior.Clone()
	next.Serial++
	next.Gwctl = version
	next.Lineage = plan.Owner.Lineage
	for key, identity := range plan.Targets {
		next.Targets[key] = identity
	}

	type key struct {
		provider string
		id       resource.ID
	}
	remembered := map[key]*resource.Object{}
	before := map[resource.Address]state.Record{}
	for _, r := range prior.Resources {
		before[r.Address] = r
		for _, o := range r.Objects {
			remembered[key{r.Provider, resource.IDOf(o)}] = o
		}
	}
	for _, ch := range plan.Objects {
		k := key{ch.Provider, ch.ID}
		switch {
		case ch.Action != planner.NoOp && !done(ch.Provider, ch.ID):
		case ch.Action == planner.Delete:
			delete(remembered, k)
		case ch.After != nil:
			remembered[k] = ch.After
		}
	}

	planned := map[resource.Address]bool{}
	next.Resources = next.Resources[:0:0]
	keep := func(r state.Record, ids []resource.ID) {
		r.Objects = nil
		for _, id := range ids {
			if o, ok := remembered[key{r.Provider, id}]; ok {
				r.Objects = append(r.Objects, o)
			}
		}
		if len(r.Objects) > 0 || len(ids) == 0 {
			next.Resources = append(next.Resources, r)
		}
	}
	for _, ch := range plan.Changes {
		planned[ch.Address] = true
		if !ch.Previous.IsZero() {
			planned[ch.Previous] = true
		}
		r := state.Record{Address: ch.Address, Provider: ch.Provider, DependsOn: ch.DependsOn, PreventDestroy: ch.PreventDestroy}
		switch ch.Action {
		case planner.Forget:
		case planner.Delete:
			if left := undeleted(ch.Objects, func(id resource.ID) bool { _, ok := remembered[key{ch.Provider, id}]; return ok }); len(left) > 0 {
				keep(r, left)
			}
		default:
			ids := ch.Objects
			// A replacement that stopped half way has both.
			old := before[ch.Address]
			if !ch.Previous.IsZero() {
				old = before[ch.Previous]
			}
			for _, o := range old.Objects {
				if id := resource.IDOf(o); !contains(ids, id) {
					if _, ok := remembered[key{ch.Provider, id}]; ok {
						ids = append(ids[:len(ids):len(ids)], id)
					}
				}
			}
			keep(r, ids)
		}
	}
	// What -target left out.
	for _, r := range prior.Resources {
		if !planned[r.Address] {
			next.Resources = append(next.Resources, r)
		}
	}
	return next
}

func undeleted(ids []resource.ID, there func(resource.ID) bool) []resource.ID {
	var left []resource.ID
	for _, id := range ids {
		if there(id) {
			left = append(left, id)
		}
	}
	return left
}

func contains(ids []resource.ID, id resource.ID) bool {
	for _, other := range ids {
		if other == id {
			return true
		}
	}
	return false
}

// recordOutputs writes the outputs of the plan; only after an apply that did
// all it was to do.
func recordOutputs(st *state.State, plan *planner.Plan) {
	st.Outputs = map[string]state.Output{}
	for name, o := range plan.Outputs {
		if o.Action == planner.Delete {
			continue
		}
		if o.Sensitive {
			st.Outputs[name] = state.Output{Sensitive: true}
			continue
		}
		if value, err := json.Marshal(o.After); err == nil {
			st.Outputs[name] = state.Output{Value: value}
		}
	}
}
