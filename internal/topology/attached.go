package topology

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gwctl/gwctl/internal/attachment"
	"github.com/gwctl/gwctl/internal/hostname"
	"github.com/gwctl/gwctl/internal/resource"
	"k8s.io/apimachinery/pkg/labels"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// Verdict says what becomes of a route at a listener.
type Verdict string

// The verdicts.
const (
	Attached    Verdict = "attached"
	NotAttached Verdict = "not attached"
	Unknown     Verdict = "unknown" // what decides could not be read
)

// At is a route at a listener that its parent reference means.
type At struct {
	Listener string
	Port     int32
	Verdict  Verdict
	Hosts    []string // for which the route gets the requests there; "" is any
	Why      string   // it is not attached or not known; where it is, which hosts go elsewhere
}

// Parent is what a route wants to attach to, and what comes of it.
type Parent struct {
	attachment.Reference
	Verdict    Verdict
	Why        string // nothing can be said of single listeners
	Listeners  []At
	Controller string      // who wrote the conditions
	Conditions []Condition // of the route at this parent
}

// ParentsOf finds out where a route really attaches.
func ParentsOf(route *resource.Object, w *World) ([]Parent, error) {
	r, references, err := attachment.RouteOf(route)
	if err != nil {
		return nil, err
	}
	out := make([]Parent, len(references))
	for i, ref := range references {
		out[i] = w.parentOf(route, r, ref)
	}
	return out, nil
}

func (w *World) parentOf(route *resource.Object, r attachment.Route, ref attachment.Reference) Parent {
	p := Parent{Reference: ref, Verdict: NotAttached}
	p.Controller, p.Conditions = saidOf(route, ref)
	listeners, all, verdict, why := w.follow(ref.To)
	if why != "" {
		p.Verdict, p.Why = verdict, why
		return p
	}
	for _, l := range listeners {
		if at, meant := w.at(l, all, r, ref.Parent); meant {
			p.Listeners = append(p.Listeners, at)
		}
	}
	is := func(v Verdict) bool {
		return slices.ContainsFunc(p.Listeners, func(a At) bool { return a.Verdict == v })
	}
	if c, ok := ConditionOf(p.Conditions, string(gatewayv1.RouteConditionAccepted)); ok && c.Reason == rival && c.Status == "False" && !c.Stale {
		for i := range p.Listeners {
			if p.Listeners[i].Verdict == Attached {
				p.Listeners[i] = At{Listener: p.Listeners[i].Listener, Port: p.Listeners[i].Port, Verdict: NotAttached, Why: c.Message}
			}
		}
	}
	switch {
	case len(p.Listeners) == 0:
		p.Why = noSuchListener(ref, listeners)
	case is(Attached):
		p.Verdict = Attached
	case is(Unknown):
		p.Verdict = Unknown
	}
	return p
}

// follow returns the listeners that a parent reference leads to, and all that
// its Gateway serves; or a verdict, and why there are none.
func (w *World) follow(to resource.ID) (listeners, all []*Listener, verdict Verdict, why string) {
	if to.GroupKind() != Gateway && to.GroupKind() != ListenerSet {
		return nil, nil, Unknown, fmt.Sprintf("a %s is no Gateway: its controller decides", to.Kind)
	}
	o, verdict, why := w.find(to)
	if o == nil {
		return nil, nil, verdict, why
	}
	listeners, err := ListenersOf(o)
	if err != nil {
		return nil, nil, Unknown, err.Error()
	}
	gateway := o
	if to.GroupKind() == ListenerSet {
		set, err := attachment.SetOf(o)
		if err != nil {
			return nil, nil, Unknown, err.Error()
		}
		if gateway, verdict, why = w.find(set.Gateway); gateway == nil {
			return nil, nil, verdict, fmt.Sprintf("%s adds to a gateway, and %s", to, why)
		}
		if why := w.refusal(o, gateway); why != "" {
			return nil, nil, NotAttached, fmt.Sprintf("%s is not taken by %s: %s", to, set.Gateway, why)
		}
	}
	if all, err = w.Merged(gateway); err != nil {
		return nil, nil, Unknown, err.Error()
	}
	return listeners, all, "", ""
}

// find returns an object; where there is none, a verdict and why.
func (w *World) find(id resource.ID) (*resource.Object, Verdict, string) {
	o, known := w.Find(id)
	if o != nil {
		return o, "", ""
	}
	if known {
		return nil, NotAttached, fmt.Sprintf("%s does not exist", id)
	}
	why := fmt.Sprintf("%s cannot be read", id)
	if err := w.Unreadable(id); err != nil {
		why += ": " + err.Error()
	}
	return nil, Unknown, why
}

// rival is the xDS server's reason where an older route of another kind has the
// hosts: no listener tells that, so it is the controller's word that counts.
const rival = string(gatewayv1.ListenerReasonHostnameConflict)

// saidOf returns what controllers say of a route at a parent.
func saidOf(route *resource.Object, ref attachment.Reference) (controller string, conditions []Condition) {
	var controllers []string
	for _, v := range list(status(route), "parents") {
		said := sub(v, "parentRef")
		port, _ := number(said, "port")
		to := referenceOf(route, "", said, resource.ID{Group: Gateway.Group, Kind: Gateway.Kind}).To
		if to != ref.To || text(said, "sectionName") != ref.SectionName || int32(port) != ref.Port {
			continue
		}
		controllers = append(controllers, text(v, "controllerName"))
		conditions = append(conditions, ConditionsAt(route, v)...)
	}
	return strings.Join(controllers, ", "), conditions
}

func noSuchListener(ref attachment.Reference, listeners []*Listener) string {
	var have []string
	for _, l := range listeners {
		have = append(have, fmt.Sprintf("%s (port %d)", l.Name, l.Port))
	}
	what := "no listener"
	if ref.SectionName != "" {
		what += " " + ref.SectionName
	}
	if ref.Port != 0 {
		what += fmt.Sprintf(" on port %d", ref.Port)
	}
	if have == nil {
		return fmt.Sprintf("%s has no listeners", ref.To)
	}
	return fmt.Sprintf("%s has %s; it has %s", ref.To, what, strings.Join(have, ", "))
}

// at finds out what becomes of a route at a listener, and whether the parent
// reference means it at all.
func (w *World) at(l *Listener, all []*Listener, r attachment.Route, p attachment.Parent) (At, bool) {
	blind := false
	hosts, outcome := attachment.At(&l.Listener, r, p, func(namespace string) labels.Set {
		o, known := w.Find(resource.ID{Kind: Namespace.Kind, Name: namespace})
		if o == nil {
			blind = !known
			return nil
		}
		return o.GetLabels()
	})
	at := At{Listener: l.Name, Port: l.Port, Verdict: NotAttached}
	switch {
	case outcome == attachment.NotMeant:
		return at, false
	case l.Refused != "":
		at.Why = "the listener is not served: " + l.Refused
	case outcome == attachment.WrongKind:
		at.Why = fmt.Sprintf("it takes %s, and no %s", kindList(l), r.Kind.Kind)
	case outcome == attachment.WrongNamespace && blind:
		at.Verdict = Unknown
		at.Why = fmt.Sprintf("it takes %s, and the labels of namespace %s cannot be read", l.Allowed(), r.Namespace)
	case outcome == attachment.WrongNamespace:
		at.Why = fmt.Sprintf("it takes %s, and this one is of namespace %s", l.Allowed(), r.Namespace)
	case outcome == attachment.NoHostname:
		at.Why = fmt.Sprintf("its hostname %s has none of the route's in it", l.Hostname)
	default:
		at.Verdict = Attached
		at.Hosts, at.Why = w.share(l, all, hosts)
	}
	return at, true
}

// share says for which hosts a listener gets the requests, and which of them go
// to a more specific listener of its port.
func (w *World) share(l *Listener, all []*Listener, hosts []attachment.Host) (own []string, why string) {
	others := make([]*attachment.Listener, 0, len(all))
	for _, o := range all {
		if o.Refused == "" {
			others = append(others, &o.Listener)
		}
	}
	var lost []string
	for _, h := range hosts {
		if first := attachment.Before(&l.Listener, others, h.Common); first != nil {
			lost = append(lost, fmt.Sprintf("requests for %s go to listener %s, whose hostname is more specific", h.Common, nameAt(l, first)))
			continue
		}
		if !slices.Contains(own, h.Common) {
			own = append(own, h.Common)
		}
	}
	slices.SortFunc(own, hostname.MoreSpecific)
	return own, strings.Join(lost, "; ")
}

// nameAt names a listener to those who look at another one.
func nameAt(l *Listener, other *attachment.Listener) string {
	if other.Owner == l.Owner {
		return other.Name
	}
	return fmt.Sprintf("%s of %s", other.Name, other.Owner)
}

func kindList(l *Listener) string {
	if len(l.Kinds) == 0 {
		return "no routes"
	}
	var names []string
	for _, k := range l.Kinds {
		names = append(names, k.Kind)
	}
	return strings.Join(names, " and ")
}

// Allowed says in words which namespaces' routes a listener takes.
func (l *Listener) Allowed() string {
	switch l.From {
	case gatewayv1.NamespacesFromAll:
		return "routes of all namespaces"
	case gatewayv1.NamespacesFromSame:
		return "routes of namespace " + l.Owner.Namespace
	case gatewayv1.NamespacesFromSelector:
		if l.Selector == nil || l.Selector.Empty() {
			return "routes of all namespaces"
		}
		return "routes of namespaces with " + l.Selector.String()
	}
	return "no routes"
}
