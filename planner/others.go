package planner

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gwctl/gwctl/internal/resource"
)

// isForced reports whether the fields of an object are taken from whoever else
// manages them, for one of the blocks that make it.
func (pl *planning) isForced(addresses []resource.Address) bool {
	return slices.ContainsFunc(addresses, func(a resource.Address) bool {
		return slices.ContainsFunc(pl.in.Force, func(f resource.Address) bool { return f.Contains(a) })
	})
}

// isImported reports whether an import block names a.
func (pl *planning) isImported(a resource.Address) bool {
	return slices.ContainsFunc(pl.in.Imports, func(i Import) bool { return i.To.Contains(a) })
}

// checkForced complains of addresses that nothing has.
func (pl *planning) checkForced() { pl.matching("-force-conflicts", pl.in.Force) }

// checkImports complains of imports of what is not there. One that was made is
// left in peace, so that the block may stay.
func (pl *planning) checkImports() {
	if pl.in.Mode != Normal || !pl.in.Refreshed {
		return
	}
	for i := range pl.in.Imports {
		im := &pl.in.Imports[i]
		r := pl.desired[im.To]
		if r == nil {
			continue // the configuration has been complained of
		}
		for _, o := range r.Objects {
			id := resource.IDOf(o)
			if _, ok := pl.live[key{r.Provider, id}]; !ok {
				pl.fail("Nothing to import", fmt.Sprintf("%s is not live, so %s cannot take it over. Remove the import block to create it, or give the block the name of the object to take over.", id, im.To), im.Range.Ptr())
			}
		}
	}
}

// checkData complains of objects of others that are not there.
func (pl *planning) checkData() {
	if pl.in.Mode != Normal || !pl.in.Refreshed {
		return
	}
	for i := range pl.in.Data {
		d := &pl.in.Data[i]
		k := key{d.Provider, d.ID}
		if err := pl.in.Unreadable[d.Provider][d.ID]; err != nil {
			pl.fail("Object cannot be read", fmt.Sprintf("%s has to be there, and this account cannot look: %s.", d.Name, err), d.Range.Ptr())
		} else if _, ok := pl.live[k]; !ok {
			pl.fail("Nothing of this name", fmt.Sprintf("%s is %s, and the target of provider %s has none. Whoever owns it has to create it first; or correct name and namespace.", d.Name, d.ID, d.Provider), d.Range.Ptr())
		}
	}
}

// warnOfTrouble tells of objects that are live as configured and not in force.
func (pl *planning) warnOfTrouble() {
	if pl.in.Mode != Normal || !pl.in.Refreshed {
		return
	}
	for _, a := range pl.addresses {
		r := pl.desired[a]
		if r == nil || !pl.isSelected(a) {
			continue
		}
		for _, o := range r.Objects {
			k := key{r.Provider, resource.IDOf(o)}
			if text := pl.live[k].Trouble; text != "" && pl.wanted[k].makers[0] == r {
				pl.warn("Not in force on the target", fmt.Sprintf("%s is live, and: %s.", k.id, strings.TrimSuffix(text, ".")), r.Range.Ptr())
			}
		}
	}
}

// writersOf returns who set the fields of a live object that are not as they
// were applied.
func (pl *planning) writersOf(last *resource.Object, live Live) []Writer {
	if len(live.Writers) == 0 || live.Object == nil {
		return nil
	}
	differing := pl.compare.differingFields(last, live.Object, 100)
	var out []Writer
	for _, w := range live.Writers {
		touches := func(path string) bool { return within(path, w.Field) || within(w.Field, path) }
		if slices.ContainsFunc(differing, touches) || isMetadata(w.Field) {
			out = append(out, w)
		}
	}
	return out
}

func isMetadata(path string) bool { return strings.HasPrefix(path, "metadata.") }

// within reports whether a path leads to a field or into it.
func within(path, field string) bool {
	rest, ok := strings.CutPrefix(path, field)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}
