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
	// Read returns the live objects that carry the owner's label, whatever
	// their lineage, and those of ids that exist, owned or not.
	Read(ctx context.Context, owner string, ids []resource.ID) ([]Live, error)
	// Apply makes the object changes of the plan that are this provider's.
	// It reports progress to events, one call at a time. A refusal is a
	// *RefusedError, a plan that live objects have outrun a *StaleError.
	Apply(ctx context.Context, plan *planner.Plan, opts ApplyOptions, events func(Event)) (*Result, error)
	// Revision returns the owner's objects as they were at a revision, or
	// before the last change for "", and the revision's name.
	Revision(ctx context.Context, owner, revision string) ([]Live, string, error)
}

// Live is an object as the target has it.
type Live struct {
	Object   *resource.Object
	Revision string // changes with every write of the object
}

// ApplyOptions bound an apply.
type ApplyOptions struct {
	WaitFor     string        // "all" (default) or "none": do not wait for the target to take it
	WaitTimeout time.Duration // 0: the provider's default
	Adopt       bool          // take over objects of the same owner with another lineage, and unowned ones
	Parallelism int
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
	Revision string        // of the target after it, for people: "42"
	Done     []resource.ID // objects that are now as planned
	Live     []Live        // the written ones, as the target has them now
	Summary  []string      // "public: revision 42: 3 of 3 Envoys acknowledged in 18 ms"
}
