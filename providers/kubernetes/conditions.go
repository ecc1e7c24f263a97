package kubernetes

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/internal/topology"
	"github.com/gwctl/gwctl/providers"
)

// unmet is a condition that does not hold, or is not there.
type unmet struct {
	of      string // who says it: "listener http", "gateway default/public"; "" for the object itself
	field   string // of the object that it is about
	typ     string
	status  string // "False", "Unknown"; "" where no controller has said anything of this generation
	reason  string
	message string
}

// String says it for the middle of a sentence.
func (u unmet) String() string {
	what := u.typ
	if u.of != "" {
		what = u.of + ": " + what
	}
	switch {
	case u.status == "":
		return what + " is not reported"
	case u.message == "":
		return fmt.Sprintf("%s is %s (%s)", what, u.status, u.reason)
	}
	return fmt.Sprintf("%s is %s (%s): %s", what, u.status, u.reason, u.message)
}

// final reports whether waiting will hardly help: a controller has looked at
// this generation and does not accept it.
func (u unmet) final() bool {
	return u.status == "False" && (u.typ == "Accepted" || u.typ == "ResolvedRefs")
}

// ruleSaid finds the rules of a route, and the backends of them, that Envoy
// Gateway's messages count from 0.
var ruleSaid = regexp.MustCompile(`\broute rule (\d+)(?: backendRef (\d+))?`)

// fields are the parts of an object of this identity that it is about.
func (u unmet) fields(id resource.ID) []providers.Field {
	var out []providers.Field
	for _, found := range ruleSaid.FindAllStringSubmatch(u.message, -1) {
		path := "spec.rules[" + found[1] + "]"
		if found[2] != "" {
			path += ".backendRefs[" + found[2] + "]"
		}
		out = append(out, providers.Field{ID: id, Path: path})
	}
	if out == nil {
		out = append(out, providers.Field{ID: id, Path: u.field})
	}
	return out
}

// groupGateway is the group of the Gateway API's own kinds.
const groupGateway = "gateway.networking.k8s.io"

var tlsPolicyKind = schema.GroupKind{Group: groupGateway, Kind: "BackendTLSPolicy"}

// Kinds of Envoy Gateway.
var (
	backendKind       = schema.GroupKind{Group: "gateway.envoyproxy.io", Kind: "Backend"}
	trafficPolicyKind = schema.GroupKind{Group: "gateway.envoyproxy.io", Kind: "BackendTrafficPolicy"}
	clientPolicyKind  = schema.GroupKind{Group: "gateway.envoyproxy.io", Kind: "ClientTrafficPolicy"}
)

// unmetOf lists the conditions that say, for objects of its type, whether
// traffic is as the object says, and that do not hold at its generation. It is
// empty for types that report none.
func unmetOf(o *resource.Object) []unmet {
	switch o.GroupVersionKind().GroupKind() {
	case schema.GroupKind{Group: groupGateway, Kind: "GatewayClass"}:
		return check(o, o.Object["status"], "", "spec.controllerName", "Accepted")
	case backendKind:
		return check(o, o.Object["status"], "", "spec", "Accepted")
	case schema.GroupKind{Group: groupGateway, Kind: "Gateway"}, schema.GroupKind{Group: groupGateway, Kind: "ListenerSet"}:
		return listenersUnmet(o)
	case tlsPolicyKind:
		return policyUnmet(o, "spec.validation", "Accepted", "ResolvedRefs")
	case trafficPolicyKind, clientPolicyKind:
		if len(listAt(o, "status", "ancestors")) == 0 {
			return []unmet{{field: "spec.targetRefs", typ: "Accepted"}}
		}
		out := policyUnmet(o, "spec", "Accepted")
		for i := range out {
			if out[i].reason == "Conflicted" || out[i].reason == "TargetNotFound" {
				out[i].field = "spec.targetRefs[0]"
			}
		}
		return out
	}
	if topology.IsRoute(resource.IDOf(o)) {
		return routeUnmet(o)
	}
	return nil
}

// troubleOf says what controllers refuse of an object as it is.
func troubleOf(o *resource.Object) string {
	var texts []string
	for _, u := range essential(unmetOf(o)) {
		if u.status == "False" {
			texts = append(texts, strings.TrimSuffix(u.String(), "."))
		}
	}
	return strings.Join(texts, "; ")
}

// listenersUnmet looks at a Gateway or a ListenerSet.
func listenersUnmet(o *resource.Object) []unmet {
	out := check(o, o.Object["status"], "", "spec", "Accepted", "Programmed")
	reported := map[string]any{}
	for _, l := range listAt(o, "status", "listeners") {
		if m, ok := l.(map[string]any); ok {
			name, _ := m["name"].(string)
			reported[name] = m
		}
	}
	for i, l := range listAt(o, "spec", "listeners") {
		m, _ := l.(map[string]any)
		name, _ := m["name"].(string)
		out = append(out, check(o, reported[name], "listener "+name, fmt.Sprintf("spec.listeners[%d]", i), "Accepted", "ResolvedRefs", "Programmed")...)
	}
	return out
}

func routeUnmet(o *resource.Object) []unmet {
	reported := listAt(o, "status", "parents")
	var out []unmet
	for i, p := range listAt(o, "spec", "parentRefs") {
		ref, _ := p.(map[string]any)
		if parentKey(ref, "")[0] != groupGateway {
			continue // a mesh's, which need not say anything
		}
		found := false
		for _, r := range reported {
			status, _ := r.(map[string]any)
			other, _ := status["parentRef"].(map[string]any)
			if parentKey(ref, o.GetNamespace()) == parentKey(other, o.GetNamespace()) {
				found = true
				out = append(out, check(o, status, parentName(ref, o.GetNamespace()), fmt.Sprintf("spec.parentRefs[%d]", i), "Accepted", "ResolvedRefs")...)
			}
		}
		if !found {
			out = append(out, unmet{of: parentName(ref, o.GetNamespace()), field: fmt.Sprintf("spec.parentRefs[%d]", i), typ: "Accepted"})
		}
	}
	return out
}

// policyUnmet looks at a policy, of which controllers speak for each gateway that
// leads to its target, and not at all where none does.
func policyUnmet(o *resource.Object, field string, types ...string) []unmet {
	var out []unmet
	for _, a := range listAt(o, "status", "ancestors") {
		status, _ := a.(map[string]any)
		ref, _ := status["ancestorRef"].(map[string]any)
		missing := check(o, status, parentName(ref, o.GetNamespace()), field, types...)
		// Of a listener where it is added to another policy Envoy Gateway says no
		// more than that.
		if len(check(o, status, "", "", "Merged")) == 0 {
			missing = slices.DeleteFunc(missing, func(u unmet) bool { return u.status == "" })
		}
		out = append(out, missing...)
	}
	return out
}

// parentKey is a parent reference with its defaults.
func parentKey(ref map[string]any, namespace string) [6]string {
	text := func(key, otherwise string) string {
		if v, ok := ref[key]; ok && v != nil {
			return fmt.Sprint(v)
		}
		return otherwise
	}
	return [6]string{
		text("group", groupGateway), text("kind", "Gateway"), text("namespace", namespace),
		text("name", ""), text("sectionName", ""), text("port", ""),
	}
}

func parentName(ref map[string]any, namespace string) string {
	k := parentKey(ref, namespace)
	name := "gateway "
	if k[1] == "ListenerSet" {
		name = "listener set "
	}
	name += k[2] + "/" + k[3]
	if k[4] != "" {
		name += ", listener " + k[4]
	}
	return name
}

// check lists the conditions of a part of the status that do not hold at the
// object's generation.
func check(o *resource.Object, part any, name, field string, types ...string) []unmet {
	conditions := topology.ConditionsAt(o, part)
	var out []unmet
	for _, typ := range types {
		u := unmet{of: name, field: field, typ: typ}
		if c, ok := topology.ConditionOf(conditions, typ); ok && !c.Stale {
			u.status, u.reason, u.message = c.Status, c.Reason, c.Message
		}
		if u.status != "True" {
			out = append(out, u)
		}
	}
	return out
}

// listAt returns a list in an object, not a copy: a plan looks at every object.
func listAt(o *resource.Object, fields ...string) []any {
	found, _, _ := unstructured.NestedFieldNoCopy(o.Object, fields...)
	list, _ := found.([]any)
	return list
}
