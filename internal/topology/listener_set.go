package topology

import (
	"fmt"

	"github.com/gwctl/gwctl/internal/attachment"
	"github.com/gwctl/gwctl/internal/resource"
	"k8s.io/apimachinery/pkg/labels"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// Set is a ListenerSet that adds to a Gateway.
type Set struct {
	ID        resource.ID
	Refused   string // why the Gateway does not take it; "" where it does
	Listeners []*Listener
}

// SetsOf returns the ListenerSets that want to add to a Gateway, as far as the
// World knows them, in order of precedence.
func (w *World) SetsOf(gateway *resource.Object) []*Set {
	id := resource.IDOf(gateway)
	byID := map[resource.ID]*Set{}
	var order []*attachment.Set
	for _, o := range w.All(ListenerSet) {
		s, err := attachment.SetOf(o)
		if err != nil || s.Gateway != id {
			continue
		}
		listeners, _ := ListenersOf(o) // it is of its form
		byID[s.ID] = &Set{ID: s.ID, Refused: w.refusal(o, gateway), Listeners: listeners}
		order = append(order, s)
	}
	attachment.ByPrecedence(order)
	out := make([]*Set, len(order))
	for i, s := range order {
		out[i] = byID[s.ID]
	}
	return out
}

// refusal returns why a Gateway does not take a set, in its controller's words
// where it has said something of the set as it is.
func (w *World) refusal(set, gateway *resource.Object) string {
	if c, ok := ConditionOf(Conditions(set), string(gatewayv1.ListenerSetConditionAccepted)); ok && !c.Stale && c.Status != "Unknown" {
		if c.Status == "False" {
			return reasonText(c)
		}
		return ""
	}
	allowed, err := attachment.Sets(gateway)
	if err != nil {
		return err.Error()
	}
	blind := false
	if !allowed.Allow(gateway.GetNamespace(), set.GetNamespace(), func(namespace string) labels.Set {
		o, known := w.Find(resource.ID{Kind: Namespace.Kind, Name: namespace})
		if o == nil {
			blind = !known
			return nil
		}
		return o.GetLabels()
	}) {
		if blind {
			return fmt.Sprintf("the labels of namespace %s, by which the gateway chooses, cannot be read", set.GetNamespace())
		}
		return fmt.Sprintf("the gateway takes no listeners of namespace %s", set.GetNamespace())
	}
	return ""
}

// Merged returns the listeners of a Gateway and those of the sets that it takes.
func (w *World) Merged(gateway *resource.Object) ([]*Listener, error) {
	out, err := ListenersOf(gateway)
	for _, s := range w.SetsOf(gateway) {
		if s.Refused == "" {
			out = append(out, s.Listeners...)
		}
	}
	return out, err
}

// TakesSets reports whether a Gateway takes any ListenerSets.
func TakesSets(gateway *resource.Object) bool {
	allowed, err := attachment.Sets(gateway)
	return err == nil && allowed.From != gatewayv1.NamespacesFromNone
}
