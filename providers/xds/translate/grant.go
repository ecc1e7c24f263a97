package translate

import (
	"github.com/gwctl/gwctl/internal/referencegrant"
	"github.com/gwctl/gwctl/internal/resource"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

type grant = referencegrant.Grant

var permits = referencegrant.Permits

func decodeGrant(d *decoding, o *resource.Object) *grant {
	var typed gatewayv1.ReferenceGrant
	if !d.typed(o, &typed) {
		return &grant{} // grants nothing
	}
	return &grant{Namespace: d.id.Namespace, ReferenceGrantSpec: typed.Spec}
}
