package kinds

import (
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/gwctl/gwctl/config/schema"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/hashicorp/hcl/v2"
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
	f := rule.f
	one, single := f.text(m, "method")
	several, multiple := f.texts(m, "methods")
	switch {
	case single != nil && multiple != nil:
		f.Errorf(multiple.Range, "method and methods", "A match has method or methods, not both. Write methods = [...] with all of them.")
	case multiple != nil && len(several) == 0:
		f.Errorf(multiple.Range, "No methods", "methods must name at least one method. Leave it out to match every method.")
	}
	if multiple == nil {
		match := rule.Item("matches", within(m))
		encodeMatchFields(m, match, true)
		if single != nil {
			match.Set("method", one, from(single))
		}
		return
	}
	seen := make(map[string]bool, len(several))
	for i, method := range several {
		if seen[method] {
			f.Errorf(fromIndex(multiple, i).at, "Method listed twice", "%s is in methods already. Remove one.", method)
			continue
		}
		seen[method] = true
		match := rule.Item("matches", within(m))
		encodeMatchFields(m, match, i == 0)
		match.Set("method", method, fromIndex(multiple, i))
	}
	if len(several) == 0 {
		encodeMatchFields(m, rule.Item("matches", within(m)), true)
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

// encodeConditions writes headers or query parameters. Two names are the same
// if fold says so.
func encodeConditions(m *resource.Block, arg string, match Field, list string, fold func(string) string) {
	f := match.f
	entries, a := f.entries(m, arg)
	for _, e := range distinct(f, entries, a, fold) {
		by := fromKey(a, e.key)
		value, isRegex, ok := condition(e.value)
		if !ok {
			f.Errorf(by.at, "Wrong type", "%q in %s must be a string, or { regex = \"...\" }.", e.key, arg)
			continue
		}
		item := match.Item(list, by)
		item.Set("name", e.key, by)
		item.Set("value", value, by)
		if isRegex {
			item.Set("type", "RegularExpression", by)
			checkRegex(f, value, arg, by.at)
		}
	}
}

// condition reads "v" or { regex = "v" }.
func condition(v any) (value string, isRegex, ok bool) {
	switch v := v.(type) {
	case string:
		return v, false, true
	case map[string]any:
		value, ok = v["regex"].(string)
		return value, true, ok && len(v) == 1
	}
	return "", false, false
}

// checkPath refuses what is no path in normal form, which no request would have.
func checkPath(f *Fragment, path string, a *resource.Attr) {
	odd := func(part string) bool { return strings.Contains(path, part) }
	end := path[strings.LastIndexByte(path, '/')+1:]
	if path == "" || path[0] != '/' || odd("//") || odd("/./") || odd("/../") || end == "." || end == ".." ||
		odd("%2f") || odd("%2F") || !pathCharacters().MatchString(path) {
		f.Errorf(a.Range, "Invalid path", "%s is %q. A path begins with \"/\", has letters, digits, %%XX and any of -._~!$&'()*+,;=:@, and none of \"//\", \"/./\", \"/../\" and %%2F. What follows \"?\" is matched by query = {...}.", a.Name, path)
	}
}

var pathCharacters = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^([-A-Za-z0-9/._~!$&'()*+,;=:@]|%[0-9a-fA-F]{2})+$`)
})

// checkRegex refuses what RE2 refuses. Go's syntax is RE2's but for \C, which
// Envoy would not take either. Nor does it take an empty one.
func checkRegex(f *Fragment, pattern, arg string, at hcl.Range) {
	if pattern == "" {
		f.Errorf(at, "Empty regular expression", "The regular expression in %s is empty. Leave it out, or match anything with \".*\".", arg)
		return
	}
	if _, err := regexp.Compile(pattern); err != nil {
		f.Errorf(at, "Invalid regular expression", "%q in %s is not a regular expression in RE2's syntax, which has no look-ahead, look-behind or back-references: %s.", pattern, arg, strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
}

// decodeMatches folds matches in a row that differ by method alone, and leaves
// out what is the default: one match of everything.
func decodeMatches(rule fields) []*resource.Block {
	var blocks []*resource.Block
	var kept []any
	var last map[string]any // the match before, without its method
	for _, v := range list[map[string]any](rule, "matches") {
		m := normalMatch(v.(map[string]any))
		p := fieldsOf(m)
		method := p.text("method")
		rest := maps.Clone(p.left)
		if method != "" && last != nil && reflect.DeepEqual(last, rest) && addMethod(blocks[len(blocks)-1], method) {
			continue
		}
		block := decodeMatch(p, method)
		if block == nil {
			kept, last = append(kept, v), nil
			continue
		}
		blocks = append(blocks, block)
		last = nil
		if method != "" {
			last = rest
		}
	}
	rule.keep("matches", kept)
	if len(blocks) == 1 && len(blocks[0].Attrs) == 0 && kept == nil {
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

// addMethod adds a method to those of a match, unless it is among them.
func addMethod(b *resource.Block, method string) bool {
	if single := b.Attr("method"); single != nil {
		if single.Value == method {
			return false
		}
		*single = resource.Attr{Name: "methods", Value: []any{single.Value, method}}
		return true
	}
	several := b.Attr("methods")
	have, _ := several.Value.([]any)
	if slices.Contains(have, any(method)) {
		return false
	}
	several.Value = append(have, method)
	return true
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

func decodeConditions(p fields, field string) map[string]any {
	list, _ := p.left[field].([]any)
	out := make(map[string]any, len(list))
	for _, v := range list {
		c := fieldsOf(v)
		name, typ, value := c.text("name"), c.text("type"), c.text("value")
		if _, twice := out[name]; twice || name == "" || len(c.left) > 0 {
			return nil
		}
		switch typ {
		case "", "Exact":
			out[name] = value
		case "RegularExpression":
			out[name] = map[string]any{"regex": value}
		default:
			return nil
		}
	}
	delete(p.left, field)
	if len(out) == 0 {
		return nil
	}
	return out
}
