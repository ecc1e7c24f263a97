// Package rollout moves the Envoys of gateways from one snapshot to the next in
// the order that drops no request, and back when one of them refuses.
package rollout

import (
	"time"

	"github.com/gwctl/gwctl/providers/xds/translate"
)

// Change moves the Envoys of one gateway, or the limiters (fleet.Limiters). From is what they are served now, nil
// for a new gateway; To is nil for one that is removed.
type Change struct {
	Gateway  string
	From, To *translate.Snapshot
}

// Values of Options.WaitFor.
const (
	WaitForAll  = "all"  // every connected Envoy
	WaitForNone = "none" // push and return
)

// Options bound a rollout.
type Options struct {
	WaitFor string        // WaitForAll where empty
	Timeout time.Duration // for the answers of all phases together; 30 s where zero
	// Lenient lets silence pass: an Envoy that does not answer in time takes
	// nothing back, and takes the change itself when it goes on.
	Lenient bool
	// RestoreTimeout is for the answers to From after a failure; 10 s where zero.
	RestoreTimeout time.Duration
}

// Phases, in their order. Those without anything to do are left out.
const (
	PhaseLimits    = "limits"    // of limiters, beside the clusters of Envoys: new and changed limits
	PhaseClusters  = "clusters"  // new and changed clusters with their endpoints
	PhaseListeners = "listeners" // new and changed listeners, and what is new of that which they name
	PhaseRoutes    = "routes"    // changed route tables, and where connections go
	PhaseRemovals  = "removals"  // listeners and limits that are no more
	PhaseRestoring = "restoring" // From again, after a failure
)

// Progress is one step, for people and machines.
type Progress struct {
	Gateway          string
	Phase            string // one of the Phase constants
	Acked, Connected int
	Elapsed          time.Duration // since the rollout began
}

// Outcome is how a rollout ended. Unless it is OK, the Envoys were sent From
// again.
type Outcome struct {
	Gateways []GatewayOutcome
	Refusals []Refusal
	Late     []Late // no answer within the timeout
	Err      error  // why the context ended, when it did first
	Restored bool   // after a failure: every connected Envoy acknowledged From again
}

// OK reports whether every connected Envoy took the change.
func (o *Outcome) OK() bool {
	return len(o.Refusals) == 0 && len(o.Late) == 0 && o.Err == nil
}

// GatewayOutcome counts the Envoys of one gateway.
type GatewayOutcome struct {
	Gateway          string
	Acked, Connected int
	EverConnected    bool // since the store exists
	Elapsed          time.Duration
}

// Refusal is one NACK.
type Refusal struct {
	Gateway, Node string
	Type          translate.Type
	Resources     []string // of that type that were new or changed: one of them is meant
	Text          string   // Envoy's own
}

// Late is an Envoy that did not answer in time.
type Late struct {
	Gateway, Node string
	Type          translate.Type
}
