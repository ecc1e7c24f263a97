// Package kinds holds the block types that become objects, one file each. A
// kind is a schema and a codec: Encode turns a block into objects, Decode an
// object into the same block. Both are pure.
//
// To add a kind, write a file with a Kind in it, as backend.go is, list it in
// all.go, and put a configuration that uses it into testdata: the golden test
// shows what it becomes and how it reads on the way back, and the reference
// lists it by itself. Arguments that a kind does not have yet are reached
// through `other`, which both codecs handle.
package kinds

import (
	"github.com/gwctl/gwctl/config/schema"
	"github.com/gwctl/gwctl/internal/resource"
	runtime "k8s.io/apimachinery/pkg/runtime/schema"
)

// Kind is one block type.
type Kind struct {
	Name    string // block type in HCL: "http_route"
	Doc     string
	Example string                   // for the reference; those of all kinds together are a configuration
	Object  runtime.GroupVersionKind // the object it makes; empty: any, which the block says with its metadata
	Schema  schema.Body
	// Named says that on a cluster the block makes no object: it names one that is
	// there.
	Named bool

	// Identity lists the arguments that Refer reads; the loader evaluates them
	// alone, so that two blocks may refer to each other.
	Identity []string
	// Refer returns what a reference to the block stands for: usually the
	// object it makes, for a backend of a Service that Service.
	Refer func(b *resource.Block, a resource.Address, in Scope) resource.Ref
	// Identify returns the object that a block makes; nil where that is one of
	// the type Object, called as the block.
	Identify func(b *resource.Block, a resource.Address, in Scope) resource.ID
	// Encode writes the block's fields into a fragment, and reports what the
	// object's schema does not know or says in other words. It takes values of
	// any type.
	Encode func(b *resource.Block, out *Fragment)
	// Decode returns the object in HCL's words, defaults left out, so that it
	// equals the decoded object of whoever wrote the same. It takes any object
	// of its type and loses nothing: what has no words goes to `other`.
	Decode func(o *resource.Object, names Names) (*resource.Block, error)
	// Check looks at what Encode cannot see: other blocks of the same
	// configuration. It reports to out; nil where a block stands for itself.
	Check func(b *resource.Block, siblings Siblings, out *Fragment)
	// Shared says how several blocks fill one object; nil where each has its own.
	Shared *Sharing
	// Fits reports whether a block of the kind says what an object of its type is
	// for; nil: always. Kinds that share a type tell apart what others wrote by it.
	Fits func(o *resource.Object) bool
	// Traffic says what traffic notices of the block, which makes object id; nil
	// for kinds of which it notices nothing.
	Traffic func(a resource.Address, id resource.ID, b *resource.Block, find resource.Find) resource.Traffic
	// Claims lists what the block's flows may have in common with those of
	// others; nil for kinds that route nothing. It is cheap.
	Claims func(b *resource.Block) []string
}

// referTo is the Refer of a kind whose references stand for the object that the
// block makes.
func referTo(identify func(*resource.Block, resource.Address, Scope) resource.ID) func(*resource.Block, resource.Address, Scope) resource.Ref {
	return func(b *resource.Block, a resource.Address, in Scope) resource.Ref {
		return resource.Ref{Address: a, ID: identify(b, a, in)}
	}
}

// called identifies objects of a type that are called as their blocks.
func called(gk runtime.GroupKind) func(*resource.Block, resource.Address, Scope) resource.ID {
	return func(b *resource.Block, a resource.Address, in Scope) resource.ID { return identify(gk, b, a, in) }
}

// Sharing is how blocks fill one object together: each other fields, or elements
// of a list of their own.
type Sharing struct {
	// Appends are the paths of lists, and of strings of several lines, to which
	// each block adds, in the order of addresses.
	Appends []string
	// Part leaves of an object what one block contributed; nil where Decode reads
	// no more.
	Part func(o *resource.Object, a resource.Address) *resource.Object
	// Begin says where the elements of one block begin in a list of Appends.
	Begin func(o *resource.Object, a resource.Address, list string) int
}

// part leaves of an object what one block contributed.
func (k *Kind) part(o *resource.Object, a resource.Address) *resource.Object {
	if k.Shared == nil || k.Shared.Part == nil {
		return o
	}
	return k.Shared.Part(o, a)
}

// makes reports whether objects of a type are what blocks of the kind make.
func (k *Kind) makes(gk runtime.GroupKind) bool { return k.makesAny() || k.Object.GroupKind() == gk }

// makesAny reports whether the block says itself what object it makes.
func (k *Kind) makesAny() bool { return k.Object.Empty() }

func (k *Kind) identify(b *resource.Block, a resource.Address, in Scope) resource.ID {
	if k.Identify != nil {
		return k.Identify(b, a, in)
	}
	return identify(k.Object.GroupKind(), b, a, in)
}

// Names finds the address in HCL of an object that is referred to.
type Names func(resource.ID) (resource.Address, bool)

// Siblings finds a block of the same configuration.
type Siblings func(resource.Address) (*resource.Block, bool)

// Scope is what a provider block says for all resources it applies.
type Scope struct {
	Namespace string // of objects that name none; "default" unless the provider block says otherwise
	Provider  string // type of the provider block: "xds", "kubernetes"; "" where it does not matter
	Class     string // GatewayClass of gateways that name none; "" where each has to name one
}
