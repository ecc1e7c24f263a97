package translate

import (
	"slices"

	"github.com/gwctl/gwctl/internal/resource"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// grant is a ReferenceGrant: who may refer to what in its namespace.
type grant struct {
	namespace string
	from      []gatewayv1.ReferenceGrantFrom
	to        []gatewayv1.ReferenceGrantTo
}

func decodeGrant(d *decoding, o *resource.Object) *grant {
	var typed gatewayv1.ReferenceGrant
	if !d.typed(o, &typed) {
		return &grant{} // grants nothing
	}
	return &grant{namespace: d.id.Namespace, from: typed.Spec.From, to: typed.Spec.To}
}

// permits reports whether an object may refer to another one. Inside of a
// namespace it always may.
func permits(grants []*grant, from, to resource.ID) bool {
	if from.Namespace == to.Namespace {
		return true
	}
	return slices.ContainsFunc(grants, func(g *grant) bool {
		return g.namespace == to.Namespace &&
			slices.ContainsFunc(g.from, func(f gatewayv1.ReferenceGrantFrom) bool {
				return string(f.Group) == from.Group && string(f.Kind) == from.Kind && string(f.Namespace) == from.Namespace
			}) &&
			slices.ContainsFunc(g.to, func(t gatewayv1.ReferenceGrantTo) bool {
				return string(t.Group) == to.Group && string(t.Kind) == to.Kind && text(t.Name, to.Name) == to.Name
			})
	})
}
