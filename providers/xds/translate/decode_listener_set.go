package translate

import (
	"time"

	"github.com/gwctl/gwctl/internal/resource"
	"k8s.io/apimachinery/pkg/runtime/schema"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

var kindListenerSet = schema.GroupKind{Group: groupGateway, Kind: "ListenerSet"}

// listenerSet is a ListenerSet, checked.
type listenerSet struct {
	id        resource.ID
	created   time.Time
	parent    resource.ID // the Gateway that it adds to
	listeners []*listener
	invalid   bool // it is served nowhere
	// gateway takes the set, and where none does, refused says why. Both are
	// found anew where any object but a route changes.
	gateway *gateway
	refused Condition
}

func decodeListenerSet(d *decoding, o *resource.Object, created time.Time) *listenerSet {
	s := &listenerSet{id: d.id, created: created}
	var typed gatewayv1.ListenerSet
	if !d.typed(o, &typed) {
		s.invalid = true
		return s
	}
	ref := &typed.Spec.ParentRef
	s.parent = resource.ID{
		Group: text(ref.Group, kindGateway.Group), Kind: text(ref.Kind, kindGateway.Kind),
		Namespace: text(ref.Namespace, d.id.Namespace), Name: string(ref.Name),
	}
	if s.parent.GroupKind() != kindGateway {
		d.problem("spec.parentRef", "listeners cannot be added to a %s: allowed is Gateway", s.parent.Kind)
		s.invalid = true
	}
	for i := range typed.Spec.Listeners {
		l := decodeListener(d, i, (*gatewayv1.Listener)(&typed.Spec.Listeners[i]))
		l.key = d.id.Namespace + "/" + d.id.Name + "/" + l.key
		s.listeners = append(s.listeners, l)
	}
	if len(s.listeners) == 0 {
		d.problem("spec.listeners", "a ListenerSet needs at least one listener")
	}
	return s
}
