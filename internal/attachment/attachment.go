// Package attachment decides which listeners take a route, by the rules of the
// Gateway API: what the parent reference names, the kinds and namespaces that
// the listener allows, and the hostnames that both have in common.
package attachment

import (
	"slices"

	"github.com/gwctl/gwctl/internal/hostname"
	"github.com/gwctl/gwctl/internal/resource"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// Listener is what routes need to know of a listener.
type Listener struct {
	Owner    resource.ID // the Gateway or the ListenerSet that has it
	Name     string
	Port     int32
	Protocol gatewayv1.ProtocolType
	Hostname string // in lower case; "" is any
	Namespaces
	Kinds []schema.GroupKind // of routes that it takes
}

// Route is what listeners need to know of a route.
type Route struct {
	Kind      schema.GroupKind
	Namespace string
	Hostnames []string // in lower case; [""] where it names none
}

// Parent is what a parent reference says of the listeners it means.
type Parent struct {
	SectionName string // "" is any
	Port        int32  // 0 is any
}

// Host is one hostname of a route at a listener.
type Host struct {
	Own    string // as the route has it: decides precedence
	Common string // what the listener leaves of it: the requests it is for
}

// Outcome says whether a listener takes a route, or which rule is the first to
// speak against it.
type Outcome int

// The outcomes, in the order in which the rules are looked at.
const (
	NotMeant Outcome = iota // the parent reference names another listener
	WrongKind
	WrongNamespace
	NoHostname
	Attached
)

// At says what becomes of a route at a listener, and of which hosts it gets the
// requests there. It asks for the labels of the route's namespace only where
// they decide.
func At(l *Listener, r Route, p Parent, labelsOf func(namespace string) labels.Set) ([]Host, Outcome) {
	switch {
	case p.SectionName != "" && p.SectionName != l.Name || p.Port != 0 && p.Port != l.Port:
		return nil, NotMeant
	case !slices.Contains(l.Kinds, r.Kind):
		return nil, WrongKind
	case !l.Allow(l.Owner.Namespace, r.Namespace, labelsOf):
		return nil, WrongNamespace
	}
	var hosts []Host
	for _, h := range r.Hostnames {
		if common, ok := hostname.Intersect(l.Hostname, h); ok {
			hosts = append(hosts, Host{Own: h, Common: common})
		}
	}
	if len(hosts) == 0 {
		return nil, NoHostname
	}
	return hosts, Attached
}

// Before returns the listener among others that gets the requests for a host
// instead of l: one on the same port with a more specific hostname. It is nil
// where l gets them.
func Before(l *Listener, others []*Listener, host string) *Listener {
	var first *Listener
	for _, o := range others {
		if o == l || o.Port != l.Port || !hostname.Covers(o.Hostname, host) || hostname.MoreSpecific(o.Hostname, l.Hostname) >= 0 {
			continue
		}
		if first == nil || hostname.MoreSpecific(o.Hostname, first.Hostname) < 0 {
			first = o
		}
	}
	return first
}
