// Package config reads the language: it loads a folder of *.hcl files,
// evaluates them and decodes every block into resources.
//
// Evaluation follows demand: a value is computed when something needs it, once,
// and a circle of values that need each other is an error that names them all.
// What an expression needs is found out once for each place in the source, not
// for each instance that for_each makes of it.
package config

import (
	"context"

	"github.com/gwctl/gwctl/config/kinds"
	"github.com/gwctl/gwctl/internal/diag"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// Options say what to load.
type Options struct {
	Dir     string   // folder of the configuration
	Inputs  []Input  // of -var and -var-file, in the order given: the last one wins
	Environ []string // "k=v" each, as of os.Environ; GWCTL_VAR_x sets variable x
	Version string   // of gwctl, for required_version; a development build meets every constraint
	Ask     AskFunc  // asks for a required variable that has no value; nil: that is an error
}

// AskFunc asks a person for the value of a variable.
type AskFunc func(ctx context.Context, name, description string) (string, error)

// Input is a -var or a -var-file on the command line.
type Input struct {
	Var  string // "name=value"
	File string // path of a *.gwvars file, where Var is empty
}

// Config is an evaluated configuration.
type Config struct {
	Owner     string // who the objects belong to
	State     Target // where the state is kept
	Providers []Provider
	Resources []*resource.Resource // sorted by address; their blocks may share parts: do not change them
	Data      []Data               // what others own and has to be there, sorted by name
	Outputs   []Output             // of the root module, sorted by name
	Imports   []Import             // sorted by address
	Moved     []Moved
	Removed   []Removed
	Variables map[string]any // of the root module, sensitive ones left out
	Sources   diag.Sources   // all files that were read
}

// Target is a block that says where something is: a provider or a state.
type Target struct {
	Type  string          // "xds", "kubernetes", "file"
	Block *resource.Block // its arguments
}

// Text returns a string argument, "" where it is absent.
func (t Target) Text(argument string) string {
	if a := t.Block.Attr(argument); a != nil {
		s, _ := a.Value.(string)
		return s
	}
	return ""
}

// Provider is a provider block.
type Provider struct {
	Target
	Alias string
	Key   string // as Resource.Provider names it: "xds" or "xds.eu"
}

// Output is an output value of the root module.
type Output struct {
	Name        string
	Description string
	Value       cty.Value // without marks
	Sensitive   bool
	Range       hcl.Range
}

// Data is an instance of a data block: an object of somebody else's.
type Data struct {
	Name     string // address of the block: "data.gateway.public"
	Provider string // that has the object
	ID       resource.ID
	Range    hcl.Range
}

// Import is an import block: the live object that To makes comes into the
// owner's care.
type Import struct {
	To    resource.Address
	ID    string // "shop/orders" or "orders"; "" where it is not said
	Range hcl.Range
}

// Moved is a moved block: what is recorded under From belongs to To. An
// address without a kind names a module call and everything in it.
type Moved struct {
	From, To resource.Address
	Range    hcl.Range
}

// Removed is a removed block: what is recorded under From is no more in the
// configuration. An address without a key names every instance.
type Removed struct {
	From    resource.Address
	Destroy bool // false: it leaves gwctl's care and stays live
	Range   hcl.Range
}

// Load reads and evaluates a configuration. It reports all errors of one run,
// sorted by place; the Config is never nil and has the sources that the
// diagnostics point into, and is complete where there are no errors.
func Load(ctx context.Context, opts Options) (*Config, hcl.Diagnostics) {
	return load(ctx, opts, kinds.All(), kinds.Compose)
}

// composeFunc turns the blocks of resources into their objects.
type composeFunc func([]*resource.Resource, map[string]kinds.Scope) hcl.Diagnostics
