package kinds

import (
	"maps"
	"net/url"
	"regexp"
	"strings"
	"sync"

	"github.com/gwctl/gwctl/config/schema"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/zclconf/go-cty/cty"
)

var methods = []string{"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"}

var matchSchema = schema.Block{
	Type: "match", Max: 64,
	Doc: "Requests that the rule is for: those for which all of it holds. Any of several blocks is enough; without one, every request matches.",
	Body: schema.Body{Attrs: []schema.Attr{
		{Name: "path_exact", Type: cty.String, Doc: "The whole path. One of the three at most."},
		{Name: "path_prefix", Type: cty.String, Default: `"/"`, Doc: "The first segments of the path: `/api` matches `/api` and `/api/x`, not `/apix`."},
		{Name: "path_regex", Type: cty.String, Doc: "The whole path, as a regular expression in RE2's syntax."},
		{Name: "method", Type: cty.String, OneOf: methods, Doc: "The method."},
		{Name: "methods", Type: cty.List(cty.String), OneOf: methods, Doc: "Any of several methods."},
		{Name: "headers", Type: cty.DynamicPseudoType, Doc: "Headers, all of them: `{ x-env = \"prod\", x-build = { regex = \"^b[0-9]+$\" } }`."},
		{Name: "query", Type: cty.DynamicPseudoType, Doc: "Query parameters, written like headers."},
	}},
}

// pathTypes are the arguments that say a path, and the type of match each is.
var pathTypes = []struct{ arg, typ string }{
	{"path_exact", "Exact"}, {"path_prefix", "PathPrefix"}, {"path_regex", "RegularExpression"},
}

// encodeMatch writes one match for each method.
func encodeMatch(m *resource.Block, rule Field) {
	for i, method := range rule.f.methodsOf(m) {
		match := rule.Item("matches", within(m))
		encodeMatchFields(m, match, i == 0)
		if method.name != "" {
			match.Set("method", method.name, method.by)
		}
	}
}

// encodeMatchFields writes everything but the method. Only the first of the
// matches that a block stands for reports what is wrong.
func encodeMatchFields(m *resource.Block, match Field, report bool) {
	if !report {
		known := match.f.diags
		defer func() { match.f.diags = known }()
	}
	var path *resource.Attr
	for _, p := range pathTypes {
		value, a := match.f.text(m, p.arg)
		if a == nil {
			continue
		}
		if path != nil {
			match.f.Errorf(a.Range, "Two paths in one match", "A match has one path, and this one has %s already. Write two match blocks to match either.", path.Name)
			continue
		}
		path = a
		out := match.Map("path", from(a))
		out.Set("type", p.typ, from(a))
		out.Set("value", value, from(a))
		if p.typ == "RegularExpression" {
			checkRegex(match.f, value, a.Name, a.Range)
		} else {
			checkPath(match.f, value, a)
		}
	}
	encodeConditions(m, "headers", match, "headers", strings.ToLower)
	encodeConditions(m, "query", match, "queryParams", strings.Clone)
}

// checkPath refuses what is no path in normal form, which no request would have.
func checkPath(f *Fragment, path string, a *resource.Attr) {
	odd := func(part string) bool { return strings.Contains(path, part) }
	end := path[strings.LastIndexByte(path, '/')+1:]
	if path == "" || path[0] != '/' || odd("//") || odd("/./") || odd("/../") || end == "." || end == ".." ||
		neverInPaths().MatchString(path) || !pathCharacters().MatchString(path) {
		f.Errorf(a.Range, "Invalid path", "%s is %q. A path begins with \"/\", has letters, digits, %%XX and any of -._~!$&'()*+,;=:@, and none of \"//\", \"/./\", \"/../\", %%2F, %%5C and %%00. What follows \"?\" is matched by query = {...}.", a.Name, path)
		return
	}
	if plain := escapedInVain().ReplaceAllStringFunc(path, unescape); plain != path {
		f.Errorf(a.Range, "Escaped for nothing", "%s is %q, which no path would match: what needs no escape comes without one, however clients write it. Write %q.", a.Name, path, plain)
	}
}

func unescape(s string) string {
	out, err := url.PathUnescape(s)
	if err != nil {
		return s
	}
	return out
}

// Escapes that gateways do not let through: of slashes and NUL, and of letters,
// digits, "-", ".", "_" and "~", which come as themselves.
var (
	neverInPaths  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?i)%(2f|5c|00)`) })
	escapedInVain = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?i)%(2[de]|3[0-9]|[46][1-9a-f]|[57][0-9a]|5f|7e)`)
	})
)

var pathCharacters = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^([-A-Za-z0-9/._~!$&'()*+,;=:@]|%[0-9a-fA-F]{2})+$`)
})

// decodeMatches leaves out what is the default: one match of everything.
func decodeMatches(rule fields) []*resource.Block {
	blocks := foldMethods(rule, func(m map[string]any) (fields, string) {
		p := fieldsOf(normalMatch(m))
		return p, p.text("method")
	}, decodeMatch)
	if len(blocks) == 1 && len(blocks[0].Attrs) == 0 && rule.left["matches"] == nil {
		return nil
	}
	return blocks
}

// normalMatch leaves out the path that every match has by default.
func normalMatch(m map[string]any) map[string]any {
	path, ok := m["path"].(map[string]any)
	if !ok {
		return m
	}
	for key := range path {
		if key != "type" && key != "value" {
			return m
		}
	}
	if (path["type"] == nil || path["type"] == "PathPrefix") && (path["value"] == nil || path["value"] == "/") {
		m = maps.Clone(m)
		delete(m, "path")
	}
	return m
}

// decodeMatch returns nil for a match that has no words.
func decodeMatch(p fields, method string) *resource.Block {
	b := &resource.Block{Type: "match"}
	path := p.sub("path")
	if path.left != nil {
		typ, ok := take[string](path, "type")
		if !ok {
			typ = "PathPrefix"
		}
		value, ok := take[string](path, "value")
		if !ok {
			value = "/"
		}
		for _, t := range pathTypes {
			if t.typ == typ {
				set(b, t.arg, value)
				p.put("path", path)
			}
		}
	}
	if method != "" {
		set(b, "method", method)
	}
	for _, c := range []struct{ field, arg string }{{"headers", "headers"}, {"queryParams", "query"}} {
		if conditions := decodeConditions(p, c.field); conditions != nil {
			set(b, c.arg, conditions)
		}
	}
	if len(p.left) > 0 {
		return nil
	}
	return b
}
