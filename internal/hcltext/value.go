// Package hcltext writes blocks and values as HCL.
package hcltext

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/gwctl/gwctl/internal/resource"
)

// Raw is an expression, as a value that stands for itself.
type Raw string

// width is how long a line gets before a list or map takes several.
const width = 100

// head are the keys that people look for first, in maps that stand for objects.
var head = []string{"apiVersion", "kind", "metadata", "name", "namespace"}

// Value writes a value on one line.
func Value(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return strconv.FormatBool(v)
	case int:
		return strconv.Itoa(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case json.Number:
		return v.String()
	case string:
		return Quote(v)
	case Raw:
		return string(v)
	case resource.Ref:
		return reference(v)
	case []any:
		parts := make([]string, len(v))
		for i := range v {
			parts[i] = Value(v[i])
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case map[string]any:
		if len(v) == 0 {
			return "{}"
		}
		var parts []string
		for _, k := range keys(v) {
			parts = append(parts, Key(k)+" = "+Value(v[k]))
		}
		return "{ " + strings.Join(parts, ", ") + " }"
	}
	return Quote("?") // no value of a block
}

// reference is the address of a block or, for what another configuration owns,
// the object's name.
func reference(r resource.Ref) string {
	if !r.Address.IsZero() {
		return r.Address.String()
	}
	m := map[string]any{"group": r.ID.Group, "type": r.ID.Kind, "name": r.ID.Name}
	if r.ID.Namespace != "" {
		m["namespace"] = r.ID.Namespace
	}
	if r.Port != 0 {
		m["port"] = r.Port
	}
	return Value(m)
}

// keys sorts the keys of a map as an object's are read.
func keys(m map[string]any) []string {
	sorted := slices.Sorted(maps.Keys(m))
	slices.SortStableFunc(sorted, func(a, b string) int { return place(a) - place(b) })
	return sorted
}

func place(key string) int {
	if i := slices.Index(head, key); i >= 0 {
		return i
	}
	return len(head)
}

// Key writes the key of a map, in quotes where HCL wants them.
func Key(k string) string {
	if k == "" || k == "for" {
		return Quote(k) // for would begin an expression
	}
	for i, r := range k {
		letter := r == '_' || unicode.IsLetter(r)
		if !letter && (i == 0 || r != '-' && !unicode.IsDigit(r)) {
			return Quote(k)
		}
	}
	return k
}

// Quote writes a string in quotes.
func Quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteRune('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\r':
			b.WriteString(`\r`)
		case (r == '$' || r == '%') && strings.HasPrefix(s[i+1:], "{"):
			b.WriteRune(r)
			b.WriteRune(r)
		case !unicode.IsPrint(r):
			b.WriteString(escape(r))
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

func escape(r rune) string {
	hex := strconv.FormatInt(int64(r), 16)
	if len(hex) <= 4 {
		return `\u` + strings.Repeat("0", 4-len(hex)) + hex
	}
	return `\U` + strings.Repeat("0", 8-len(hex)) + hex
}
