package translate_test

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/internal/routing"
	"github.com/gwctl/gwctl/providers/xds/translate"
	"pgregory.net/rapid"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// Each namespace has these backends. "default-b" comes before "default" where names
// decide, and behind it where namespaces alone would.
var (
	namespaces   = []string{"default", "default-b", "other"}
	backendNames = []string{"one", "two", "empty"}
)

// setNames has the ListenerSets by their namespaces.
var setNames = map[string]string{"default": "z", "other": "a"}

// The words of worlds and requests are few, so that they often meet.
var (
	hostnames = []string{"a.test", "b.a.test", "c.b.a.test", "*.test", "*.a.test", "*.b.a.test"}
	exact     = []string{"/", "/a", "/a/", "/a/b", "/a/b/c", "/A", "/ab"}
	prefixes  = []string{"/", "/a", "/a/", "/a/b", "/a/b/", "/ab"}
	regexes   = []string{".*", "/a", "/a.*", "/a/[a-z]+", "/(a|a/b)/?", "/[^/]+"}
	paths     = []string{"/", "/a", "/a/", "/a/b", "/a/b/", "/a/b/c", "/ab", "/A", "/b", "/a/1"}
	values    = []string{"1", "2", "12"}
)

type draw struct{ *rapid.T }

func (d draw) of(label string, from ...string) string {
	return rapid.SampledFrom(from).Draw(d.T, label)
}

func (d draw) odds(label string, in int) bool { return rapid.IntRange(1, in).Draw(d.T, label) == in }

func (d draw) list(label string, least, most int, one func() any) []any {
	var out []any
	for range rapid.IntRange(least, most).Draw(d.T, label) {
		out = append(out, one())
	}
	return out
}

// anyWorld draws a gateway with a listener or two on each port, sets that add to
// them, routes, and what lets them refer to other namespaces.
func anyWorld(t *rapid.T) []translate.Object {
	d := draw{t}
	var out []translate.Object
	add := func(apiVersion, kind, namespace, name string, age int, fields map[string]any) {
		created := time.Date(2026, 1, 1, 0, 0, age, 0, time.UTC)
		metadata := map[string]any{"name": name, "creationTimestamp": created.Format(time.RFC3339)}
		if namespace != "" {
			metadata["namespace"] = namespace
		}
		object := map[string]any{"apiVersion": apiVersion, "kind": kind, "metadata": metadata}
		for k, v := range fields {
			object[k] = v
		}
		out = append(out, translate.Object{Object: &resource.Object{Object: object}, Created: created})
	}
	const gateway = "gateway.networking.k8s.io/v1"
	add(gateway, "Gateway", "default", "public", 0, map[string]any{"spec": map[string]any{
		"gatewayClassName": "gwctl", "listeners": d.listeners(),
		"allowedListeners": map[string]any{"namespaces": map[string]any{"from": d.of("sets from", "All", "All", "Same", "None")}},
	}})
	for _, namespace := range []string{"default", "other"} {
		if d.odds("set", 2) {
			add(gateway, "ListenerSet", namespace, setNames[namespace], rapid.IntRange(0, 2).Draw(t, "age"), map[string]any{"spec": map[string]any{
				"parentRef": map[string]any{"name": "public", "namespace": "default"}, "listeners": d.added(),
			}})
		}
	}
	taken := map[string]bool{}
	for range rapid.IntRange(1, 4).Draw(t, "routes") {
		namespace, name := d.of("namespace", "default", "default", "default-b", "other"), d.of("name", "r", "s", "t")
		if taken[namespace+name] {
			continue
		}
		taken[namespace+name] = true
		kind, rule := "HTTPRoute", d.rule
		if d.odds("calls", 3) {
			kind, rule = "GRPCRoute", d.callRule
		}
		add(gateway, kind, namespace, name, rapid.IntRange(0, 2).Draw(t, "age"), map[string]any{"spec": d.route(rule)})
	}
	if d.odds("grant", 2) {
		to := map[string]any{"group": "gateway.envoyproxy.io", "kind": "Backend"}
		if d.odds("one name", 2) {
			to["name"] = "one"
		}
		add(gateway, "ReferenceGrant", "other", "g", 0, map[string]any{"spec": map[string]any{
			"from": []any{
				map[string]any{"group": "gateway.networking.k8s.io", "kind": "HTTPRoute", "namespace": "default"},
				map[string]any{"group": "gateway.networking.k8s.io", "kind": "GRPCRoute", "namespace": "default"},
			},
			"to": []any{to},
		}})
	}
	return out
}

func (d draw) listeners() []any {
	var out []any
	for _, port := range ports {
		for i := range rapid.IntRange(1, 3).Draw(d.T, "listeners") {
			hostname := ""
			if i > 0 {
				hostname = d.of("listener hostname", hostnames...)
			}
			out = append(out, d.listener(port, i, hostname))
		}
	}
	return out
}

// added draws the listeners of a set.
func (d draw) added() []any {
	var out []any
	for i := range rapid.IntRange(1, 3).Draw(d.T, "listeners") {
		out = append(out, d.listener(rapid.SampledFrom(ports).Draw(d.T, "port"), i, d.of("listener hostname", append(hostnames, "")...)))
	}
	return out
}

func (d draw) listener(port int32, i int, hostname string) map[string]any {
	l := map[string]any{"name": fmt.Sprintf("p%d-%d", port, i), "port": int64(port), "protocol": "HTTP"}
	if hostname != "" {
		l["hostname"] = hostname
	}
	if from := d.of("from", "All", "All", "Same", ""); from != "" {
		l["allowedRoutes"] = map[string]any{"namespaces": map[string]any{"from": from}}
	}
	return l
}

func (d draw) route(rule func() map[string]any) map[string]any {
	spec := map[string]any{
		"parentRefs": d.list("parents", 1, 2, func() any {
			p := map[string]any{"name": "public", "namespace": "default"}
			if d.odds("of a set", 3) {
				namespace := d.of("set", "default", "other")
				p = map[string]any{"kind": "ListenerSet", "name": setNames[namespace], "namespace": namespace}
			}
			switch d.of("of the listeners", "all", "all", "port", "section") {
			case "port":
				p["port"] = int64(rapid.SampledFrom(ports).Draw(d.T, "port"))
			case "section":
				p["sectionName"] = d.of("section", "p80-0", "p80-1", "p8080-0")
			}
			return p
		}),
		"rules": d.list("rules", 1, 4, func() any { return rule() }),
	}
	if hosts := d.list("hostnames", 0, 3, func() any { return d.of("hostname", hostnames...) }); hosts != nil {
		spec["hostnames"] = hosts
	}
	return spec
}

func (d draw) rule() map[string]any {
	onlyPrefixes := true
	r := map[string]any{}
	if matches := d.list("matches", 0, 3, func() any {
		m, prefix := d.match()
		onlyPrefixes = onlyPrefixes && prefix
		return m
	}); matches != nil {
		r["matches"] = matches
	}
	var filters []any
	if d.odds("request headers", 4) {
		filters = append(filters, d.headers("RequestHeaderModifier", "requestHeaderModifier"))
	}
	if d.odds("response headers", 4) {
		filters = append(filters, d.headers("ResponseHeaderModifier", "responseHeaderModifier"))
	}
	switch d.of("where to", "forward", "forward", "forward", "rewrite", "redirect") {
	case "rewrite":
		filters = append(filters, map[string]any{"type": "URLRewrite", "urlRewrite": d.change(onlyPrefixes, map[string]any{})})
	case "redirect":
		redirect := map[string]any{}
		if scheme := d.of("scheme", "", "http", "https"); scheme != "" {
			redirect["scheme"] = scheme
		}
		if port := rapid.SampledFrom([]int64{0, 0, 80, 443, 8080}).Draw(d.T, "redirect port"); port != 0 {
			redirect["port"] = port
		}
		if code := rapid.SampledFrom([]int64{0, 301, 302, 303, 307, 308}).Draw(d.T, "code"); code != 0 {
			redirect["statusCode"] = code
		}
		r["filters"] = append(filters, map[string]any{"type": "RequestRedirect", "requestRedirect": d.change(onlyPrefixes, redirect)})
		return r
	}
	if filters != nil {
		r["filters"] = filters
	}
	if refs := d.list("backends", 0, 3, func() any { return d.backend() }); refs != nil {
		r["backendRefs"] = refs
	}
	return r
}

// change adds a new host, a new path, or both.
func (d draw) change(onlyPrefixes bool, to map[string]any) map[string]any {
	if d.odds("new host", 2) {
		to["hostname"] = "new.test"
	}
	switch d.of("new path", "none", "full", "prefix") {
	case "full":
		to["path"] = map[string]any{"type": "ReplaceFullPath", "replaceFullPath": d.of("path", "/", "/new", "/new/")}
	case "prefix":
		if onlyPrefixes {
			to["path"] = map[string]any{"type": "ReplacePrefixMatch", "replacePrefixMatch": d.of("path", "", "/", "/new", "/new/", "/a")}
		}
	}
	return to
}

func (d draw) match() (m map[string]any, prefix bool) {
	m, prefix = map[string]any{}, true
	path := func(typ string, from []string) {
		m["path"] = map[string]any{"type": typ, "value": d.of("path", from...)}
		prefix = typ == "PathPrefix"
	}
	switch d.of("path type", "none", "PathPrefix", "PathPrefix", "Exact", "RegularExpression") {
	case "PathPrefix":
		path("PathPrefix", prefixes)
	case "Exact":
		path("Exact", exact)
	case "RegularExpression":
		path("RegularExpression", regexes)
	}
	if method := d.of("method", "", "", "GET", "POST"); method != "" {
		m["method"] = method
	}
	conditions := func(field string, names ...string) {
		if list := d.list(field, 0, 2, func() any { return d.condition(names...) }); list != nil {
			m[field] = list
		}
	}
	conditions("headers", "x-a", "X-A", "x-b")
	conditions("queryParams", "q", "r", "Q")
	return m, prefix
}

func (d draw) condition(names ...string) map[string]any {
	c := map[string]any{"name": d.of("name", names...), "value": d.of("value", values...)}
	if d.odds("regex", 3) {
		c["type"], c["value"] = "RegularExpression", d.of("expression", "[0-9]", "1.*", "1|2")
	}
	return c
}

func (d draw) headers(typ, field string) map[string]any {
	change := map[string]any{}
	for _, name := range headerNames {
		switch d.of(name, "leave", "leave", "set", "add", "remove") {
		case "set":
			change["set"] = append(listOf(change["set"]), map[string]any{"name": name, "value": d.of("new value", "set", "50%", "%REQ(x-a)%")})
		case "add":
			change["add"] = append(listOf(change["add"]), map[string]any{"name": strings.ToUpper(name), "value": "added"})
		case "remove":
			change["remove"] = append(listOf(change["remove"]), name)
		}
	}
	return map[string]any{"type": typ, field: change}
}

func listOf(v any) []any {
	list, _ := v.([]any)
	return list
}

func (d draw) backend() map[string]any {
	ref := map[string]any{
		"group": "gateway.envoyproxy.io", "kind": "Backend",
		"name": d.of("backend", "one", "one", "two", "two", "empty", "missing"),
	}
	if d.odds("far", 4) {
		ref["namespace"] = "other"
	}
	if weight := rapid.SampledFrom([]int64{-1, -1, 0, 3}).Draw(d.T, "weight"); weight >= 0 {
		ref["weight"] = weight
	}
	if d.odds("own headers", 5) {
		ref["filters"] = []any{d.headers("RequestHeaderModifier", "requestHeaderModifier"), d.headers("ResponseHeaderModifier", "responseHeaderModifier")}
	}
	return ref
}

// anyRequest draws requests that aim at a match of the world's, and often miss
// it by one thing.
func anyRequest(objects []translate.Object) *rapid.Generator[routing.Request] {
	requests, calls := routesOf[gatewayv1.HTTPRoute](objects, "HTTPRoute"), routesOf[gatewayv1.GRPCRoute](objects, "GRPCRoute")
	return rapid.Custom(func(t *rapid.T) routing.Request {
		d := draw{t}
		if i := rapid.IntRange(0, len(requests)+len(calls)-1).Draw(t, "route aimed at"); i >= len(requests) {
			return d.callAt(&calls[i-len(requests)])
		} else {
			return d.requestAt(&requests[i])
		}
	})
}

// writtenOtherwise draws a path that means the same, or nearly so.
func (d draw) writtenOtherwise(path string) string {
	at := rapid.IntRange(1, len(path)).Draw(d.T, "at")
	insert := func(s string) string { return path[:at] + s + path[at:] }
	switch d.of("path written", "plain", "plain", "plain", "slash", "dot", "dots", "escaped", "escaped slash", "other escape") {
	case "slash":
		return insert(d.of("slashes", "/", "//"))
	case "dot":
		return insert(d.of("dot", "/.", "./", "/./", "/%2e"))
	case "dots":
		return insert(d.of("dots", "/x/..", "../", "/../", "/%2E./a"))
	case "escaped":
		if at < len(path) && path[at] != '/' {
			return fmt.Sprintf("%s%%%02x%s", path[:at], path[at], path[at+1:])
		}
	case "escaped slash":
		return insert(d.of("escape", "%2F", "%2f", "%5C", "%5c.."))
	case "other escape":
		return insert(d.of("escape", "%20", "%3F", "%00", "%c3%a9", "%252F"))
	}
	return path
}

// address draws where a request goes.
func (d draw) address(hostnames []gatewayv1.Hostname) routing.Request {
	r := routing.Request{
		Scheme: "http", Port: rapid.SampledFrom(ports).Draw(d.T, "port"), Header: http.Header{},
		Host: d.of("host", "a.test", "b.a.test", "c.b.a.test", "x.c.b.a.test", "x.test", "x.a.test", "test", "other.org"),
	}
	if len(hostnames) > 0 && d.odds("aim at host", 2) {
		r.Host = strings.Replace(string(rapid.SampledFrom(hostnames).Draw(d.T, "hostname")), "*", "x", 1)
	}
	if d.odds("upper case", 8) {
		r.Host = strings.ToUpper(r.Host)
	}
	r.Host += d.of("port of the host", "", "", "", ":80", ":1234")
	for _, name := range headerNames[:2] {
		if d.odds(name, 3) {
			r.Header.Add(name, d.of("value", values...))
		}
	}
	return r
}

func (d draw) requestAt(route *gatewayv1.HTTPRoute) routing.Request {
	t := d.T
	rule := rapid.SampledFrom(route.Spec.Rules).Draw(t, "rule aimed at")
	m := gatewayv1.HTTPRouteMatch{}
	if len(rule.Matches) > 0 {
		m = rapid.SampledFrom(rule.Matches).Draw(t, "match aimed at")
	}
	r := d.address(route.Spec.Hostnames)
	r.Method, r.Path = d.of("method", "GET", "POST", "PUT"), d.of("path", paths...)
	if m.Method != nil && !d.odds("miss method", 5) {
		r.Method = string(*m.Method)
	}
	if m.Path != nil && *m.Path.Type != gatewayv1.PathMatchRegularExpression && d.odds("aim at path", 2) {
		r.Path = *m.Path.Value
		if more := d.of("more", "", "", "/", "/x", "x"); !strings.HasPrefix(more, "/") || !strings.HasSuffix(r.Path, "/") {
			r.Path += more
		}
	}
	for _, h := range m.Headers {
		if !d.odds("miss header", 5) {
			r.Header.Set(string(h.Name), d.of("value", h.Value, "1"))
		}
	}
	if d.odds("twice", 8) {
		r.Header.Add("x-a", "2")
	}
	var query []string
	for _, q := range m.QueryParams {
		if !d.odds("miss parameter", 5) {
			query = append(query, string(q.Name)+"="+d.of("value", strings.Trim(q.Value, "[]|.*"), "1"))
		}
	}
	if d.odds("more query", 3) {
		query = append(query, d.of("query", "q=1", "q=2", "r=12", "q", "z=/a"))
	}
	r.Query, r.Path = strings.Join(query, "&"), d.writtenOtherwise(r.Path)
	return r
}
