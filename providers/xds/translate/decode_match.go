package translate

import (
	"strings"

	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// match is one match of a rule: all of it must hold.
type match struct {
	index   int
	path    pathMatch
	method  string
	headers []valueMatch
	query   []valueMatch
	grpc    bool // no requests but those of gRPC
	rank    rank
}

// pathKind orders path matches by precedence. The specification leaves the
// place of regular expressions open: behind exact paths and before prefixes, as
// Envoy Gateway has it.
type pathKind int8

const (
	pathExact pathKind = iota
	pathRegex
	pathPrefix
)

// pathMatch is a path, a regular expression, or a prefix without slashes at its
// end, "" for all paths.
type pathMatch struct {
	kind  pathKind
	value string
}

// valueMatch is a header or a query parameter that must have a value.
type valueMatch struct {
	name  string
	value string
	regex bool
}

// all reports whether every request matches.
func (m *match) all() bool {
	return m.path == pathMatch{pathPrefix, ""} && m.method == "" && len(m.headers) == 0 && len(m.query) == 0
}

// decodeMatch also reports whether the match can be used: half of one would
// match what it must not.
func decodeMatch(d *decoding, path string, in *gatewayv1.HTTPRouteMatch) (match, bool) {
	before := len(d.problems)
	var m match
	m.path = decodePath(d, path+".path", in.Path)
	for i, h := range in.Headers {
		v := decodeValue(d, index(path+".headers", i), string(value(h.Type, gatewayv1.HeaderMatchExact)), strings.ToLower(string(h.Name)), h.Value)
		if !validHeaderName(v.name) {
			d.problem(index(path+".headers", i)+".name", "%q is no name of a header", h.Name)
		}
		m.headers = appendFirst(m.headers, v)
	}
	for i, q := range in.QueryParams {
		v := decodeValue(d, index(path+".queryParams", i), string(value(q.Type, gatewayv1.QueryParamMatchExact)), string(q.Name), q.Value)
		if v.name == "" {
			d.problem(index(path+".queryParams", i)+".name", "a query parameter needs a name")
		}
		m.query = appendFirst(m.query, v)
	}
	switch m.method = text(in.Method, ""); m.method {
	case "", "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH":
	default:
		d.problem(path+".method", "method %q is not supported: allowed are GET, HEAD, POST, PUT, DELETE, OPTIONS, TRACE and PATCH", m.method)
	}
	m.rank = httpRank(&m)
	return m, len(d.problems) == before
}

// httpRank is that of an HTTPRoute's match: exact paths, then the longest, then
// those with a method, most headers, most query parameters.
func httpRank(m *match) rank {
	method := 0
	if m.method != "" {
		method = 1
	}
	return rank{-int(m.path.kind), len(m.path.value), method, len(m.headers), len(m.query)}
}

func decodePath(d *decoding, path string, in *gatewayv1.HTTPPathMatch) pathMatch {
	if in == nil {
		return pathMatch{kind: pathPrefix}
	}
	v := value(in.Value, "/")
	switch typ := value(in.Type, gatewayv1.PathMatchPathPrefix); typ {
	case gatewayv1.PathMatchRegularExpression:
		if v == "" {
			d.problem(path+".value", "the regular expression is empty")
		}
		return pathMatch{pathRegex, v} // whether it is one, Envoy says
	case gatewayv1.PathMatchExact, gatewayv1.PathMatchPathPrefix:
		if !strings.HasPrefix(v, "/") || strings.ContainsAny(v, "?#") || strings.Contains(v, "//") || !printable(v) {
			d.problem(path+".value", "%q is no path: it begins with a slash and has neither //, ? nor #", v)
		}
		if typ == gatewayv1.PathMatchExact {
			return pathMatch{pathExact, v}
		}
		return pathMatch{pathPrefix, strings.TrimRight(v, "/")}
	default:
		d.problem(path+".type", "paths of type %q are not supported: allowed are Exact, PathPrefix and RegularExpression", typ)
		return pathMatch{}
	}
}

func decodeValue(d *decoding, path, typ, name, v string) valueMatch {
	m := valueMatch{name: name, value: v}
	switch typ {
	case "Exact":
	case "RegularExpression":
		m.regex = true
		if v == "" {
			d.problem(path+".value", "the regular expression is empty")
		}
	default:
		d.problem(path+".type", "values of type %q are not supported: allowed are Exact and RegularExpression", typ)
	}
	return m
}

// appendFirst leaves out a name that is there already: the first one counts.
func appendFirst(list []valueMatch, v valueMatch) []valueMatch {
	for _, e := range list {
		if e.name == v.name {
			return list
		}
	}
	return append(list, v)
}

// printable reports whether Envoy takes s in a path or in a header value.
func printable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f })
}

// validHeaderName reports whether s is a token of RFC 9110.
func validHeaderName(s string) bool {
	const marks = "!#$%&'*+-.^_`|~"
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune(marks, r))
	})
}
