// Package referencegrant says which references into other namespaces are
// permitted, by the rules of the Gateway API.
package referencegrant

import (
	"slices"

	"github.com/gwctl/gwctl/internal/resource"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// Grant is a ReferenceGrant: who may refer to what in its namespace.
type Grant struct {
	Namespace string
	gatewayv1.ReferenceGrantSpec
}

// Permits reports whether an object may refer to another one. Inside of a
// namespace it always may.
func Permits(grants []*Grant, from, to resource.ID) bool {
	if from.Namespace == to.Namespace {
		return true
	}
	return slices.ContainsFunc(grants, func(g *Grant) bool {
		return g.Namespace == to.Namespace &&
			slices.ContainsFunc(g.From, func(f gatewayv1.ReferenceGrantFrom) bool {
				return string(f.Group) == from.Group && string(f.Kind) == from.Kind && string(f.Namespace) == from.Namespace
			}) &&
			slices.ContainsFunc(g.To, func(t gatewayv1.ReferenceGrantTo) bool {
				return string(t.Group) == to.Group && string(t.Kind) == to.Kind && (t.Name == nil || string(*t.Name) == to.Name)
			})
	})
}
