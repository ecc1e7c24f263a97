package kinds

import (
	"regexp"
	"strings"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/hashicorp/hcl/v2"
)

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
