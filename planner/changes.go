package planner

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gwctl/gwctl/internal/policy"
	"github.com/gwctl/gwctl/internal/resource"
)

// changes says what happens to each resource of configuration and state.
func (pl *planning) changes() []ResourceChange {
	out := make([]ResourceChange, 0, len(pl.addresses))
	for _, a := range pl.addresses {
		if !pl.isSelected(a) {
			continue
		}
		r, rec := pl.desired[a], pl.prior[a]
		if rec == nil {
			rec = &record{address: a}
		}
		switch {
		case r == nil:
			out = append(out, pl.removal(rec))
		case len(r.Objects) > 0 || len(rec.objects) > 0:
			out = append(out, pl.changeOf(r, rec))
		}
	}
	if len(out) == 0 {
		return nil
	}
	pl.bearShared(out)
	return out
}

// bearShared makes sure that every written object shows: a shared one may
// change in a field that none of its blocks has words for.
func (pl *planning) bearShared(changes []ResourceChange) {
	find := func(a resource.Address) *ResourceChange {
		i, ok := slices.BinarySearchFunc(changes, a, func(c ResourceChange, a resource.Address) int { return c.Address.Compare(a) })
		if !ok {
			return nil
		}
		return &changes[i]
	}
	for _, oc := range pl.objects {
		if oc.Action != Update || len(oc.Addresses) < 2 {
			continue
		}
		shown := slices.ContainsFunc(oc.Addresses, func(a resource.Address) bool {
			c := find(a)
			return c != nil && c.Action != NoOp
		})
		if c := find(oc.Addresses[0]); !shown && c != nil {
			c.Action = Update
			c.Reason = "its object, which other blocks share, changes in fields that no block shows"
		}
	}
}

// changeOf says what happens to a resource that is configured.
func (pl *planning) changeOf(r *resource.Resource, rec *record) ResourceChange {
	c := ResourceChange{
		Address:        r.Address,
		Previous:       rec.previous,
		Provider:       r.Provider,
		Action:         NoOp,
		Before:         r.Block,
		After:          r.Block,
		Range:          r.Range,
		DependsOn:      r.DependsOn,
		PreventDestroy: r.Lifecycle.PreventDestroy,
	}
	var created, existing, changed int
	var first *wanted // the object that the block is read from
	for _, o := range r.Objects {
		k := key{r.Provider, resource.IDOf(o)}
		c.Objects = append(c.Objects, k.id)
		w := pl.wanted[k]
		pl.decide(k, w)
		if first == nil {
			first = w
		}
		switch {
		case !w.exists:
			created++
		case w.differs == contentDiffer || w.differs == metadataOnly && !pl.onlyMoved(rec, w):
			changed++
			existing++
		default:
			existing++
		}
		c.Adopted = c.Adopted || w.adopted
	}
	dropped := 0
	for _, h := range rec.objects {
		if pl.wanted[h.key] == nil && pl.drop(h, r.Address) {
			dropped++
		}
	}

	switch {
	case created > 0 && existing == 0 && dropped > 0:
		c.Action = Replace
		c.Reason, c.Cause = pl.replaceReason(r, rec), CauseCannotUpdate
	case created > 0 && existing == 0:
		c.Action = Create
		if len(rec.objects) > 0 {
			c.Reason = "gone from the target since the last apply"
		}
	case len(rec.objects) == 0 && existing > 0 && pl.isHeld(r):
		c.Action, c.Adopted = Create, false
		c.Reason = "others share its object, which is live"
	case created+changed+dropped > 0:
		c.Action = Update
	case !rec.previous.IsZero():
		c.Action = Move
		c.Reason = rec.moveReason
	}
	if dropped > 0 && r.Lifecycle.PreventDestroy {
		pl.failPrevented(r.Address, "its object would be deleted: "+pl.replaceReason(r, rec), r)
	}
	pl.putInWords(&c, rec, first)
	if c.Adopted && c.Reason == "" {
		c.Reason = "live already: comes into the state"
	}
	return c
}

// putInWords fills in what the block was and becomes. It is left as written
// where nothing changes, so that cost follows the change.
func (pl *planning) putInWords(c *ResourceChange, rec *record, first *wanted) {
	if c.Action == NoOp || c.Action == Move {
		return
	}
	var from key
	switch {
	case first != nil && first.exists:
		from = key{c.Provider, resource.IDOf(first.object)}
	case c.Action != Create && len(rec.objects) > 0:
		from = rec.objects[0].key
	}
	before := pl.live[from].Object
	c.Before = pl.wordsBefore(rec, from.provider, before)
	if first != nil {
		if b := pl.words(c.Provider, c.Address, first.stamped); b != nil {
			c.After = b
		}
	}
	switch {
	case c.Action != Update:
	case first == nil:
		c.Reason = pl.replaceReason(pl.desired[c.Address], rec)
	case !first.exists:
		c.Reason = "gone in part from the target"
	case Diff(c.Before, c.After).Action != NoOp:
		c.Reason = pl.updateReason(first, before)
	case len(first.makers) > 1 || len(markedAddresses(before)) > 1:
		// Another block's part of a shared object changes, not this one's.
		c.Action, c.Before = NoOp, c.After
		if !rec.previous.IsZero() {
			c.Action, c.Reason = Move, rec.moveReason
		}
	case c.Adopted && first.differs == metadataOnly:
		c.Action, c.Before = NoOp, c.After // it gets its owner's marks, and stays as it is
	case first.differs == same:
		c.Reason = "one of its objects changes"
	default:
		c.Reason = pl.hiddenReason(first, before)
	}
}

// isHeld reports whether the state knows an object of r as that of other blocks.
func (pl *planning) isHeld(r *resource.Resource) bool {
	if pl.holders == nil {
		pl.holders = pl.countHolders()
	}
	return slices.ContainsFunc(r.Objects, func(o *resource.Object) bool { return pl.holders[key{r.Provider, resource.IDOf(o)}] > 0 })
}

// wordsBefore is what a resource was in an object that is live: under the address
// that it had then.
func (pl *planning) wordsBefore(rec *record, provider string, o *resource.Object) *resource.Block {
	if rec.previous.IsZero() {
		return pl.words(provider, rec.address, o)
	}
	b := pl.words(provider, rec.previous, o)
	if b != nil {
		b.Label = rec.address.Name
	}
	return b
}

// onlyMoved reports whether the address is all that differs between a moved
// resource's object and the live one.
func (pl *planning) onlyMoved(rec *record, w *wanted) bool {
	if rec.previous.IsZero() || w.adopted {
		return false
	}
	k := key{w.makers[0].Provider, resource.IDOf(w.object)}
	live := pl.live[k].Object
	moved := withMetadata(live, func(_, annotations map[string]any) {
		annotations[resource.AnnotationAddress] = mark(w.stamped, "annotations", resource.AnnotationAddress)
		if lines, ok := annotations[policy.AnnotationRateLimits].(string); ok {
			annotations[policy.AnnotationRateLimits] = policy.MoveOrigins(lines, rec.previous, rec.address)
		}
	})
	return equalOwnMetadata(w.stamped, moved, pl.last[k])
}

func (pl *planning) updateReason(w *wanted, live *resource.Object) string {
	k := key{w.makers[0].Provider, resource.IDOf(live)}
	last := pl.last[k]
	switch {
	case last == nil:
		return "live already, and not as configured"
	case !pl.drifted[k]:
		return ReasonConfiguration
	case equalContent(last.Object, w.stamped.Object):
		return "changed on the target since the last apply"
	}
	return "changed in the configuration, and on the target since the last apply"
}

// hiddenReason explains an update that the block's words do not show.
func (pl *planning) hiddenReason(w *wanted, live *resource.Object) string {
	if w.differs == contentDiffer {
		fields := pl.compare.differingFields(w.stamped, live, 3)
		return "fields differ that a block does not show: " + strings.Join(fields, ", ")
	}
	switch pl.holderOf(live) {
	case nobody:
		return "had no owner"
	case otherState:
		return "comes under this state's lineage"
	}
	return "its labels or annotations differ"
}

func (pl *planning) replaceReason(r *resource.Resource, rec *record) string {
	switch {
	case len(r.Objects) == 0:
		return "the block makes no object any more"
	case rec.objects[0].key.provider != r.Provider:
		return fmt.Sprintf("provider %s applies it now, not %s", r.Provider, rec.objects[0].key.provider)
	}
	return fmt.Sprintf("its object was %s, is %s now, and cannot be renamed", rec.objects[0].key.id, resource.IDOf(r.Objects[0]))
}

// removal says what happens to a resource that is not configured.
func (pl *planning) removal(rec *record) ResourceChange {
	c := ResourceChange{
		Address:        rec.address,
		Previous:       rec.previous,
		Provider:       rec.provider,
		Action:         Forget,
		DependsOn:      rec.dependsOn,
		PreventDestroy: rec.preventDestroy,
	}
	keep := pl.in.Mode != Destroy && pl.keeps(rec.address)
	deleted, shared, live := 0, false, 0
	for i, h := range rec.objects {
		c.Objects = append(c.Objects, h.key.id)
		if i == 0 {
			c.Before = pl.words(rec.provider, rec.address, pl.live[h.key].Object)
		}
		if _, ok := pl.live[h.key]; ok {
			live++
		}
		switch {
		case pl.wanted[h.key] != nil:
			shared = true
		case keep:
			pl.release(h, rec.address)
		case pl.drop(h, rec.address):
			deleted++
		}
	}
	switch {
	case keep:
		c.Reason = "a removed block says that it stays live"
	case deleted > 0:
		c.Action = Delete
		c.Reason, c.Cause = pl.removalReason(rec)
	case shared:
		c.Action = Delete
		c.Reason = "not in the configuration any more; others share its object, which stays"
		c.Cause = CauseNoConfig
	case live > 0:
		c.Reason = "not owned any more"
	default:
		c.Reason = "gone from the target already"
	}
	if c.Action != Delete {
		return c
	}
	prevented := rec.preventDestroy
	r := pl.written[rec.address]
	if r != nil {
		prevented = r.Lifecycle.PreventDestroy
	}
	if prevented {
		why := "this plan would destroy it"
		if pl.in.Mode != Destroy {
			why = "it is " + c.Reason
		}
		pl.failPrevented(rec.address, why, r)
	}
	return c
}

func (pl *planning) removalReason(rec *record) (string, Cause) {
	switch {
	case pl.in.Mode == Destroy:
		return "", ""
	case rec.unknown:
		return "marked as this owner's, but neither the configuration nor the state knows it", CauseNoConfig
	case rec.address.Key != "" && pl.blockExists(rec.address):
		if rec.address.IsCounted() {
			return fmt.Sprintf("index %s is out of range for count", rec.address.Key), CauseNoIndex
		}
		return fmt.Sprintf("key %s is not in for_each any more", rec.address.Key), CauseNoKey
	}
	return "not in the configuration any more", CauseNoConfig
}

// blockExists reports whether other instances of a's block are configured.
func (pl *planning) blockExists(a resource.Address) bool {
	if pl.blocks == nil {
		pl.blocks = map[resource.Address]bool{}
		for b := range pl.desired {
			b.Key = ""
			pl.blocks[b] = true
		}
	}
	a.Key = ""
	return pl.blocks[a]
}

func (pl *planning) failPrevented(a resource.Address, why string, r *resource.Resource) {
	detail := fmt.Sprintf("%s has lifecycle.prevent_destroy, yet %s. If that is meant, set prevent_destroy = false and apply that first; else bring the block back as it was.", a, why)
	if r == nil {
		pl.fail("Resource must not be destroyed", detail, nil)
		return
	}
	pl.fail("Resource must not be destroyed", detail, r.Range.Ptr())
}
