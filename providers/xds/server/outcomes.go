package server

import (
	"slices"
	"sync"

	"github.com/gwctl/gwctl/providers/xds/api"
)

// outcomes remembers how the last transactions ended, for clients that lost
// the answer.
type outcomes struct {
	mu    sync.Mutex
	byID  map[string]*api.Outcome
	order []string // done, oldest first
}

// maxOutcomes bounds the memory of outcomes; committed ones are in the store
// besides.
const maxOutcomes = 256

// begin reports whether the id is new.
func (o *outcomes) begin(id string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.byID[id] != nil {
		return false
	}
	if o.byID == nil {
		o.byID = map[string]*api.Outcome{}
	}
	o.byID[id] = &api.Outcome{State: api.StateRunning}
	return true
}

func (o *outcomes) done(id string, end *api.Outcome) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.byID == nil {
		o.byID = map[string]*api.Outcome{}
	}
	if len(o.order) >= maxOutcomes {
		delete(o.byID, o.order[0])
		o.order = slices.Delete(o.order, 0, 1)
	}
	o.byID[id] = end
	o.order = append(o.order, id)
}

func (o *outcomes) get(id string) *api.Outcome {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.byID[id]
}
