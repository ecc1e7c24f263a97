package main

import (
	"bytes"
	"encoding/json"
	"maps"

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
		value, err := outputValue(o)
		if err != nil {
			continue // as if there were none: it is written anew
		}
		out[name] = planner.Output{Value: value, Sensitive: o.Sensitive}
	}
	return out
}

// outputValue is nil for what is sensitive.
func outputValue(o state.Output) (any, error) {
	if o.Sensitive {
		return nil, nil
	}
	return resource.ParseValue(o.Value)
}

// record returns the state after the object changes of a plan that were done.
// What was not done stays as it was remembered.
func record(prior *state.State, plan *planner.Plan, done func(provider string, id resource.ID) bool) *state.State {
	next := prior.Clone()
	next.Serial++
	next.Gwctl = version
	next.Lineage = plan.Owner.Lineage
	if next.Targets == nil {
		next.Targets = map[string]string{}
	}
	maps.Copy(next.Targets, plan.Targets)
	next.Resources = next.Resources[:0]
	for _, r := range plan.Records(records(prior), done) {
		next.Resources = append(next.Resources, state.Record(r))
	}
	return next
}

// sameRecords reports whether two states remember the same resources.
func sameRecords(a, b *state.State) bool {
	before, errBefore := json.Marshal(a.Resources)
	after, errAfter := json.Marshal(b.Resources)
	return errBefore == nil && errAfter == nil && bytes.Equal(before, after)
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
