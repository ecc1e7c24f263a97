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
	Forget  Action = "forget" // leaves gwctl's care and stays live, or is gone already
)

// Mode is what a plan is for.
type Mode string

// Modes.
const (
	Normal      Mode = ""             // make the target as configured
	Destroy     Mode = "destroy"      // delete all that is owned
	RefreshOnly Mode = "refresh-only" // take what is live into the state
)

// Plan is the difference between desired and live, by HCL address for people
// and policies, by object for providers.
type Plan struct {
	Version      string                  // of gwctl
	Mode         Mode                    //
	Owner        Owner                   //
	Targets      map[string]string       // identity of the target of each provider
	Refreshed    bool                    // false: made against the state alone, so it cannot be applied
	Targeted     bool                    // -target or -exclude left resources out
	Errored      bool                    // made with errors, so it cannot be applied
	Refused      bool                    // complete, but the target would not take it
	StateSerial  uint64                  // of the state it was made from
	StateLineage string                  //
	Changes      []ResourceChange        // sorted by address
	Drift        []ResourceChange        // what moved on the target since the last apply
	Objects      []ObjectChange          // in the order of execution
	Outputs      map[string]OutputChange //
	Traffic      []TrafficChange         //
	Limits       []LimitChange           // rate limits of routes, where they change
	Variables    map[string]any          // the root's, sensitive ones left out
	Settings     Settings                // to apply a saved plan without its configuration
}

// Settings are the configuration's state block and provider blocks, evaluated.
type Settings struct {
	State     *resource.Block
	Providers map[string]*resource.Block // by provider key
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
	Adopted  bool            // was live, and comes into the owner's care with this plan
	Writers  []Writer        // of a drift: who changed what
	Reason   string          // a sentence without its full stop: "not in the configuration any more"
	Cause    Cause           // the reason for machines; "" where Terraform has no word for it
	Before   *resource.Block // nil on create; as written, like After, on no-op
	After    *resource.Block // nil on delete
	Objects  []resource.ID   // what the resource is made of afterwards; on delete and forget: before
	Range    hcl.Range       // of the block's header; zero when it is gone

	// What the state remembers besides objects.
	DependsOn      []resource.Address
	PreventDestroy bool
}

// ReasonConfiguration is the reason of most updates.
const ReasonConfiguration = "changed in the configuration"

// Cause is Terraform's action_reason.
type Cause string

// Causes.
const (
	CauseNoConfig     Cause = "delete_because_no_resource_config"
	CauseNoKey        Cause = "delete_because_each_key"
	CauseNoIndex      Cause = "delete_because_count_index"
	CauseCannotUpdate Cause = "replace_because_cannot_update"
)

// ObjectChange is what happens to one object. With NoOp it is an object that
// the plan relies on, such as the gateway of a route: if it moves, the plan is
// stale. A NoOp with After says what the state is to remember of an object
// that is live as wanted but not as the state has it.
type ObjectChange struct {
	ID        resource.ID
	Provider  string
	Addresses []resource.Address
	Action    Action           // NoOp, Create, Update or Delete
	Before    *resource.Object // as read; nil on create
	After     *resource.Object // with the owner's metadata; nil on delete
	Revision  string           // precondition: of Before as the target gave it; "" on create
	Adopted   bool             // was nobody's
	Force     bool             // also fields that somebody else manages
	Takes     []Writer         // whose fields these are so far
	Needs     []resource.ID    // changed before this one: what it refers to; on delete what referred to it
	Sources   resource.Sources // where the fields of After were written
}

// OutputChange is what happens to an output value.
type OutputChange struct {
	Action        Action
	Before, After any // nil when sensitive
	Sensitive     bool
}

// TrafficChange is one line of what traffic notices:
// "shop.example.com GET /api   orders_v2 10% -> 50%".
type TrafficChange struct {
	Match  string
	Change string
	Before *resource.Flow // nil for a new match
	After  *resource.Flow // nil for a match that is gone
}

// Counts sums a plan up.
type Counts struct {
	Add, Change, Destroy, Move, Forget, Adopt int
}

// Counts sums the plan up as Terraform does: a replacement is one to add and
// one to destroy.
func (p *Plan) Counts() Counts {
	var c Counts
	for i := range p.Changes {
		ch := &p.Changes[i]
		switch ch.Action {
		case Create:
			c.Add++
		case Update:
			c.Change++
		case Delete:
			c.Destroy++
		case Replace:
			c.Add++
			c.Destroy++
		case Move:
			c.Move++
		case Forget:
			c.Forget++
		}
		if ch.Adopted {
			c.Adopt++
		}
	}
	return c
}

// Empty reports whether there is nothing to do: no resource and no output
// changes, and nothing is adopted. What only the state has to remember, such
// as another dependency, makes a plan no less empty.
func (p *Plan) Empty() bool {
	for i := range p.Changes {
		if p.Changes[i].Action != NoOp || p.Changes[i].Adopted {
			return false
		}
	}
	for _, o := range p.Outputs {
		if o.Action != NoOp {
			return false
		}
	}
	return p.Mode != RefreshOnly || len(p.Drift) == 0
}

// Applyable reports whether apply may take the plan and would do something.
func (p *Plan) Applyable() bool { return !p.Errored && p.Refreshed && !p.Empty() }
