package attachment

import (
	"fmt"
	"strings"

	"github.com/gwctl/gwctl/internal/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// Group is that of Gateways and routes.
const Group = gatewayv1.GroupName

// Reference is a parent reference with what it leads to.
type Reference struct {
	To resource.ID
	Parent
}

// Listeners reads the listeners of a Gateway or a ListenerSet that the API
// server took; fields that are not known are passed over.
func Listeners(owner *resource.Object) ([]*Listener, error) {
	var typed struct {
		Spec struct {
			Listeners []gatewayv1.Listener `json:"listeners"`
		} `json:"spec"`
	}
	id := resource.IDOf(owner)
	if err := read(owner, &typed); err != nil {
		return nil, err
	}
	out := make([]*Listener, len(typed.Spec.Listeners))
	for i := range typed.Spec.Listeners {
		out[i] = listenerOf(id, &typed.Spec.Listeners[i])
	}
	return out, nil
}

// read takes what it knows of an object.
func read(o *resource.Object, into any) error {
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(o.Object, into); err != nil {
		id := resource.IDOf(o)
		return fmt.Errorf("%s is not of the form of a %s: %w", id, id.Kind, err)
	}
	return nil
}

func listenerOf(owner resource.ID, in *gatewayv1.Listener) *Listener {
	l := &Listener{
		Owner: owner, Name: string(in.Name), Port: in.Port, Protocol: in.Protocol, Hostname: normal(value(in.Hostname, "")),
		Namespaces: Namespaces{From: gatewayv1.NamespacesFromSame}, Kinds: kindsFor(in.Protocol),
	}
	allowed := in.AllowedRoutes
	if allowed == nil {
		return l
	}
	if len(allowed.Kinds) > 0 {
		l.Kinds = nil
		for _, k := range allowed.Kinds {
			l.Kinds = append(l.Kinds, schema.GroupKind{Group: string(value(k.Group, Group)), Kind: string(k.Kind)})
		}
	}
	if in := allowed.Namespaces; in != nil {
		l.Namespaces = namespacesOf(value(in.From, gatewayv1.NamespacesFromSame), in.Selector)
	}
	return l
}

func namespacesOf(from gatewayv1.FromNamespaces, selector *metav1.LabelSelector) Namespaces {
	n := Namespaces{From: from}
	if from == gatewayv1.NamespacesFromSelector {
		if selector == nil {
			selector = &metav1.LabelSelector{}
		}
		parsed, err := metav1.LabelSelectorAsSelector(selector)
		if err != nil {
			parsed = labels.Nothing() // as controllers have it
		}
		n.Selector = parsed
	}
	return n
}

// routes are the kinds that listeners of a protocol can take.
var routes = map[gatewayv1.ProtocolType][]string{
	gatewayv1.HTTPProtocolType:  {"HTTPRoute", "GRPCRoute"},
	gatewayv1.HTTPSProtocolType: {"HTTPRoute", "GRPCRoute"},
	gatewayv1.TLSProtocolType:   {"TLSRoute", "TCPRoute"},
	gatewayv1.TCPProtocolType:   {"TCPRoute"},
	gatewayv1.UDPProtocolType:   {"UDPRoute"},
}

// RoutesOf returns the kinds of the Gateway API's routes that listeners of a
// protocol can take; nil for a protocol that is none of its own. The caller must
// not change them.
func RoutesOf(protocol string) []string { return routes[gatewayv1.ProtocolType(protocol)] }

// kindsFor are the routes that a listener takes where it does not say which.
func kindsFor(protocol gatewayv1.ProtocolType) []schema.GroupKind {
	names := routes[protocol]
	kinds := make([]schema.GroupKind, len(names))
	for i, name := range names {
		kinds[i] = schema.GroupKind{Group: Group, Kind: name}
	}
	return kinds
}

// RouteOf reads what listeners need to know of a route, and its parent
// references. Any kind of route will do: all have these fields alike.
func RouteOf(route *resource.Object) (Route, []Reference, error) {
	var typed struct {
		Spec struct {
			gatewayv1.CommonRouteSpec `json:",inline"`
			Hostnames                 []gatewayv1.Hostname `json:"hostnames"`
		} `json:"spec"`
	}
	id := resource.IDOf(route)
	if err := read(route, &typed); err != nil {
		return Route{}, nil, err
	}
	r := Route{Kind: id.GroupKind(), Namespace: id.Namespace}
	for _, h := range typed.Spec.Hostnames {
		r.Hostnames = append(r.Hostnames, normal(h))
	}
	if len(r.Hostnames) == 0 {
		r.Hostnames = []string{""}
	}
	parents := make([]Reference, len(typed.Spec.ParentRefs))
	for i := range typed.Spec.ParentRefs {
		parents[i] = ReferenceOf(id.Namespace, &typed.Spec.ParentRefs[i])
	}
	return r, parents, nil
}

// ReferenceOf completes a parent reference in a namespace.
func ReferenceOf(namespace string, in *gatewayv1.ParentReference) Reference {
	return Reference{
		To: resource.ID{
			Group: string(value(in.Group, Group)), Kind: string(value(in.Kind, "Gateway")),
			Namespace: string(value(in.Namespace, gatewayv1.Namespace(namespace))), Name: string(in.Name),
		},
		Parent: Parent{SectionName: string(value(in.SectionName, "")), Port: value(in.Port, 0)},
	}
}

func normal(h gatewayv1.Hostname) string {
	return strings.ToLower(strings.TrimSuffix(string(h), "."))
}

// value returns what p points to, or the default.
func value[T any](p *T, otherwise T) T {
	if p == nil {
		return otherwise
	}
	return *p
}
