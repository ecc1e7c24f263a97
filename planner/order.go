package planner

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gwctl/gwctl/internal/resource"
)

// linkDependencies finds what each resource of configuration and state depends
// on, and ranks them so that each comes after that.
func (pl *planning) linkDependencies() {
	known := make(map[resource.Address]bool, len(pl.desired)+len(pl.prior))
	for a := range pl.desired {
		known[a] = true
	}
	for a := range pl.prior {
		known[a] = true
	}
	pl.addresses = sortedAddresses(known)

	var instances map[resource.Address][]resource.Address // by address without key
	instancesOf := func(a resource.Address) []resource.Address {
		if instances == nil {
			instances = map[resource.Address][]resource.Address{}
			for _, b := range pl.addresses {
				block := b
				block.Key = ""
				instances[block] = append(instances[block], b)
			}
		}
		return instances[a]
	}
	pl.deps = make(map[resource.Address][]resource.Address, len(known))
	for _, a := range pl.addresses {
		var out []resource.Address
		for _, d := range pl.dependsOn(a) {
			if known[d] {
				out = append(out, d)
			} else {
				out = append(out, instancesOf(d)...)
			}
		}
		pl.deps[a] = out
	}
	pl.rankAll()
}

func (pl *planning) dependsOn(a resource.Address) []resource.Address {
	if r := pl.desired[a]; r != nil {
		return r.DependsOn
	}
	rec := pl.prior[a]
	if !rec.unknown {
		return rec.dependsOn
	}
	// Nothing remembers what it depended on: its references tell.
	var out []resource.Address
	for _, h := range rec.objects {
		b, err := pl.in.Codec.Words(a, h.object, pl.names(h.key.provider))
		if err != nil {
			continue // reported when the change is shown
		}
		b.EachRef(func(ref resource.Ref) {
			if !ref.Address.IsZero() && ref.Address != a {
				out = append(out, ref.Address)
			}
		})
	}
	return out
}

// rankAll sorts topologically, and names each circle that it finds.
func (pl *planning) rankAll() {
	const (
		untouched = iota
		open
		done
	)
	pl.rank = make(map[resource.Address]int, len(pl.addresses))
	mark := make(map[resource.Address]int, len(pl.addresses))
	var path []resource.Address
	var visit func(resource.Address)
	visit = func(a resource.Address) {
		mark[a] = open
		path = append(path, a)
		for _, d := range pl.deps[a] {
			switch mark[d] {
			case untouched:
				visit(d)
			case open:
				pl.failCircle(path[slices.Index(path, d):])
			}
		}
		path = path[:len(path)-1]
		mark[a] = done
		pl.rank[a] = len(pl.rank)
	}
	for _, a := range pl.addresses {
		if mark[a] == untouched {
			visit(a)
		}
	}
}

func (pl *planning) failCircle(circle []resource.Address) {
	var text strings.Builder
	for _, a := range circle {
		text.WriteString(a.String() + " -> ")
	}
	text.WriteString(circle[0].String())
	if r := pl.desired[circle[0]]; r != nil {
		pl.fail("Dependencies form a circle", fmt.Sprintf("Each of these waits for the next: %s. Remove one of the references or depends_on entries.", text.String()), r.Range.Ptr())
		return
	}
	// Only the state remembers it: any order will do to delete them.
}

// execution puts the object changes in order: what is only relied upon, then
// creates and updates after what they refer to, then deletes before it.
func (pl *planning) execution() []ObjectChange {
	pl.relyOn()
	rank := make(map[*ObjectChange]int, len(pl.objects))
	order := make([]*ObjectChange, 0, len(pl.objects))
	for _, oc := range pl.objects {
		for i, a := range oc.Addresses {
			if r := pl.rank[a]; i == 0 || r > rank[oc] {
				rank[oc] = r
			}
		}
		if oc.Action == Delete {
			rank[oc] = -rank[oc]
		}
		order = append(order, oc)
	}
	slices.SortFunc(order, func(a, b *ObjectChange) int {
		return cmp.Or(
			cmp.Compare(phase(a.Action), phase(b.Action)),
			cmp.Compare(rank[a], rank[b]),
			key{a.Provider, a.ID}.compare(key{b.Provider, b.ID}),
		)
	})
	pl.findNeeds(order)
	var out []ObjectChange
	for _, oc := range order {
		out = append(out, *oc)
	}
	return out
}

func phase(a Action) int {
	switch a {
	case NoOp:
		return 0
	case Delete:
		return 2
	}
	return 1
}

// relyOn adds the unchanged objects that changed ones refer to: if one of them
// moves, the plan was made on ground that is not there.
func (pl *planning) relyOn() {
	relied := map[key][]resource.Address{}
	for _, oc := range pl.objects {
		if oc.Action != Create && oc.Action != Update {
			continue
		}
		for _, a := range oc.Addresses {
			r := pl.desired[a]
			if r == nil {
				continue
			}
			for _, d := range pl.deps[a] {
				if target := pl.desired[d]; target != nil {
					for _, o := range target.Objects {
						relied[key{target.Provider, resource.IDOf(o)}] = nil
					}
				}
			}
			r.Block.EachRef(func(ref resource.Ref) { relied[key{r.Provider, ref.ID}] = nil })
		}
	}
	for k := range relied {
		live, ok := pl.live[k]
		if !ok || pl.objects[k] != nil {
			continue
		}
		pl.objects[k] = &ObjectChange{
			ID: k.id, Provider: k.provider, Addresses: pl.makersOf(k),
			Action: NoOp, Before: live.Object, Revision: live.Revision,
		}
	}
}

func (pl *planning) makersOf(k key) []resource.Address {
	w := pl.wanted[k]
	if w == nil {
		return nil
	}
	var out []resource.Address
	for _, r := range w.makers {
		out = append(out, r.Address)
	}
	sortAddresses(out)
	return out
}

// findNeeds fills in Needs.
func (pl *planning) findNeeds(order []*ObjectChange) {
	writes := map[resource.Address][]*ObjectChange{}
	deletes := map[resource.Address][]*ObjectChange{}
	for _, oc := range order {
		for _, a := range oc.Addresses {
			switch oc.Action {
			case Create, Update:
				writes[a] = append(writes[a], oc)
			case Delete:
				deletes[a] = append(deletes[a], oc)
			}
		}
	}
	users := map[resource.Address][]resource.Address{}
	if len(deletes) > 0 {
		for _, a := range pl.addresses {
			for _, d := range pl.deps[a] {
				users[d] = append(users[d], a)
			}
			if rec := pl.prior[a]; rec != nil && pl.desired[a] != nil {
				for _, d := range rec.dependsOn { // until this plan
					users[d] = append(users[d], a)
				}
			}
		}
	}
	for _, oc := range order {
		needs := map[resource.ID]bool{}
		need := func(changes []*ObjectChange) {
			for _, n := range changes {
				if n != oc && n.Provider == oc.Provider {
					needs[n.ID] = true
				}
			}
		}
		for _, a := range oc.Addresses {
			switch oc.Action {
			case Create, Update:
				for _, d := range pl.deps[a] {
					need(pl.nearestWrites(d, writes, 0))
				}
			case Delete:
				need(writes[a]) // the replacement comes first
				for _, u := range users[a] {
					need(writes[u])
					need(deletes[u])
				}
			}
		}
		oc.Needs = slices.SortedFunc(maps.Keys(needs), resource.ID.Compare)
	}
}

// nearestWrites returns the changes of a or, where it makes no object, of what
// it depends on.
func (pl *planning) nearestWrites(a resource.Address, writes map[resource.Address][]*ObjectChange, depth int) []*ObjectChange {
	if r := pl.desired[a]; r == nil || len(r.Objects) > 0 || depth > 10 {
		return writes[a]
	}
	var out []*ObjectChange
	for _, d := range pl.deps[a] {
		out = append(out, pl.nearestWrites(d, writes, depth+1)...)
	}
	return out
}

func sortedAddresses[V any](m map[resource.Address]V) []resource.Address {
	out := make([]resource.Address, 0, len(m))
	for a := range m {
		out = append(out, a)
	}
	sortAddresses(out)
	return out
}

func sortAddresses(a []resource.Address) { slices.SortFunc(a, resource.Address.Compare) }
