package routing

import (
	"net/url"
	"slices"
	"strings"

	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// httpMatch is a match of an HTTPRoute.
type httpMatch gatewayv1.HTTPRouteMatch

// path returns the path of a match; a prefix comes without a slash at its end,
// which the specification ignores.
func (m *httpMatch) path() (gatewayv1.PathMatchType, string) {
	typ, path := gatewayv1.PathMatchPathPrefix, "/"
	if m.Path != nil {
		typ, path = value(m.Path.Type, typ), value(m.Path.Value, path)
	}
	if typ == gatewayv1.PathMatchPathPrefix {
		path = strings.TrimRight(path, "/")
	}
	return typ, path
}

// pathText writes a path as plans do: "/api", "=/old", "~^/v[0-9]+".
func (m *httpMatch) pathText() string {
	switch typ, path := m.path(); {
	case typ == gatewayv1.PathMatchExact:
		return "=" + path
	case typ == gatewayv1.PathMatchRegularExpression:
		return "~" + path
	case path == "":
		return "/"
	default:
		return path
	}
}

func (m *httpMatch) String() string {
	text := m.pathText()
	if m.Method != nil {
		text = string(*m.Method) + " " + text
	}
	var conditions []string
	for _, h := range m.headers() {
		conditions = append(conditions, h.String())
	}
	for _, q := range m.query() {
		conditions = append(conditions, "?"+q.String())
	}
	if conditions != nil {
		text += " [" + strings.Join(conditions, " ") + "]"
	}
	return text
}

func (m *httpMatch) mismatch(e *expressions, r *Request) (Reason, string) {
	if !m.pathMatches(e, r.Path) {
		return OtherPath, "its path is " + m.pathText()
	}
	if m.Method != nil && string(*m.Method) != r.Method {
		return OtherMethod, "it is for " + string(*m.Method)
	}
	if reason, detail := headerMismatch(e, m.headers(), r.Header); reason != 0 {
		return reason, detail
	}
	sent := parameters(r.Query)
	for _, q := range m.query() {
		if got, ok := sent[q.name]; !ok || !e.equal(q, got) {
			return OtherQuery, "it wants query parameter " + q.String()
		}
	}
	return 0, ""
}

func (m *httpMatch) pathMatches(e *expressions, path string) bool {
	switch typ, want := m.path(); typ {
	case gatewayv1.PathMatchExact:
		return path == want
	case gatewayv1.PathMatchRegularExpression:
		return e.match(want, path)
	case gatewayv1.PathMatchPathPrefix:
		return path == want || strings.HasPrefix(path, want+"/")
	}
	return false
}

func (m *httpMatch) covers(other match) bool {
	a, ok := other.(*httpMatch)
	return ok && m.coversPath(a) && (m.Method == nil || a.Method != nil && *a.Method == *m.Method) &&
		impliesAll(a.headers(), m.headers()) && impliesAll(a.query(), m.query())
}

func (m *httpMatch) coversPath(a *httpMatch) bool {
	ofOther, other := a.path()
	typ, path := m.path()
	switch {
	case m.everyPath(), typ == gatewayv1.PathMatchPathPrefix && path == "":
		return true
	case typ == ofOther && path == other:
		return true
	case ofOther == gatewayv1.PathMatchRegularExpression || typ == gatewayv1.PathMatchExact:
		return false
	}
	var e expressions
	return typ == gatewayv1.PathMatchPathPrefix && m.pathMatches(&e, other)
}

// everyPath reports whether the path is an expression that every path matches.
func (m *httpMatch) everyPath() bool {
	typ, path := m.path()
	path = strings.TrimPrefix(strings.TrimSuffix(path, "$"), "^")
	return typ == gatewayv1.PathMatchRegularExpression && (path == ".*" || path == "/.*")
}

// meets passes over headers, since one may be sent with several values.
func (m *httpMatch) meets(other match) bool {
	a := other.(*httpMatch)
	typ, path := m.path()
	_, ofOther := a.path()
	return (typ == gatewayv1.PathMatchRegularExpression || path == ofOther) &&
		(m.Method == nil || *m.Method == *a.Method) &&
		!slices.ContainsFunc(m.query(), func(q condition) bool {
			return slices.ContainsFunc(a.query(), func(other condition) bool { return q.name == other.name && !q.meets(other) })
		})
}

// field is the path: a shorter one that covers it comes later.
func (m *httpMatch) field() string {
	if m.everyPath() {
		return everywhere
	}
	return m.pathText()
}

func (m *httpMatch) headers() []condition {
	var all []condition
	for _, h := range m.Headers {
		all = append(all, condition{strings.ToLower(string(h.Name)), h.Value, isRegex(h.Type)})
	}
	return firstOfName(all)
}

func (m *httpMatch) query() []condition {
	var all []condition
	for _, q := range m.QueryParams {
		all = append(all, condition{string(q.Name), q.Value, isRegex(q.Type)})
	}
	return firstOfName(all)
}

// parameters decodes a query; the first value of a name counts.
func parameters(query string) map[string]string {
	out := map[string]string{}
	for part := range strings.SplitSeq(query, "&") {
		name, v, _ := strings.Cut(part, "=")
		name, v = unescaped(name), unescaped(v)
		if _, ok := out[name]; !ok && name != "" {
			out[name] = v
		}
	}
	return out
}

// unescaped leaves a plus sign alone: only forms mean a space by it.
func unescaped(s string) string {
	if out, err := url.PathUnescape(s); err == nil {
		return out
	}
	return s
}
