package planner

import (
	"slices"

	"github.com/gwctl/gwctl/internal/resource"
)

// Records returns what the state is to remember after an apply that got done
// with the given objects; prior is what it remembered before. Where an apply
// stopped half-way, the rest stays as it was.
func (p *Plan) Records(prior []Record, done func(provider string, id resource.ID) bool) []Record {
	before := make(map[resource.Address]*Record, len(prior))
	for i := range prior {
		before[prior[i].Address] = &prior[i]
	}
	objects := make(map[key]*ObjectChange, len(p.Objects))
	undeleted := map[resource.Address][]*ObjectChange{}
	for i := range p.Objects {
		oc := &p.Objects[i]
		objects[key{oc.Provider, oc.ID}] = oc
		if oc.Action == Delete && !done(oc.Provider, oc.ID) {
			for _, a := range oc.Addresses {
				undeleted[a] = append(undeleted[a], oc)
			}
		}
	}

	var out []Record
	planned := make(map[resource.Address]bool, len(p.Changes))
	for i := range p.Changes {
		c := &p.Changes[i]
		was := c.Address
		if !c.Previous.IsZero() {
			was = c.Previous
		}
		planned[was], planned[c.Address] = true, true

		rec := Record{Address: c.Address, Provider: c.Provider, DependsOn: c.DependsOn, PreventDestroy: c.PreventDestroy}
		for _, id := range c.Objects {
			k := key{c.Provider, id}
			oc := objects[k]
			switch isDone := done(k.provider, id); {
			case c.Action == Delete || c.Action == Forget && (oc == nil || isDone):
			case oc != nil && oc.After != nil && (oc.Action == NoOp || isDone) && c.Action != Forget:
				rec.Objects = append(rec.Objects, oc.After)
			default:
				if o := before[was].find(k); o != nil {
					rec.Objects = append(rec.Objects, o)
				}
			}
		}
		for _, oc := range undeleted[c.Address] {
			if oc.Provider == c.Provider { // another provider's is found again by its marks
				rec.Objects = append(rec.Objects, oc.Before)
			}
		}
		if len(rec.Objects) > 0 {
			out = append(out, rec)
		}
	}
	for i := range prior {
		if !planned[prior[i].Address] {
			out = append(out, prior[i])
		}
	}
	slices.SortFunc(out, func(a, b Record) int { return a.Address.Compare(b.Address) })
	return out
}

// find returns a remembered object.
func (r *Record) find(k key) *resource.Object {
	if r == nil || r.Provider != k.provider {
		return nil
	}
	for _, o := range r.Objects {
		if resource.IDOf(o) == k.id {
			return o
		}
	}
	return nil
}
