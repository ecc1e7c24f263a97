package routing

import (
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gwctl/gwctl/internal/resource"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// answer says what the rule of the winner does with a request.
func (w *World) answer(a *Answer, won *candidate, rule *rule, l *listener, r *Request) {
	nowhere := won.route.nowhere()
	sent := sending{host: r.Host, path: r.Path, header: r.Header.Clone()}
	if sent.header == nil {
		sent.header = http.Header{}
	}
	for i := range rule.filters {
		f := &rule.filters[i]
		switch {
		case f.RequestRedirect != nil:
			a.Status = value(f.RequestRedirect.StatusCode, http.StatusFound)
			a.Location = location(f.RequestRedirect, won.match, l, r)
			return
		case f.Type == gatewayv1.HTTPRouteFilterExtensionRef:
			a.Status, a.Why = nowhere, "what an ExtensionRef filter refers to is not known"
			return
		}
		sent.pass(f, won.match)
	}
	var total int32
	for i := range rule.backends {
		total += weightOf(&rule.backends[i])
	}
	switch {
	case len(rule.backends) == 0:
		a.Status, a.Why = nowhere, "the rule has no backend"
		return
	case total == 0:
		a.Status, a.Why = nowhere, "all weights of the rule are 0"
		return
	}
	for i := range rule.backends {
		ref := &rule.backends[i]
		b := backendOf(won.Route.Namespace, ref)
		b.Share = float64(weightOf(ref)) / float64(total)
		b.Status, b.Why = w.unreachable(won.route, b)
		own := sent.clone()
		for j := range ref.Filters {
			own.pass(&ref.Filters[j], won.match)
		}
		b.Host, b.Path, b.Header, b.Response = own.host, withQuery(own.path, r.Query), own.header, own.response
		a.Backends = append(a.Backends, b)
	}
}

// nowhere is what requests are answered with that lead nowhere: 500, or what
// gRPC makes UNAVAILABLE.
func (r *route) nowhere() int {
	if r.Kind.Kind == "GRPCRoute" {
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

func weightOf(ref *gatewayv1.HTTPBackendRef) int32 { return value(ref.Weight, 1) }

func backendOf(namespace string, ref *gatewayv1.HTTPBackendRef) Backend {
	return Backend{
		ID: resource.ID{
			Group: string(value(ref.Group, "")), Kind: string(value(ref.Kind, "Service")),
			Namespace: string(value(ref.Namespace, gatewayv1.Namespace(namespace))), Name: string(ref.Name),
		},
		Port: value(ref.Port, 0),
	}
}

// unreachable returns the status that is answered instead of a backend, and
// why; without endpoints it is 503.
func (w *World) unreachable(from *route, b Backend) (int, string) {
	to := b.ID
	if to.Namespace != from.Namespace && !w.permits(from.id, to) && !w.Partial {
		return from.nowhere(), fmt.Sprintf("no ReferenceGrant in namespace %s permits it", to.Namespace)
	}
	o := w.others[to]
	switch {
	case o == nil && w.Partial:
		return 0, ""
	case o == nil:
		return from.nowhere(), fmt.Sprintf("there is no %s", to)
	}
	spec, _ := o.Object["spec"].(map[string]any)
	switch to.Kind {
	case "Service":
		if !hasPort(spec, b.Port) {
			return from.nowhere(), fmt.Sprintf("%s has no port %d", to, b.Port)
		}
	case "Backend":
		if endpoints, _ := spec["endpoints"].([]any); len(endpoints) == 0 {
			return 503, fmt.Sprintf("%s has no endpoints", to)
		}
	}
	return 0, ""
}

func hasPort(spec map[string]any, port int32) bool {
	ports, _ := spec["ports"].([]any)
	return slices.ContainsFunc(ports, func(v any) bool {
		p, _ := v.(map[string]any)
		return fmt.Sprint(p["port"]) == strconv.Itoa(int(port))
	})
}

// permits reports whether a ReferenceGrant allows a reference to another
// namespace.
func (w *World) permits(from, to resource.ID) bool {
	return slices.ContainsFunc(w.grants, func(g grant) bool {
		return g.namespace == to.Namespace &&
			slices.ContainsFunc(g.From, func(f gatewayv1.ReferenceGrantFrom) bool {
				return string(f.Group) == from.Group && string(f.Kind) == from.Kind && string(f.Namespace) == from.Namespace
			}) &&
			slices.ContainsFunc(g.To, func(t gatewayv1.ReferenceGrantTo) bool {
				return string(t.Group) == to.Group && string(t.Kind) == to.Kind && (t.Name == nil || *t.Name == "" || string(*t.Name) == to.Name)
			})
	})
}

// sending is a request on its way through filters.
type sending struct {
	host, path string
	header     http.Header
	response   []*gatewayv1.HTTPHeaderFilter
}

func (s *sending) clone() *sending {
	return &sending{s.host, s.path, s.header.Clone(), slices.Clone(s.response)}
}

func (s *sending) pass(f *gatewayv1.HTTPRouteFilter, m match) {
	if f.RequestHeaderModifier != nil {
		Change(s.header, f.RequestHeaderModifier)
	}
	if f.ResponseHeaderModifier != nil {
		s.response = append(s.response, f.ResponseHeaderModifier)
	}
	if f.URLRewrite != nil {
		if f.URLRewrite.Hostname != nil {
			s.host = string(*f.URLRewrite.Hostname)
		}
		s.path = newPath(f.URLRewrite.Path, m, s.path)
	}
}

// Change does to headers what a filter says. The first entry of a name counts.
func Change(h http.Header, f *gatewayv1.HTTPHeaderFilter) {
	for _, name := range f.Remove {
		h.Del(name)
	}
	eachFirst(f.Set, func(name, v string) { h.Set(name, v) })
	eachFirst(f.Add, func(name, v string) { h.Add(name, v) })
}

func eachFirst(headers []gatewayv1.HTTPHeader, do func(name, value string)) {
	seen := map[string]bool{}
	for _, e := range headers {
		if name := http.CanonicalHeaderKey(string(e.Name)); !seen[name] {
			seen[name] = true
			do(name, e.Value)
		}
	}
}

// newPath is the path that a modifier makes of one, by the table at
// HTTPPathModifier.ReplacePrefixMatch.
func newPath(p *gatewayv1.HTTPPathModifier, m match, path string) string {
	switch {
	case p == nil:
		return path
	case p.ReplaceFullPath != nil:
		path = *p.ReplaceFullPath
	case p.ReplacePrefixMatch != nil:
		prefix := ""
		if of, ok := m.(*httpMatch); ok {
			_, prefix = of.path()
		}
		path = strings.TrimRight(*p.ReplacePrefixMatch, "/") + strings.TrimPrefix(path, prefix)
	}
	if path == "" {
		return "/"
	}
	return path
}

func withQuery(path, query string) string {
	if query == "" {
		return path
	}
	return path + "?" + query
}

// location is where a redirect leads.
func location(f *gatewayv1.HTTPRequestRedirectFilter, m match, l *listener, r *Request) string {
	wellKnown := map[string]int32{"http": 80, "https": 443}
	scheme, port := r.Scheme, l.Port
	if f.Scheme != nil && *f.Scheme != "" {
		scheme = *f.Scheme
		if known := wellKnown[scheme]; known != 0 {
			port = known
		}
	}
	port = value(f.Port, port)
	host := hostOf(r.Host)
	if f.Hostname != nil {
		host = string(*f.Hostname)
	}
	if wellKnown[scheme] != port {
		host = net.JoinHostPort(host, strconv.Itoa(int(port)))
	}
	return scheme + "://" + host + withQuery(newPath(f.Path, m, r.Path), r.Query)
}
