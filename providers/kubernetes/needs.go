package kubernetes

import (
	"context"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/wait"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/planner"
)

// homes are the changes that make or remove what others live by: namespaces,
// and the definitions of types. No block has to say that it depends on them.
type homes struct {
	namespaces map[string]resource.ID
	types      map[schema.GroupKind]resource.ID
}

// homesIn finds the changes of an action to namespaces and definitions.
func homesIn(changes []*change, action planner.Action) homes {
	h := homes{namespaces: map[string]resource.ID{}, types: map[schema.GroupKind]resource.ID{}}
	for _, c := range changes {
		if c.Action != action {
			continue
		}
		o := c.After
		if action == planner.Delete {
			o = c.Before
		}
		if c.ID.Group == "" && c.ID.Kind == "Namespace" {
			h.namespaces[c.ID.Name] = c.ID
		}
		for gk := range definedBy([]*resource.Object{o}) {
			h.types[gk] = c.ID
		}
	}
	return h
}

// of returns those that an object lives by.
func (h homes) of(id resource.ID) []resource.ID {
	var out []resource.ID
	if home, ok := h.namespaces[id.Namespace]; ok && id.Namespace != "" {
		out = append(out, home)
	}
	if home, ok := h.types[id.GroupKind()]; ok {
		out = append(out, home)
	}
	return out
}

// needsOf returns which changes each change waits for: those that the plan says,
// namespaces and definitions before what lives by them, and the other way round
// where they go.
func needsOf(changes []*change) map[resource.ID]map[resource.ID]bool {
	out := make(map[resource.ID]map[resource.ID]bool, len(changes))
	open := make(map[resource.ID]bool, len(changes))
	for _, c := range changes {
		open[c.ID] = c.Action != planner.NoOp
		out[c.ID] = map[resource.ID]bool{}
	}
	add := func(id, need resource.ID) {
		if id != need && open[need] {
			out[id][need] = true
		}
	}
	made, removed := homesIn(changes, planner.Create), homesIn(changes, planner.Delete)
	for _, c := range changes {
		if c.Action == planner.NoOp {
			continue
		}
		for _, need := range c.Needs {
			add(c.ID, need)
		}
		if c.Action != planner.Delete {
			for _, home := range made.of(c.ID) {
				add(c.ID, home)
			}
		}
		for _, home := range removed.of(c.ID) {
			add(home, c.ID)
		}
	}
	return out
}

// awaitServed waits until the API server serves the types that an object
// defines, and their schemas, which takes it a moment: what comes next needs the
// one, and the next plan the other.
func (p *Provider) awaitServed(ctx context.Context, c *change) error {
	for gk := range definedBy([]*resource.Object{c.After}) {
		err := wait.PollUntilContextTimeout(ctx, 50*time.Millisecond, p.opts.Recovery, true, func(ctx context.Context) (bool, error) {
			m, err := p.cluster.Mapping(ctx, gk.WithVersion(""))
			if err == nil && p.types.describes(m.GroupVersionKind) {
				return true, nil
			}
			p.cluster.Forget()
			return false, nil
		})
		if ctx.Err() == nil && err != nil {
			return refusedAs(c.ID, "", "it is applied, and the API server does not serve "+gk.String()+" so far: kubectl describe says why")
		}
	}
	return ctx.Err()
}
