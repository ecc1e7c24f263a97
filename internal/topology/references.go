package topology

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/gwctl/gwctl/internal/resource"
)

// Reference is a field of an object that names another one.
type Reference struct {
	Path string // "spec.rules[0].backendRefs[1]"
	To   resource.ID
	Port int64 // of a Service; 0 where there is none
}

// IsRoute reports whether a type is a kind of route.
func IsRoute(id resource.ID) bool {
	return id.Group == Gateway.Group && strings.HasSuffix(id.Kind, "Route")
}

// References lists what an object refers to, in the order of its fields.
func References(o *resource.Object) []Reference {
	id := resource.IDOf(o)
	switch {
	case id.GroupKind() == Gateway:
		return append(ofGateway(o), certificateRefs(o)...)
	case id.GroupKind() == BackendTLS:
		return append(Targets(o), localRefs(o, "validation", "caCertificateRefs")...)
	case id.GroupKind() == Backend:
		return ofBackend(o)
	case id.GroupKind() == ListenerSet:
		return append(ofListenerSet(o), certificateRefs(o)...)
	case IsRoute(id):
		return append(parentRefs(o), backendRefs(o)...)
	}
	return nil
}

func ofGateway(o *resource.Object) []Reference {
	var out []Reference
	if class := text(spec(o), "gatewayClassName"); class != "" {
		out = append(out, Reference{Path: "spec.gatewayClassName", To: resource.ID{Group: GatewayClass.Group, Kind: GatewayClass.Kind, Name: class}})
	}
	if ref, ok := sub(spec(o), "tls", "backend", "clientCertificateRef").(map[string]any); ok {
		out = append(out, referenceOf(o, "spec.tls.backend.clientCertificateRef", ref, resource.ID{Kind: "Secret"}))
	}
	authorities := func(path string, of any) {
		for i, ref := range list(of, "validation", "caCertificateRefs") {
			out = append(out, referenceOf(o, fmt.Sprintf("%s.validation.caCertificateRefs[%d]", path, i), ref, resource.ID{Kind: "ConfigMap"}))
		}
	}
	authorities("spec.tls.frontend.default", sub(spec(o), "tls", "frontend", "default"))
	for i, port := range list(spec(o), "tls", "frontend", "perPort") {
		authorities(fmt.Sprintf("spec.tls.frontend.perPort[%d].tls", i), sub(port, "tls"))
	}
	return out
}

func ofListenerSet(o *resource.Object) []Reference {
	ref, ok := sub(spec(o), "parentRef").(map[string]any)
	if !ok {
		return nil
	}
	return []Reference{referenceOf(o, "spec.parentRef", ref, resource.ID{Group: Gateway.Group, Kind: Gateway.Kind})}
}

// certificateRefs lists what the listeners of a Gateway or of a ListenerSet show.
func certificateRefs(o *resource.Object) []Reference {
	var out []Reference
	for i, l := range list(spec(o), "listeners") {
		for j, ref := range list(l, "tls", "certificateRefs") {
			out = append(out, referenceOf(o, fmt.Sprintf("spec.listeners[%d].tls.certificateRefs[%d]", i, j), ref, resource.ID{Kind: "Secret"}))
		}
	}
	return out
}

func parentRefs(o *resource.Object) []Reference {
	var out []Reference
	for i, ref := range list(spec(o), "parentRefs") {
		out = append(out, referenceOf(o, fmt.Sprintf("spec.parentRefs[%d]", i), ref, resource.ID{Group: Gateway.Group, Kind: Gateway.Kind}))
	}
	return out
}

// backendRefs lists the backends of a route, those that its filters send to
// included.
func backendRefs(o *resource.Object) []Reference {
	var out []Reference
	add := func(path string, ref any) {
		out = append(out, referenceOf(o, path, ref, resource.ID{Kind: Service.Kind}))
	}
	inFilters := func(path string, filters []any) {
		for i, f := range filters {
			for _, filter := range []string{"requestMirror", "externalAuth"} {
				if ref, ok := sub(f, filter, "backendRef").(map[string]any); ok {
					add(fmt.Sprintf("%s[%d].%s.backendRef", path, i, filter), ref)
				}
			}
		}
	}
	for i, rule := range list(spec(o), "rules") {
		at := fmt.Sprintf("spec.rules[%d]", i)
		inFilters(at+".filters", list(rule, "filters"))
		for j, ref := range list(rule, "backendRefs") {
			path := fmt.Sprintf("%s.backendRefs[%d]", at, j)
			add(path, ref)
			inFilters(path+".filters", list(ref, "filters"))
		}
	}
	return out
}

// referenceOf completes a reference with the defaults of its place.
func referenceOf(o *resource.Object, path string, ref any, otherwise resource.ID) Reference {
	port, _ := number(ref, "port")
	return Reference{Path: path, Port: port, To: resource.ID{
		Group: textOr(otherwise.Group, ref, "group"), Kind: textOr(otherwise.Kind, ref, "kind"),
		Namespace: cmp.Or(text(ref, "namespace"), o.GetNamespace()), Name: text(ref, "name"),
	}}
}

// Refers reports whether an object refers to another one.
func Refers(from *resource.Object, to resource.ID) bool {
	return slices.ContainsFunc(References(from), func(r Reference) bool { return r.To == to })
}

// Related reports whether one of two objects refers to the other, or lives in
// it, as in a namespace.
func Related(a, b *resource.Object) bool {
	for _, pair := range [][2]*resource.Object{{a, b}, {b, a}} {
		to := resource.IDOf(pair[1])
		if Refers(pair[0], to) || to.GroupKind() == Namespace && pair[0].GetNamespace() == to.Name {
			return true
		}
	}
	return false
}

// Backends are those that routes lead to.
func Backends(route *resource.Object) []Reference { return backendRefs(route) }

// Parents are what a route wants to attach to, as references.
func Parents(route *resource.Object) []Reference { return parentRefs(route) }
