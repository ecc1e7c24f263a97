package routing

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// anyRequest is the match of a rule without matches, and what a match without a
// path has.
var anyRequest = []gatewayv1.HTTPRouteMatch{{}}

func matchesOf(rule *gatewayv1.HTTPRouteRule) []gatewayv1.HTTPRouteMatch {
	if len(rule.Matches) == 0 {
		return anyRequest
	}
	return rule.Matches
}

// pathOf returns the path of a match; a prefix comes without a slash at its
// end, which the specification ignores.
func pathOf(m *gatewayv1.HTTPRouteMatch) (gatewayv1.PathMatchType, string) {
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
func pathText(m *gatewayv1.HTTPRouteMatch) string {
	switch typ, path := pathOf(m); {
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

// textOf writes a match as plans do.
func textOf(m *gatewayv1.HTTPRouteMatch) string {
	text := pathText(m)
	if m.Method != nil {
		text = string(*m.Method) + " " + text
	}
	var conditions []string
	for _, h := range headersOf(m) {
		conditions = append(conditions, h.String())
	}
	for _, q := range queryOf(m) {
		conditions = append(conditions, "?"+q.String())
	}
	if conditions != nil {
		text += " [" + strings.Join(conditions, " ") + "]"
	}
	return text
}

// mismatch says why a match is not for a request; 0 means that it is.
func (e *expressions) mismatch(m *gatewayv1.HTTPRouteMatch, r *Request) (Reason, string) {
	if !e.pathMatches(m, r.Path) {
		return OtherPath, "its path is " + pathText(m)
	}
	if m.Method != nil && string(*m.Method) != r.Method {
		return OtherMethod, "it is for " + string(*m.Method)
	}
	for _, h := range headersOf(m) {
		if !slices.ContainsFunc(r.Header.Values(h.name), func(sent string) bool { return e.equal(h, sent) }) {
			return OtherHeader, "it wants header " + h.String()
		}
	}
	sent := parameters(r.Query)
	for _, q := range queryOf(m) {
		if got, ok := sent[q.name]; !ok || !e.equal(q, got) {
			return OtherQuery, "it wants query parameter " + q.String()
		}
	}
	return 0, ""
}

func (e *expressions) pathMatches(m *gatewayv1.HTTPRouteMatch, path string) bool {
	switch typ, want := pathOf(m); typ {
	case gatewayv1.PathMatchExact:
		return path == want
	case gatewayv1.PathMatchRegularExpression:
		return e.match(want, path)
	case gatewayv1.PathMatchPathPrefix:
		return path == want || strings.HasPrefix(path, want+"/")
	}
	return false
}

// condition is a header or a query parameter that must have a value.
type condition struct {
	name, value string
	regex       bool
}

func (c condition) String() string {
	if c.regex {
		return fmt.Sprintf("%s~%s", c.name, c.value)
	}
	return fmt.Sprintf("%s=%s", c.name, c.value)
}

// headersOf leaves out a name that was there already, as the specification
// wants.
func headersOf(m *gatewayv1.HTTPRouteMatch) []condition {
	var out []condition
	seen := map[string]bool{}
	for _, h := range m.Headers {
		if name := http.CanonicalHeaderKey(string(h.Name)); !seen[name] {
			seen[name] = true
			out = append(out, condition{strings.ToLower(name), h.Value, h.Type != nil && *h.Type == gatewayv1.HeaderMatchRegularExpression})
		}
	}
	return out
}

func queryOf(m *gatewayv1.HTTPRouteMatch) []condition {
	var out []condition
	seen := map[string]bool{}
	for _, q := range m.QueryParams {
		if name := string(q.Name); !seen[name] {
			seen[name] = true
			out = append(out, condition{name, q.Value, q.Type != nil && *q.Type == gatewayv1.QueryParamMatchRegularExpression})
		}
	}
	return out
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

// expressions are regular expressions that were compiled.
type expressions struct {
	compiled map[string]*regexp.Regexp // nil where it is none, which nothing matches
}

// match reports whether all of s matches.
func (e *expressions) match(expression, s string) bool {
	re, ok := e.compiled[expression]
	if !ok {
		re, _ = regexp.Compile(`\A(?:` + expression + `)\z`)
		if e.compiled == nil {
			e.compiled = map[string]*regexp.Regexp{}
		}
		e.compiled[expression] = re
	}
	return re != nil && re.MatchString(s)
}

func (e *expressions) equal(c condition, got string) bool {
	if c.regex {
		return e.match(c.value, got)
	}
	return got == c.value
}

// value returns what p points to, or the default.
func value[T any](p *T, otherwise T) T {
	if p == nil {
		return otherwise
	}
	return *p
}
