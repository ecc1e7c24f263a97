package planner

import (
	"time"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/hashicorp/hcl/v2"
)

// Input is all that a plan is made from. Make changes nothing in it.
type Input struct {
	Version string // of gwctl
	Mode    Mode
	Owner   Owner
	Adopt   bool               // take over unowned objects, and those of this owner with another lineage
	Imports []Import           // take over these unowned objects
	Force   []resource.Address // take fields from whoever else manages them
	Targets map[string]string  // identity of the target of each provider
	// Labels are what else the objects of this owner carry on each provider's
	// target, by its own conventions.
	Labels map[string]map[string]string

	Desired      []*resource.Resource
	Prior        []Record // what the state remembers
	StateSerial  uint64
	StateLineage string
	// Live holds, for each provider, the owner's objects and those that the
	// configuration names. Refreshed says that they were read; without it the
	// state's objects stand in for them.
	Live      map[string][]Live
	Refreshed bool
	// Looked lists, for each provider, what was looked for of others' objects:
	// where it is not live, it is not there.
	Looked map[string][]resource.ID
	// Unreadable holds, for each provider, what of others' objects this account
	// may not read, and why.
	Unreadable map[string]map[resource.ID]error
	Data       []Data

	Moved   []Moved
	Removed []Removed
	Only    []resource.Address // -target; without a kind an address means its whole module
	Exclude []resource.Address // -exclude, likewise
	// AllowDestroy is how many objects may go where so many would go that it
	// looks like a mistake.
	AllowDestroy int

	Outputs      map[string]Output
	PriorOutputs map[string]Output
	Variables    map[string]any

	Codec Codec
	// Sources says where the fields of an object of r were written.
	Sources func(r *resource.Resource, o *resource.Object) resource.Sources
}

// Record is one resource as the state remembers it. It converts to and from
// the state's own type.
type Record struct {
	Address        resource.Address
	Provider       string
	Objects        []*resource.Object // as last applied
	DependsOn      []resource.Address
	PreventDestroy bool
}

// Live is an object as the target has it, less the fields that are others' to
// set.
type Live struct {
	Object   *resource.Object
	Revision string   // changes with every write of the object
	Writers  []Writer // of the fields of Object that somebody else set last
	Trouble  string   // what the target itself has against the object as it is; "" for nothing
	Tracker  string   // what applies the object by itself: "Argo CD's application shop"; "" for nothing
}

// Writer is who set a field last.
type Writer struct {
	Field   string    `json:"field"`         // "spec.rules"; all in it is the writer's as well
	Manager string    `json:"manager"`       // as the target calls it: "kubectl-edit"
	At      time.Time `json:"time,omitzero"` // of its last write
}

// Output is one root output value.
type Output struct {
	Value     any // of the types of resource.Attr or a json.Number; nil when sensitive
	Sensitive bool
}

// Moved says that what was at From is at To now. Without kind and name the
// addresses name modules.
type Moved struct {
	From, To resource.Address
	Range    hcl.Range
}

// Import says that an unowned live object comes into the owner's care.
type Import struct {
	To    resource.Address
	ID    string // "shop/orders" or "orders"; "" takes the object that the block makes
	Range hcl.Range
}

// Data is an object of somebody else's that has to be there.
type Data struct {
	Name     string // as the configuration calls it: "data.gateway.public"
	Provider string
	ID       resource.ID
	Range    hcl.Range
}

// Removed says that From left the configuration on purpose.
type Removed struct {
	From    resource.Address
	Destroy bool // false: the objects stay live, without an owner
	Range   hcl.Range
}

// Codec turns objects into HCL's words and back. It is what the planner needs
// of the kinds, which it does not know. Methods change no argument.
type Codec interface {
	// Default returns o with its schema's defaults filled in.
	Default(o *resource.Object) (*resource.Object, error)
	// Words returns what block a says of the object, in HCL's words and with
	// defaults left out.
	Words(a resource.Address, o *resource.Object, names func(resource.ID) (resource.Address, bool)) (*resource.Block, error)
	// Encode returns the object that block a becomes when it says what b does.
	// Its name and metadata are not looked at.
	Encode(a resource.Address, b *resource.Block) (*resource.Object, error)
	// HasPath reports whether an ignore_changes path can name anything in a
	// block of this kind.
	HasPath(kind, path string) bool
	// Traffic says what traffic notices of block b at a, which makes object id,
	// among the objects that find knows.
	Traffic(a resource.Address, id resource.ID, b *resource.Block, find resource.Find) resource.Traffic
	// Claims lists cheaply what a block's flows may have in common with those
	// of others: those that meet at one place have a claim in common.
	Claims(b *resource.Block) []string
}
