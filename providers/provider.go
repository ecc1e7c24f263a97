// Package providers defines what a target of gwctl must be able to do.
package providers

import (
	"context"
	"time"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/planner"
)

// Provider reads and changes the objects on one target.
type Provider interface {
	// Identity returns what tells this target from all others, for ever.
	Identity(ctx context.Context) (string, error)
	// Read returns the live objects that a plan is made against.
	Read(ctx context.Context, query Query) (*Reading, error)
	// Apply makes the object changes of the plan that are this provider's.
	// It reports progress to events, one call at a time. A refusal is a
	// *RefusedError, a plan that live objects have outrun a *StaleError. Where
	// a part was done all the same, there is a Result beside the error.
	Apply(ctx context.Context, plan *planner.Plan, opts ApplyOptions, events func(Event)) (*Result, error)
}

// Rehearser is a target that can be asked beforehand what it would say to a
// plan.
type Rehearser interface {
	// Rehearse has the target check the plan's changes without making any. It
	// writes into the plan which fields are taken from others, and returns what
	// the target would take and not put into force. What it would refuse is a
	// *RefusedError.
	Rehearse(ctx context.Context, plan *planner.Plan, parallelism int) ([]Doubt, error)
}

// Doubt is why an object, once applied, would not be in force, or not serve as
// it should.
type Doubt struct {
	Field
	Summary string // a headline; "" says that it would not be in force
	Text    string // continues "HTTPRoute default/orders: "
}

// Historian is a target that remembers what was applied to it. Of the others,
// the state does.
type Historian interface {
	// Revision returns the owner's objects as they were at a revision, or
	// before the last change for "", and the revision's name.
	Revision(ctx context.Context, owner, revision string) ([]planner.Live, string, error)
}

// Query is what a plan needs to know of a target.
type Query struct {
	Owner   string             // the objects that carry its label, whatever their lineage
	Desired []*resource.Object // those that the configuration makes, owned or not
	Prior   []*resource.Object // those that the state remembers
	Others  []resource.ID      // those that the configuration refers to as somebody else's
}

// Reading is the answer to a Query.
type Reading struct {
	Live []planner.Live // sorted by identity
	// Unreadable are those of the others that this account may not read.
	Unreadable map[resource.ID]error
}

// ApplyOptions bound an apply.
type ApplyOptions struct {
	WaitFor     string        // "all" (default) or "none": do not wait for the target to take it
	WaitTimeout time.Duration // 0: the provider's default
	Adopt       bool          // take over objects of the same owner with another lineage, and unowned ones
	Parallelism int           // requests at once
	// Stop is closed when somebody interrupts: where changes are made one by
	// one, none is begun any more, and what was made is not waited for. The
	// error is then ErrInterrupted.
	Stop <-chan struct{}
	// Revision is what this apply will be called where the target itself keeps
	// no history: "4".
	Revision string
	// Rollback takes back what was done when the rest fails. The xDS provider
	// always does.
	Rollback bool
}

// Event is one step of an apply's progress.
type Event struct {
	Time    time.Time
	Address resource.Address // zero for what concerns the whole apply
	Phase   string           // a stable word for machines: "clusters", "routes"
	Message string           // a sentence for people
	Done    bool             // the phase, or the resource, is finished
	Brief   bool             // about to be over: for machines only
}

// Result is what an apply did.
type Result struct {
	Revision string         // of the target after it, for people: "42"
	Done     []resource.ID  // objects that are now as planned
	Live     []planner.Live // the written ones, as the target has them now
	Summary  []string       // "public: revision 42: 3 of 3 Envoys acknowledged in 18 ms"
}
