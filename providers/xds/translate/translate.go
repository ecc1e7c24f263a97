// Package translate turns Gateway API objects into Envoy's resources. It is
// pure and deterministic: the same objects, in any order, give the same bytes.
package translate

import (
	"time"

	"github.com/gwctl/gwctl/internal/resource"
)

// Object is one applied object and what the store knows of it.
type Object struct {
	Object  *resource.Object
	Created time.Time // decides precedence between routes of equal rank
}

// Type is an xDS resource type, by its usual short name.
type Type string

// The types, in the order in which additions are pushed.
const (
	Cluster  Type = "CDS"
	Endpoint Type = "EDS"
	Listener Type = "LDS"
	Route    Type = "RDS"
)

// Resource is one xDS resource, ready to send.
type Resource struct {
	Type    Type
	Name    string
	Version string // hash of Body
	Body    []byte // deterministic serialization of the message, without its Any
	// Clusters names what the resource sends requests to: those must be warm
	// before it is pushed and stay until it is gone.
	Clusters []string
	// Origins lists the fields that the resource was made from.
	Origins []Origin
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
