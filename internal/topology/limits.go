package topology

import (
	"slices"

	"github.com/gwctl/gwctl/internal/attachment"
	"github.com/gwctl/gwctl/internal/policy"
	"github.com/gwctl/gwctl/internal/resource"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// TrafficPolicy is Envoy Gateway's type of what holds for requests.
var TrafficPolicy = schema.GroupKind{Group: "gateway.envoyproxy.io", Kind: "BackendTrafficPolicy"}

// Limits are the rate limits of a world: which of them hold where.
type Limits struct {
	world    *World
	resolved *policy.Resolved
	of       map[resource.ID][]policy.Limit
}

// LimitsAt are the limits that hold for some requests of a route or a Gateway.
type LimitsAt struct {
	Gateway  string         `json:"gateway,omitempty"`  // of a route whose gateways differ
	Listener string         `json:"listener,omitempty"` // "" where all of them have the same
	Rule     string         `json:"route_rule,omitempty"`
	Limits   []policy.Limit `json:"limits"` // the more general first
}

// ReadLimits looks at the policies of a world. Those of another form are passed
// over: the API server has taken none of them.
func ReadLimits(w *World) *Limits {
	l := &Limits{world: w, of: map[resource.ID][]policy.Limit{}}
	var all []policy.Attached
	for _, o := range w.All(TrafficPolicy) {
		attached, err := policy.Of(o)
		limits, errLimits := policy.Limits(o)
		if err != nil || errLimits != nil {
			continue
		}
		all = append(all, attached)
		l.of[attached.ID] = limits
	}
	l.resolved = policy.Resolve(all)
	return l
}

// None reports whether there is no policy at all.
func (l *Limits) None() bool { return len(l.of) == 0 }

// OfGateway returns the limits of a Gateway's own listeners, for routes without
// any of their own.
func (l *Limits) OfGateway(gateway *resource.Object) []LimitsAt {
	if l.None() {
		return nil
	}
	listeners, err := attachment.Listeners(gateway)
	if err != nil {
		return nil
	}
	var out []LimitsAt
	for _, at := range listeners {
		out = append(out, LimitsAt{Listener: at.Name, Limits: l.at(policy.Place{Gateway: resource.IDOf(gateway), Listener: at.Name})})
	}
	return collapse(out)
}

// OfRoute returns the limits of a route at the listeners that take it, as far as
// the world knows them.
func (l *Limits) OfRoute(route *resource.Object) []LimitsAt {
	if l.None() {
		return nil
	}
	id := resource.IDOf(route)
	var out []LimitsAt
	for _, p := range l.places(route) {
		for _, rule := range rulesOf(route) {
			p.Route, p.Rule = id, rule
			out = append(out, LimitsAt{Gateway: p.Gateway.Name, Listener: p.Listener, Rule: rule, Limits: l.at(p)})
		}
	}
	return collapse(out)
}

func (l *Limits) at(p policy.Place) []policy.Limit {
	var out []policy.Limit
	for _, id := range l.resolved.At(p) {
		out = append(out, l.of[id]...)
	}
	return out
}

// places are the listeners that take a route.
func (l *Limits) places(route *resource.Object) []policy.Place {
	r, references, err := attachment.RouteOf(route)
	if err != nil {
		return nil
	}
	var out []policy.Place
	for _, ref := range references {
		parent, _ := l.world.Find(ref.To)
		if parent == nil {
			continue
		}
		p := policy.Place{Gateway: ref.To}
		if ref.To.GroupKind() == ListenerSet {
			p.Set = ref.To
			p.Gateway = referenceOf(parent, "", sub(spec(parent), "parentRef"), resource.ID{Group: Gateway.Group, Kind: Gateway.Kind}).To
		}
		listeners, err := attachment.Listeners(parent)
		if err != nil {
			continue
		}
		for _, at := range listeners {
			if _, outcome := attachment.At(at, r, ref.Parent, l.labelsOf); outcome == attachment.Attached {
				p.Listener = at.Name
				out = append(out, p)
			}
		}
	}
	return out
}

func (l *Limits) labelsOf(namespace string) labels.Set {
	if o, _ := l.world.Find(resource.ID{Kind: Namespace.Kind, Name: namespace}); o != nil {
		return o.GetLabels()
	}
	return nil
}

// rulesOf are the names of a route's rules, "" for those without one.
func rulesOf(route *resource.Object) []string {
	var out []string
	for _, rule := range list(spec(route), "rules") {
		if name := text(rule, "name"); !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	if out == nil {
		return []string{""}
	}
	return out
}

// collapse leaves out what makes no difference: gateways, listeners and rules
// that all have the same limits. Places without any are not told.
func collapse(all []LimitsAt) []LimitsAt {
	for _, part := range []func(*LimitsAt) *string{
		func(at *LimitsAt) *string { return &at.Gateway },
		func(at *LimitsAt) *string { return &at.Listener },
		func(at *LimitsAt) *string { return &at.Rule },
	} {
		blind := slices.Clone(all)
		for i := range blind {
			*part(&blind[i]) = ""
		}
		if !slices.ContainsFunc(blind, func(a LimitsAt) bool {
			return slices.ContainsFunc(blind, func(b LimitsAt) bool {
				return a.Gateway == b.Gateway && a.Listener == b.Listener && a.Rule == b.Rule && !slices.Equal(a.Limits, b.Limits)
			})
		}) {
			all = blind
		}
	}
	var out []LimitsAt
	for _, at := range all {
		if len(at.Limits) > 0 && !slices.ContainsFunc(out, func(o LimitsAt) bool {
			return o.Gateway == at.Gateway && o.Listener == at.Listener && o.Rule == at.Rule
		}) {
			out = append(out, at)
		}
	}
	return out
}

// String says of which requests it is, "" for all of them.
func (at LimitsAt) String() string {
	out := ""
	for _, part := range []struct{ word, name string }{{"gateway ", at.Gateway}, {"listener ", at.Listener}, {"rule ", at.Rule}} {
		if part.name == "" {
			continue
		}
		if out != "" {
			out += ", "
		}
		out += part.word + part.name
	}
	return out
}
