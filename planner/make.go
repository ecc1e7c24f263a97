package planner

import (
	"cmp"
	"fmt"
	"maps"
	"strings"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/hashicorp/hcl/v2"
)

// Make plans. The plan is never nil; with errors it shows what could be
// planned all the same, and is not to be applied.
func Make(in Input) (*Plan, hcl.Diagnostics) {
	pl := &planning{
		in:      in,
		owner:   in.Owner,
		label:   OwnerLabel(in.Owner.Name),
		compare: comparer{in.Codec},
		written: make(map[resource.Address]*resource.Resource, len(in.Desired)),
		wanted:  make(map[key]*wanted, len(in.Desired)),
		prior:   make(map[resource.Address]*record, len(in.Prior)),
		last:    make(map[key]*resource.Object, len(in.Prior)),
		live:    make(map[key]Live, len(in.Prior)),
		objects: make(map[key]*ObjectChange),
		drifted: make(map[key]bool),
	}
	pl.index()
	pl.settleLineage()
	pl.moveRecords()
	pl.recordUnknown()
	pl.moveByObject()
	pl.checkRemoved()
	pl.checkImports()
	pl.checkData()
	pl.linkDependencies()
	pl.checkForced()
	pl.selectAddresses()

	plan := &Plan{
		Version:      in.Version,
		Mode:         in.Mode,
		Owner:        pl.owner,
		Targets:      maps.Clone(in.Targets),
		Refreshed:    in.Refreshed,
		Targeted:     pl.selected != nil,
		StateSerial:  in.StateSerial,
		StateLineage: in.StateLineage,
		Drift:        pl.drift(),
		Variables:    maps.Clone(in.Variables),
	}
	switch in.Mode {
	case RefreshOnly:
		plan.Changes = pl.refresh()
	default:
		plan.Changes = pl.changes()
	}
	plan.Objects = pl.execution()
	pl.warnOfTrouble()
	plan.Outputs = pl.outputs()
	plan.Traffic = pl.traffic(plan.Changes)
	plan.Limits = pl.limits()
	pl.guardDeletes(plan.Objects)
	plan.Errored = pl.diags.HasErrors()
	return plan, pl.diags
}

// planning is one run of Make.
type planning struct {
	in      Input
	owner   Owner  // with the lineage that the plan is made under
	label   string // the owner's
	compare comparer
	diags   hcl.Diagnostics

	written   map[resource.Address]*resource.Resource // the configuration
	desired   map[resource.Address]*resource.Resource // the same, but empty when destroying
	addresses []resource.Address                      // of desired and prior, sorted
	wanted    map[key]*wanted
	prior     map[resource.Address]*record // after moves
	last      map[key]*resource.Object     // as last applied
	live      map[key]Live
	deps      map[resource.Address][]resource.Address
	rank      map[resource.Address]int      // after all that it depends on
	selected  map[resource.Address]struct{} // nil: all
	objects   map[key]*ObjectChange
	drifted   map[key]bool
	blocks    map[resource.Address]bool // lazily: configured addresses without their keys
	refs      map[key]resource.Address  // lazily: what references in blocks call other objects
	makers    map[key]resource.Address  // lazily: who makes an object
	holders   map[key]int               // lazily: how many records have an object
	asked     map[key]bool              // lazily: what was looked for of others' objects
}

// key is an object on one target.
type key struct {
	provider string
	id       resource.ID
}

func (k key) compare(other key) int {
	return cmp.Or(strings.Compare(k.provider, other.provider), k.id.Compare(other.id))
}

// wanted is an object as configured.
type wanted struct {
	object  *resource.Object
	makers  []*resource.Resource // several where blocks share an object
	stamped *resource.Object     // with the owner's marks, and with what ignore_changes keeps

	// What decide found.
	decided bool
	exists  bool
	adopted bool
	differs difference
}

// record is what the state remembers of a resource, or what live objects tell
// of one.
type record struct {
	address        resource.Address
	previous       resource.Address // before a move
	moveReason     string
	provider       string
	objects        []held
	dependsOn      []resource.Address
	preventDestroy bool
	unknown        bool // the state does not know it
}

type held struct {
	key    key
	object *resource.Object
}

// index makes the maps.
func (pl *planning) index() {
	for i := range pl.in.Prior {
		p := &pl.in.Prior[i]
		rec := &record{
			address:        p.Address,
			provider:       p.Provider,
			dependsOn:      p.DependsOn,
			preventDestroy: p.PreventDestroy,
		}
		for _, o := range p.Objects {
			k := key{p.Provider, resource.IDOf(o)}
			rec.objects = append(rec.objects, held{k, o})
			pl.last[k] = o
			if !pl.in.Refreshed {
				pl.live[k] = Live{Object: o}
			}
		}
		pl.prior[p.Address] = rec
	}
	if pl.in.Refreshed {
		for provider, objects := range pl.in.Live {
			for _, l := range objects {
				pl.live[key{provider, resource.IDOf(l.Object)}] = l
			}
		}
	}
	for _, r := range pl.in.Desired {
		pl.written[r.Address] = r
	}
	if pl.in.Mode == Destroy {
		return
	}
	pl.desired = pl.written
	for _, r := range pl.in.Desired {
		for _, o := range r.Objects {
			k := key{r.Provider, resource.IDOf(o)}
			w := pl.wanted[k]
			if w == nil {
				w = &wanted{object: o}
				pl.wanted[k] = w
			}
			w.makers = append(w.makers, r)
		}
	}
}

// isSelected reports whether -target and -exclude leave a in.
func (pl *planning) isSelected(a resource.Address) bool {
	if pl.selected == nil {
		return true
	}
	_, ok := pl.selected[a]
	return ok
}

// names finds what HCL calls the objects of a provider: the block that makes
// one or, for objects that no block makes, the block that references go
// through.
func (pl *planning) names(provider string) func(resource.ID) (resource.Address, bool) {
	return func(id resource.ID) (resource.Address, bool) {
		k := key{provider, id}
		if a, ok := pl.makerOf(k); ok {
			return a, true
		}
		a := pl.referredTo(k)
		return a, !a.IsZero()
	}
}

func (pl *planning) makerOf(k key) (resource.Address, bool) {
	if pl.makers == nil {
		pl.makers = make(map[key]resource.Address, len(pl.wanted)+len(pl.last))
		for _, rec := range pl.prior {
			for _, h := range rec.objects {
				pl.nameMaker(h.key, rec.address)
			}
		}
		for k, w := range pl.wanted {
			delete(pl.makers, k) // the configuration's word counts
			for _, r := range w.makers {
				pl.nameMaker(k, r.Address)
			}
		}
	}
	a, ok := pl.makers[k]
	return a, ok
}

func (pl *planning) nameMaker(k key, a resource.Address) {
	if old, ok := pl.makers[k]; !ok || a.Compare(old) < 0 {
		pl.makers[k] = a
	}
}

// referredTo returns the block that references to an object name, zero where
// there is none.
func (pl *planning) referredTo(k key) resource.Address {
	if pl.refs == nil {
		pl.refs = map[key]resource.Address{}
		for _, r := range pl.in.Desired {
			r.Block.EachRef(func(ref resource.Ref) {
				k := key{r.Provider, ref.ID}
				switch a, ok := pl.refs[k]; {
				case ref.Address.IsZero():
				case ok && a != ref.Address:
					pl.refs[k] = resource.Address{} // two blocks stand for it: neither is its name
				default:
					pl.refs[k] = ref.Address
				}
			})
		}
	}
	return pl.refs[k]
}

// words returns the block that a is in an object of a provider. Live objects may say what no
// block can: that makes the plan poorer to read, not wrong.
func (pl *planning) words(provider string, a resource.Address, o *resource.Object) *resource.Block {
	if o == nil {
		return nil
	}
	b, err := pl.in.Codec.Words(a, o, pl.names(provider))
	if err != nil {
		pl.warn("Object cannot be shown", fmt.Sprintf("%s is not what %s can be written as: %s.", resource.IDOf(o), a, err), nil)
		return nil
	}
	return b
}
