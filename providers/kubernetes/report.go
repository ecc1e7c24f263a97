package kubernetes

import (
	"sync"
	"time"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/planner"
	"github.com/gwctl/gwctl/providers"
)

// reporter tells of an apply's progress, one call at a time.
type reporter struct {
	actions map[resource.Address]planner.Action
	began   time.Time

	mu     sync.Mutex
	left   map[resource.Address]int // objects of a resource that are still to be changed
	told   map[resource.Address]bool
	events func(providers.Event)
}

func newReporter(plan *planner.Plan, key string, events func(providers.Event)) *reporter {
	r := &reporter{
		actions: map[resource.Address]planner.Action{}, left: map[resource.Address]int{}, told: map[resource.Address]bool{},
		events: events, began: time.Now(),
	}
	for i := range plan.Changes {
		r.actions[plan.Changes[i].Address] = plan.Changes[i].Action
	}
	for i := range plan.Objects {
		if oc := &plan.Objects[i]; oc.Provider == key && oc.Action != planner.NoOp {
			for _, a := range oc.Addresses {
				r.left[a]++
			}
		}
	}
	return r
}

func (r *reporter) send(e providers.Event) {
	if r.events != nil {
		e.Time = time.Now()
		r.events(e)
	}
}

// done says that one object is changed, and with the last one of a resource
// that the resource is.
func (r *reporter) done(c *change) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, a := range c.Addresses {
		if r.left[a]--; r.left[a] > 0 || r.told[a] {
			continue
		}
		r.told[a] = true
		action, ok := r.actions[a]
		if !ok {
			action = c.Action
		}
		r.send(providers.Event{Address: a, Phase: string(action), Message: providers.Completed(action) + " after " + time.Since(r.began).Round(time.Millisecond).String(), Done: true})
	}
}

// taken says for machines that a controller has taken an object.
func (r *reporter) taken(c *change) {
	for _, a := range c.Addresses {
		r.mu.Lock()
		r.send(providers.Event{Address: a, Phase: "conditions", Message: "Taken by its controller", Done: true, Brief: true})
		r.mu.Unlock()
	}
}

// still says what an object is waited for.
func (r *reporter) still(c *change, text string) {
	for _, a := range c.Addresses {
		r.mu.Lock()
		r.send(providers.Event{Address: a, Phase: "conditions", Message: text})
		r.mu.Unlock()
	}
}

// phase says what begins for the whole apply.
func (r *reporter) phase(phase, text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.send(providers.Event{Phase: phase, Message: text, Brief: phase == "conditions"})
}

// end says that all phases are over.
func (r *reporter) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.send(providers.Event{Phase: "conditions", Message: "Taken by their controllers", Done: true, Brief: true})
}
