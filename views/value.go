package views

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/gwctl/gwctl/internal/hcltext"
	"github.com/gwctl/gwctl/internal/resource"
)

// sensitiveValue stands for what must not be shown.
const sensitiveValue = "(sensitive value)"

// valueText writes a value on one line, as HCL would have it.
func valueText(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return strconv.FormatBool(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case string:
		return hcltext.Quote(v)
	case resource.Ref:
		return printable(v.String())
	case []any:
		parts := make([]string, len(v))
		for i := range v {
			parts[i] = valueText(v[i])
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case map[string]any:
		if len(v) == 0 {
			return "{}"
		}
		var parts []string
		for _, k := range slices.Sorted(maps.Keys(v)) {
			parts = append(parts, hcltext.Key(k)+" = "+valueText(v[k]))
		}
		return "{ " + strings.Join(parts, ", ") + " }"
	}
	text, err := json.Marshal(v)
	if err != nil {
		return "?"
	}
	return printable(string(text))
}

// printable replaces what could steer a terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && !unicode.IsPrint(r) {
			return unicode.ReplacementChar
		}
		return r
	}, s)
}

// plain is a value as JSON has it: references as users write them.
func plain(v any) any {
	switch v := v.(type) {
	case resource.Ref:
		return v.String()
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = plain(v[i])
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			out[k] = plain(e)
		}
		return out
	}
	return v
}

// plainBlock is a block as JSON has it: arguments by name, nested blocks in a
// list by type, each with its label as "name".
func plainBlock(b *resource.Block) map[string]any {
	if b == nil {
		return nil
	}
	out := make(map[string]any, len(b.Attrs)+len(b.Blocks))
	for i := range b.Attrs {
		out[b.Attrs[i].Name] = plain(b.Attrs[i].Value)
	}
	for _, n := range b.Blocks {
		nested := plainBlock(n)
		if n.Label != "" {
			nested["name"] = n.Label
		}
		list, _ := out[n.Type].([]any)
		out[n.Type] = append(list, nested)
	}
	return out
}
