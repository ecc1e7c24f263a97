package attachment

import (
	"cmp"
	"slices"
	"strings"

	"github.com/gwctl/gwctl/internal/resource"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// Set is what a Gateway needs to know of a ListenerSet.
type Set struct {
	ID        resource.ID
	Created   string      // RFC 3339; "" is yet to be made
	Gateway   resource.ID // that it adds to
	Listeners []*Listener
}

// SetOf reads a ListenerSet that the API server took.
func SetOf(set *resource.Object) (*Set, error) {
	var typed gatewayv1.ListenerSet
	if err := read(set, &typed); err != nil {
		return nil, err
	}
	listeners, err := Listeners(set)
	if err != nil {
		return nil, err
	}
	id, ref := resource.IDOf(set), typed.Spec.ParentRef
	s := &Set{ID: id, Listeners: listeners, Gateway: resource.ID{
		Group: string(value(ref.Group, Group)), Kind: string(value(ref.Kind, "Gateway")),
		Namespace: string(value(ref.Namespace, gatewayv1.Namespace(id.Namespace))), Name: string(ref.Name),
	}}
	metadata, _ := set.Object["metadata"].(map[string]any)
	s.Created, _ = metadata["creationTimestamp"].(string)
	return s, nil
}

// Sets reads which namespaces' ListenerSets a Gateway takes.
func Sets(gateway *resource.Object) (Namespaces, error) {
	var typed gatewayv1.Gateway
	if err := read(gateway, &typed); err != nil {
		return Namespaces{}, err
	}
	allowed := typed.Spec.AllowedListeners
	if allowed == nil || allowed.Namespaces == nil {
		return Namespaces{From: gatewayv1.NamespacesFromNone}, nil
	}
	return namespacesOf(value(allowed.Namespaces.From, gatewayv1.NamespacesFromNone), allowed.Namespaces.Selector), nil
}

// ByPrecedence sorts sets as their Gateway goes through them: the older first,
// and of those of one age by namespace and name (ListenerSetSpec.Listeners).
func ByPrecedence(sets []*Set) {
	age := func(s *Set) string { return cmp.Or(s.Created, "~") } // what is yet to be made is last
	slices.SortFunc(sets, func(a, b *Set) int {
		return cmp.Or(strings.Compare(age(a), age(b)), a.ID.CompareNames(b.ID))
	})
}
