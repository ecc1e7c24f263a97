package plannertest

import (
	"strconv"
	"testing"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/planner"
)

// World is a state and a target that plans are made against and applied to.
type World struct {
	Owner    planner.Owner
	Records  []planner.Record
	Serial   uint64
	Live     map[string][]planner.Live
	Outputs  map[string]planner.Output
	revision int
}

// NewWorld returns a world without anything, owned by shop.
func NewWorld() *World {
	return &World{
		Owner: planner.Owner{Name: "shop", Lineage: "lineage-1"},
		Live:  map[string][]planner.Live{},
	}
}

// Input returns what a plan of these resources is made from.
func (w *World) Input(desired []*resource.Resource) planner.Input {
	looked := map[string][]resource.ID{}
	for _, r := range desired {
		r.Block.EachRef(func(ref resource.Ref) {
			if ref.Address.IsZero() {
				looked[r.Provider] = append(looked[r.Provider], ref.ID)
			}
		})
	}
	return planner.Input{
		Looked:       looked,
		Version:      "0.1.0",
		Owner:        w.Owner,
		Targets:      map[string]string{"xds": "store-1"},
		Desired:      desired,
		Prior:        w.Records,
		StateSerial:  w.Serial,
		StateLineage: w.Owner.Lineage,
		Live:         w.Live,
		Refreshed:    true,
		PriorOutputs: w.Outputs,
		Codec:        Codec{},
		Sources: func(r *resource.Resource, _ *resource.Object) resource.Sources {
			return resource.Sources{"": r.Range}
		},
	}
}

// Apply does what a plan says, as a target that refuses nothing.
func (w *World) Apply(t testing.TB, p *planner.Plan) {
	t.Helper()
	for i := range p.Objects {
		oc := &p.Objects[i]
		switch oc.Action {
		case planner.NoOp:
			continue
		case planner.Create:
			if w.find(oc.Provider, oc.ID) >= 0 {
				t.Errorf("%s is created, and is there", oc.ID)
			}
			w.Put(oc.Provider, oc.After)
		case planner.Update, planner.Delete:
			n := w.find(oc.Provider, oc.ID)
			if n < 0 || w.Live[oc.Provider][n].Revision != oc.Revision {
				t.Errorf("%s of %s is not as the plan read it", oc.Action, oc.ID)
				continue
			}
			if oc.Action == planner.Delete {
				w.Remove(oc.Provider, oc.ID)
			} else {
				w.Put(oc.Provider, oc.After)
			}
		default:
			t.Errorf("%s: %q is no change of an object", oc.ID, oc.Action)
		}
	}
	w.Records = p.Records(w.Records, func(string, resource.ID) bool { return true })
	w.Owner.Lineage = p.Owner.Lineage
	w.Serial++
	w.Outputs = map[string]planner.Output{}
	for name, o := range p.Outputs {
		if o.Action != planner.Delete {
			w.Outputs[name] = planner.Output{Value: o.After, Sensitive: o.Sensitive}
		}
	}
}

// Put makes an object live.
func (w *World) Put(provider string, o *resource.Object) {
	w.revision++
	l := planner.Live{Object: o, Revision: strconv.Itoa(w.revision)}
	if i := w.find(provider, resource.IDOf(o)); i >= 0 {
		w.Live[provider][i] = l
		return
	}
	w.Live[provider] = append(w.Live[provider], l)
}

// Remove makes an object be gone.
func (w *World) Remove(provider string, id resource.ID) {
	if i := w.find(provider, id); i >= 0 {
		live := w.Live[provider]
		w.Live[provider] = append(live[:i:i], live[i+1:]...)
	}
}

func (w *World) find(provider string, id resource.ID) int {
	for i, l := range w.Live[provider] {
		if resource.IDOf(l.Object) == id {
			return i
		}
	}
	return -1
}
