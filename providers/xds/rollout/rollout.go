// Package rollout moves the Envoys of gateways from one snapshot to the next in
// the order that drops no request, and back when one of them refuses.
package rollout

import (
	"time"

	"github.com/gwctl/gwctl/providers/xds/translate"
)

// Change moves the Envoys of one gateway. From is nil for a new gateway, To for
// one that is removed.
type Change struct {
	Gateway  string
	From, To *translate.Snapshot
}

// Options bound a rollout.
type Options struct {
	WaitFor string        // "all": every connected Envoy; "none": push and return
	Timeout time.Duration // for the answers of all phases together
}

// Progress is one step, for people and machines.
type Progress struct {
	Gateway          string
	Phase            string // "clusters", "routes", "restored", ...
	Acked, Connected int
	Elapsed          time.Duration
}

// Outcome is how a rollout ended. It succeeded when there are no refusals and
// nobody was late; otherwise the Envoys were sent From again.
type Outcome struct {
	Gateways []GatewayOutcome
	Refusals []Refusal
	Late     []Late // no answer within the timeout
	Restored bool   // every connected Envoy acknowledged From again
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
