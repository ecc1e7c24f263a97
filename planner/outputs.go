package planner

import (
	"maps"
	"slices"
)

// outputs compares the output values. A sensitive one has no value here nor in
// the state, so it counts as unchanged once it is there.
func (pl *planning) outputs() map[string]OutputChange {
	out := map[string]OutputChange{}
	wanted := pl.in.Outputs
	if pl.in.Mode == Destroy {
		wanted = nil
		if pl.selected != nil {
			wanted = pl.in.PriorOutputs // some of it stays
		}
	}
	for name, o := range wanted {
		prior, ok := pl.in.PriorOutputs[name]
		c := OutputChange{Action: NoOp, Before: prior.Value, After: o.Value, Sensitive: o.Sensitive || prior.Sensitive}
		switch {
		case !ok:
			c.Action = Create
		case o.Sensitive != prior.Sensitive || !o.Sensitive && !equalValues(prior.Value, o.Value):
			c.Action = Update
		}
		if c.Sensitive {
			c.Before, c.After = nil, nil
		}
		out[name] = c
	}
	for name, prior := range pl.in.PriorOutputs {
		if _, ok := out[name]; ok {
			continue
		}
		c := OutputChange{Action: Delete, Before: prior.Value, Sensitive: prior.Sensitive}
		if c.Sensitive {
			c.Before = nil
		}
		out[name] = c
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
