// Package schema describes blocks in HCL's words: the loader decodes by it, and
// the language reference is generated from it. It knows neither HCL's syntax
// nor the objects that blocks become.
package schema

import "github.com/zclconf/go-cty/cty"

// Body is what stands between the braces of a block.
type Body struct {
	Attrs  []Attr
	Blocks []Block
}

// Attr is one argument.
type Attr struct {
	Name     string
	Type     cty.Type // the value is converted to it; Ref for references
	Required bool
	Doc      string   // one or two sentences, for the reference
	Default  string   // what holds when it is absent, in HCL, for the reference only
	OneOf    []string // allowed strings; empty: any
	Refs     []string // kinds that a Ref may name; of a String, those that may be referred to instead of named
	Secret   bool     // names a secret, never holds one
}

// Block is a nested block type.
type Block struct {
	Type  string
	Label string // what the label is called in the reference ("name"); "" when it takes none
	// OptionalLabel says that the label may be left out. Siblings without one are
	// told apart by their order.
	OptionalLabel bool
	// KeyAttr is the argument whose reference or whole number identifies the block
	// among its siblings where it has no label: `to` of a forward.
	KeyAttr string
	Doc     string
	Min     int  // 0: optional
	Max     int  // 0: any number
	Counted bool // the kind itself says what to do about more than Max
	Body    Body
}

// Ref is the type of arguments that refer to other blocks. In an expression a
// reference is an object with kind, address, namespace and name (and port for
// a Service); users write `backend.orders`, or `{ name = "x", namespace = "y" }`
// for what another configuration owns.
var Ref = cty.Object(map[string]cty.Type{
	"kind":      cty.String, // gwctl's kind: "backend"
	"address":   cty.String,
	"group":     cty.String, // of the object referred to
	"type":      cty.String, // object kind: "Backend", "Service"
	"namespace": cty.String,
	"name":      cty.String,
	"port":      cty.Number,
})

// Refs is the type of arguments that list references.
var Refs = cty.List(Ref)
