// Package planner computes what an apply would do. It is pure: configuration,
// state and live objects in, a Plan out; no I/O and no clock. A Plan is plain
// data, so that one that was saved shows and applies as one just made.
package planner

import (
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/hashicorp/hcl/v2"
)

// Action is what happens to one resource or object.
type Action string

// Actions. Replace creates the new object before it deletes the old one; Move
// changes the address alone.
const (
	NoOp    Action = "no-op"
	Create  Action = "create"
	Update  Action = "update"
	Delete  Action = "delete"
	Replace Action = "replace"
	Move    Action = "move"
	Forget  Action = "forget" // leaves gwctl's care and stays live
)

// Plan is the difference between desired and live, by HCL address for people
// and policies, by object for providers.
type Plan struct {
	Version      string                  // of gwctl
	Owner        Owner                   //
	Targets      map[string]string       // identity of the target of each provider
	Refreshed    bool                    // false: made against the state alone, so it cannot be applied
	StateSerial  uint64                  // of the state it was made from
	StateLineage string                  //
	Changes      []ResourceChange        // sorted by address
	Drift        []ResourceChange        // what moved on the target since the last apply
	Objects      []ObjectChange          // in the order of execution
	Outputs      map[string]OutputChange //
	Traffic      []TrafficChange         //
	Variables    map[string]any          // the root's, sensitive ones left out
}

// Owner is who the objects belong to.
type Owner struct {
	Name    string `json:"name"`
	Lineage string `json:"lineage"`
}

// ResourceChange is what happens to one block instance.
type ResourceChange struct {
	Address  resource.Address
	Previous resource.Address // before a move; zero otherwise
	Provider string
	Action   Action
	Reason   string          // a sentence without its full stop: "not in the configuration any more"
	Before   *resource.Block // nil on create
	After    *resource.Block // nil on delete
	Objects  []resource.ID
	Range    hcl.Range // of the block's header; zero when it is gone
}

// ObjectChange is what happens to one object. With NoOp it is an object that
// the plan relies on, such as the gateway of a route: if it moves, the plan is
// stale.
type ObjectChange struct {
	ID        resource.ID
	Provider  string
	Addresses []resource.Address
	Action    Action           // NoOp, Create, Update or Delete
	Before    *resource.Object // as read; nil on create
	After     *resource.Object // with the owner's metadata; nil on delete
	Revision  string           // precondition: of Before as the target gave it; "" on create
	Needs     []resource.ID    // changed before this one; on delete: after it
	Sources   resource.Sources // where the fields of After were written
}

// OutputChange is what happens to an output value.
type OutputChange struct {
	Action        Action
	Before, After any
	Sensitive     bool
}

// TrafficChange is one line of what traffic notices:
// "shop.example.com GET /api  10% -> 50% to orders_v2".
type TrafficChange struct {
	Match  string
	Change string
}
