package planner

import (
	"fmt"
	"maps"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/internal/split"
)

// decide finds out what has to happen to a wanted object, once for all blocks
// that make it.
func (pl *planning) decide(k key, w *wanted) {
	if w.decided {
		return
	}
	w.decided = true
	addresses := pl.makersOf(k)
	w.stamped = pl.stamp(k.provider, w.object, addresses)
	for _, r := range w.makers {
		pl.checkIgnored(r)
	}

	change := &ObjectChange{ID: k.id, Provider: k.provider, Addresses: addresses}
	live, exists := pl.live[k]
	last := pl.last[k]
	w.exists = exists
	if !exists {
		change.Action = Create
		change.After = w.stamped
		change.Sources = pl.sources(w)
		pl.objects[k] = change
		return
	}
	if !pl.mayWrite(k, live.Object, w.makers[0]) {
		return
	}
	w.adopted = last == nil
	w.stamped = split.Keep(pl.keepIgnored(w, live.Object), live.Object)
	differs, err := pl.compare.compare(w.stamped, live.Object, last)
	if err != nil {
		pl.fail("Objects cannot be compared", err.Error()+".", w.makers[0].Range.Ptr())
		return
	}
	w.differs = differs
	change.Before = live.Object
	change.After = w.stamped
	change.Revision = live.Revision
	change.Adopted = pl.holderOf(live.Object) == nobody
	change.Force = pl.isForced(addresses)
	switch {
	case differs != same:
		change.Action = Update
		change.Sources = pl.sources(w)
	case last == nil || !equalContent(last.Object, w.stamped.Object) || !equalValues(last.Object["metadata"], w.stamped.Object["metadata"]):
		change.Action = NoOp // for the state to remember
	default:
		return
	}
	pl.objects[k] = change
}

func (pl *planning) sources(w *wanted) resource.Sources {
	if pl.in.Sources == nil {
		return nil
	}
	if len(w.makers) == 1 {
		return pl.in.Sources(w.makers[0], w.object)
	}
	all := resource.Sources{}
	for _, r := range w.makers {
		maps.Copy(all, pl.in.Sources(r, w.object))
	}
	return all
}

// drop plans the deletion of an object that nothing wants any more. It returns
// false for one that is gone, or not ours to delete.
func (pl *planning) drop(h held, a resource.Address) bool {
	live, ok := pl.live[h.key]
	if !ok {
		return false
	}
	if !pl.mayDrop(h.key, live.Object, a) {
		return false
	}
	if change := pl.objects[h.key]; change != nil { // another sharer was here
		change.Addresses = append(change.Addresses, a)
		return true
	}
	pl.objects[h.key] = &ObjectChange{
		ID: h.key.id, Provider: h.key.provider, Addresses: []resource.Address{a},
		Action: Delete, Before: live.Object, Revision: live.Revision,
	}
	return true
}

// release plans to take the owner's marks off an object that stays live.
func (pl *planning) release(h held, a resource.Address) {
	live, ok := pl.live[h.key]
	if !ok || pl.in.Refreshed && pl.holderOf(live.Object) != ours {
		return
	}
	if change := pl.objects[h.key]; change != nil {
		change.Addresses = append(change.Addresses, a)
		return
	}
	pl.objects[h.key] = &ObjectChange{
		ID: h.key.id, Provider: h.key.provider, Addresses: []resource.Address{a},
		Action: Update, Before: live.Object, After: unstamp(live.Object), Revision: live.Revision,
	}
}

// mayDrop reports whether a live object that the state knows may be deleted,
// and says if not.
func (pl *planning) mayDrop(k key, o *resource.Object, a resource.Address) bool {
	if !pl.in.Refreshed {
		return true
	}
	if by := pl.live[k].Tracker; by != "" {
		pl.warn("Object is not deleted", fmt.Sprintf("%s of %s is %s to apply. It stays, and leaves the state.", k.id, a, by), nil)
		return false
	}
	switch pl.holderOf(o) {
	case otherOwner:
		pl.warn("Object is not deleted", fmt.Sprintf("%s of %s belongs to %q now. It stays, and leaves the state.", k.id, a, mark(o, "annotations", resource.AnnotationOwner)), nil)
		return false
	case nobody:
		if !pl.in.Adopt {
			pl.warn("Object is not deleted", fmt.Sprintf("%s of %s does not say any more that it belongs to %q. It stays, and leaves the state; with -adopt it would be deleted.", k.id, a, pl.owner.Name), nil)
			return false
		}
	case otherState:
		return pl.in.Adopt
	}
	return true
}
