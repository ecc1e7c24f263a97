package topology

import (
	"slices"
	"strings"

	"github.com/gwctl/gwctl/internal/attachment"
	"github.com/gwctl/gwctl/internal/resource"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// Listener is a listener of a Gateway or a ListenerSet, with what its controller says of it.
type Listener struct {
	attachment.Listener
	Refused    string // why the controller does not serve it
	Reported   int64  // how many routes are attached, as the controller counts; -1 where it does not say
	Conditions []Condition
}

// ListenersOf reads the listeners of a Gateway or a ListenerSet and their status.
func ListenersOf(owner *resource.Object) ([]*Listener, error) {
	read, err := attachment.Listeners(owner)
	if err != nil {
		return nil, err
	}
	said := map[string]any{}
	for _, v := range list(status(owner), "listeners") {
		said[text(v, "name")] = v
	}
	out := make([]*Listener, len(read))
	for i, l := range read {
		at := said[l.Name]
		out[i] = &Listener{Listener: *l, Reported: -1, Conditions: ConditionsAt(owner, at)}
		if n, ok := number(at, "attachedRoutes"); ok {
			out[i].Reported = n
		}
		out[i].Refused = refusedBy(out[i].Conditions)
	}
	return out, nil
}

// refusedBy returns why a listener is not served, in its controller's words.
// What is said of an earlier generation may not hold any more.
func refusedBy(conditions []Condition) string {
	for _, is := range []struct{ typ, status string }{
		{string(gatewayv1.ListenerConditionConflicted), "True"}, {string(gatewayv1.ListenerConditionAccepted), "False"},
	} {
		if c, ok := ConditionOf(conditions, is.typ); ok && c.Status == is.status && !c.Stale {
			return reasonText(c)
		}
	}
	return ""
}

func reasonText(c Condition) string {
	if c.Message == "" {
		return c.Reason
	}
	return c.Reason + ": " + c.Message
}

// Claim is a route that refers to a Gateway or a ListenerSet.
type Claim struct {
	Route   resource.ID
	Parents []Parent // those of its references that mean it
}

// Claims returns all routes that refer to a Gateway, or to a ListenerSet of it,
// or those that refer to a ListenerSet, sorted, with what comes of it. The World
// has to know the routes.
func Claims(owner *resource.Object, w *World) []Claim {
	id := resource.IDOf(owner)
	meant := map[resource.ID]bool{id: true}
	if id.GroupKind() == Gateway {
		for _, s := range w.SetsOf(owner) {
			meant[s.ID] = s.Refused == ""
		}
	}
	var out []Claim
	for _, route := range w.All(Routes...) {
		if !slices.ContainsFunc(Parents(route), func(r Reference) bool { return meant[r.To] }) {
			continue
		}
		parents, err := ParentsOf(route, w)
		if err != nil {
			parents = []Parent{{Reference: attachment.Reference{To: id}, Verdict: Unknown, Why: err.Error()}}
		}
		parents = slices.DeleteFunc(parents, func(p Parent) bool { return !meant[p.To] })
		out = append(out, Claim{Route: resource.IDOf(route), Parents: parents})
	}
	return out
}

// TakenBy returns what a listener has of a claim.
func (c Claim) TakenBy(l *Listener) (At, bool) {
	for _, p := range c.Parents {
		for _, at := range p.Listeners {
			if p.To == l.Owner && at.Listener == l.Name && at.Verdict == Attached {
				return at, true
			}
		}
	}
	return At{}, false
}

// Lost returns why a route attaches to no listener of the Gateway, "" where it
// does.
func (c Claim) Lost() string {
	var why []string
	for _, p := range c.Parents {
		if p.Verdict == Attached {
			return ""
		}
		if p.Why != "" {
			why = append(why, p.Why)
		}
		for _, at := range p.Listeners {
			why = append(why, "listener "+at.Listener+": "+at.Why)
		}
	}
	return strings.Join(why, "; ")
}

// ReferrersTo returns those of some objects that refer to another one.
func ReferrersTo(to resource.ID, among []*resource.Object) []resource.ID {
	var out []resource.ID
	for _, o := range among {
		if Refers(o, to) {
			out = append(out, resource.IDOf(o))
		}
	}
	return out
}

// NeedsNamespaces reports whether the labels of namespaces decide what a Gateway
// or a ListenerSet takes.
func NeedsNamespaces(owner *resource.Object) bool {
	if sets, err := attachment.Sets(owner); err == nil && sets.From == gatewayv1.NamespacesFromSelector {
		return true
	}
	listeners, err := attachment.Listeners(owner)
	return err == nil && slices.ContainsFunc(listeners, func(l *attachment.Listener) bool {
		return l.From == gatewayv1.NamespacesFromSelector
	})
}
