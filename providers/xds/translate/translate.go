// Package translate turns Gateway API objects into Envoy's resources. It is
// pure and deterministic: the same objects, in any order, give the same bytes.
//
// The way goes through a form of its own between the two: objects are decoded
// and checked (decode_*.go), routes find their listeners (attach.go), listeners
// and routes make virtual hosts with rules in order of precedence
// (virtual_host.go), and only then Envoy's messages are built (envoy_*.go).
package translate

import (
	"time"

	"github.com/gwctl/gwctl/internal/resource"
)

// Object is one applied object and what the store knows of it.
type Object struct {
	// Object is never changed once it was given to a Translator.
	Object  *resource.Object
	Created time.Time // decides precedence between routes of equal rank
	// Unusable says why the files that a Secret or a ConfigMap names cannot be
	// used, for people; "" if they can, or if nobody looked.
	Unusable string
}

// Type is an xDS resource type, by its usual short name.
type Type string

// The types, in the order in which additions are pushed.
const (
	Secret   Type = "SDS"
	Cluster  Type = "CDS"
	Endpoint Type = "EDS"
	Listener Type = "LDS"
	// Extension is a filter that a listener names and that comes apart from
	// it: where the connections of TCP and TLS routes go.
	Extension Type = "ECDS"
	Route     Type = "RDS"
)

// RateLimit is the limits of one policy (RateLimitConfig). It is for limiters:
// no gateway's Snapshot has it.
const RateLimit Type = "RLS"

// Types lists all types in that order.
var Types = []Type{RateLimit, Secret, Cluster, Endpoint, Listener, Extension, Route}

// Resource is one xDS resource, ready to send. It is never changed.
type Resource struct {
	Type    Type
	Name    string
	Version string // hash of Body
	Body    []byte // deterministic serialization of the message, without its Any
	// Clusters names what the resource sends requests to: those must be warm
	// before it is pushed and stay until it is gone.
	Clusters []string
	// Secrets names what a cluster waits for before it is warm.
	Secrets []string
	origins func() []Origin
}

// Origins lists the fields that the resource was made from; none where it was
// not made by this process. The list is not to be changed.
func (r *Resource) Origins() []Origin {
	if r.origins == nil {
		return nil
	}
	return r.origins()
}

// Origin is a field of an object.
type Origin struct {
	ID   resource.ID `json:"id"`
	Path string      `json:"path"`
}

// Snapshot is all that the Envoys of one gateway are served.
type Snapshot struct {
	Gateway   string // "default/public"
	Resources map[Type]map[string]*Resource
}

// Of returns the resources of a type by name; a nil snapshot has none.
func (s *Snapshot) Of(typ Type) map[string]*Resource {
	if s == nil {
		return nil
	}
	return s.Resources[typ]
}

// Result is what objects become.
type Result struct {
	Gateways map[string]*Snapshot // by Snapshot.Gateway; one for each Gateway object
	Limits   map[string]*Resource // what the limiter counts: of type RateLimit, by its domain
	Status   Statuses             // of Gateways, routes and policies
	Problems []Problem            // sorted
}

// Problem is something in an object that cannot be translated: traffic does
// not do what the object says. What the Gateway API foresees, such as a
// reference to nothing, is no problem but a condition.
type Problem struct {
	Origin
	Message string `json:"message"` // what is wrong, what is allowed
}

// Translate is Translator.Translate of a Translator that knows nothing yet.
func Translate(objects []Object) Result { return NewTranslator().Translate(objects) }
