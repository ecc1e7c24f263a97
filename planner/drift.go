package planner

import (
	"slices"

	"github.com/gwctl/gwctl/internal/resource"
)

// drift finds what moved on the target since the last apply.
func (pl *planning) drift() []ResourceChange {
	if !pl.in.Refreshed {
		return nil
	}
	var out []ResourceChange
	for _, a := range pl.addresses {
		rec := pl.prior[a]
		if rec == nil || !pl.isSelected(a) {
			continue
		}
		c := ResourceChange{Address: a, Previous: rec.previous, Provider: rec.provider, Action: NoOp, DependsOn: rec.dependsOn, PreventDestroy: rec.preventDestroy}
		var before, after *resource.Object
		for _, h := range rec.objects {
			last := pl.last[h.key]
			if last == nil {
				continue // the state does not know it
			}
			live, ok := pl.live[h.key]
			differs := contentDiffer
			if ok {
				var err error
				if differs, err = pl.compare.compare(last, live.Object, nil); err != nil {
					pl.fail("Objects cannot be compared", err.Error()+".", nil)
				}
			}
			c.Objects = append(c.Objects, h.key.id)
			if differs == same {
				continue
			}
			pl.drifted[h.key] = true
			c.Writers = append(c.Writers, pl.writersOf(last, live)...)
			if c.Action == NoOp {
				before, after = last, live.Object
				c.Action = Update
			}
		}
		if c.Action == NoOp {
			continue
		}
		gone := !slices.ContainsFunc(rec.objects, func(h held) bool { _, ok := pl.live[h.key]; return ok })
		c.Reason = "changed on the target since the last apply"
		if gone {
			c.Action = Delete
			c.Reason = "gone from the target since the last apply"
		}
		c.Before, c.After = pl.wordsBefore(rec, rec.provider, before), pl.wordsBefore(rec, rec.provider, after)
		if !gone && Diff(c.Before, c.After).Action == NoOp {
			c.Reason = "its labels or annotations changed on the target"
			if after != nil && !equalContent(before.Object, after.Object) {
				c.Reason = "fields changed on the target that the block does not show"
			}
		}
		out = append(out, c)
	}
	return out
}

// refresh says what a refresh-only plan takes into the state: objects as they
// are live, without those that are gone.
func (pl *planning) refresh() []ResourceChange {
	var out []ResourceChange
	for _, a := range pl.addresses {
		rec := pl.prior[a]
		if rec == nil || !pl.isSelected(a) {
			continue
		}
		c := ResourceChange{
			Address: a, Previous: rec.previous, Provider: rec.provider, Action: NoOp, Adopted: rec.unknown,
			DependsOn: pl.deps[a], PreventDestroy: rec.preventDestroy,
		}
		for _, h := range rec.objects {
			live, ok := pl.live[h.key]
			if !ok {
				continue
			}
			c.Objects = append(c.Objects, h.key.id)
			if !pl.drifted[h.key] && pl.last[h.key] != nil {
				continue
			}
			pl.objects[h.key] = &ObjectChange{
				ID: h.key.id, Provider: h.key.provider, Addresses: []resource.Address{a},
				Action: NoOp, Before: live.Object, After: live.Object, Revision: live.Revision,
			}
		}
		switch {
		case len(c.Objects) == 0:
			c.Action = Forget
			c.Reason = "gone from the target already"
		case !rec.previous.IsZero():
			c.Action, c.Reason = Move, rec.moveReason
		case c.Adopted:
			c.Reason = "live already: comes into the state"
		}
		if r := pl.desired[a]; r != nil {
			c.Before, c.After, c.Range = r.Block, r.Block, r.Range
			c.PreventDestroy = r.Lifecycle.PreventDestroy
		}
		out = append(out, c)
	}
	return out
}
