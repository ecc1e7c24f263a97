package rollout

import (
	"cmp"
	"slices"

	"github.com/gwctl/gwctl/providers/xds/fleet"
	"github.com/gwctl/gwctl/providers/xds/translate"
)

// stage is one phase of one gateway's change.
type stage struct {
	phase string
	edit  fleet.Edit
	// warm names what the clusters must have at the end.
	warm []fleet.Key
}

func (s *stage) empty() bool { return len(s.edit.Put) == 0 && len(s.edit.Remove) == 0 }

// stages splits a change so that no Envoy ever has a route to a cluster that it
// has not or a limit that limiters do not know, nor a listener without its
// routes: additions in the order of their dependence, removals last.
func stages(c Change) []stage {
	from, to := c.From, c.To
	clusters := changed(from, to, translate.Cluster)
	listeners := changed(from, to, translate.Listener)

	// What is new of that which listeners name is only asked for by new ones.
	var added, updated []*translate.Resource
	for _, typ := range []translate.Type{translate.Extension, translate.Route} {
		for _, r := range changed(from, to, typ) {
			if from.Of(typ)[r.Name] == nil {
				added = append(added, r)
			} else {
				updated = append(updated, r)
			}
		}
	}
	first := stage{
		phase: PhaseClusters,
		edit:  fleet.Edit{Put: slices.Concat(changed(from, to, translate.Secret), clusters, changed(from, to, translate.Endpoint))},
	}
	if c.Gateway == fleet.Limiters {
		// What a limiter does not know is not limited: it is told before routes are.
		first = stage{phase: PhaseLimits, edit: fleet.Edit{Put: changed(from, to, translate.RateLimit)}}
	}
	for _, r := range clusters {
		first.warm = append(first.warm, fleet.Key{Type: translate.Endpoint, Name: r.Name})
		for _, secret := range r.Secrets {
			first.warm = append(first.warm, fleet.Key{Type: translate.Secret, Name: secret})
		}
	}
	return []stage{
		first,
		{phase: PhaseListeners, edit: fleet.Edit{Put: slices.Concat(added, listeners)}},
		{phase: PhaseRoutes, edit: fleet.Edit{Put: updated}},
		{phase: PhaseRemovals, edit: fleet.Edit{Remove: removed(from, to)}},
	}
}

// undo returns what brings a gateway back to From, from any stage of the
// change. Nothing was routed to what is new when the routes were not reached.
func undo(c Change, routed bool) fleet.Edit {
	var e fleet.Edit
	for _, typ := range translate.Types {
		e.Put = append(e.Put, changed(c.To, c.From, typ)...)
	}
	e.Remove = removed(c.To, c.From)
	e.Unrouted = !routed
	return e
}

// changed returns the resources that are new or different in to, by name.
func changed(from, to *translate.Snapshot, typ translate.Type) []*translate.Resource {
	var all []*translate.Resource
	old := from.Of(typ)
	for name, r := range to.Of(typ) {
		if was := old[name]; was == nil || was.Version != r.Version {
			all = append(all, r)
		}
	}
	slices.SortFunc(all, func(a, b *translate.Resource) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

// removed names the resources of from that are not in to.
func removed(from, to *translate.Snapshot) []fleet.Key {
	var keys []fleet.Key
	for _, typ := range translate.Types {
		kept := to.Of(typ)
		first := len(keys)
		for name := range from.Of(typ) {
			if kept[name] == nil {
				keys = append(keys, fleet.Key{Type: typ, Name: name})
			}
		}
		slices.SortFunc(keys[first:], func(a, b fleet.Key) int { return cmp.Compare(a.Name, b.Name) })
	}
	return keys
}
