package hcltext

import (
	"slices"
	"strings"
	"unicode"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/hashicorp/hcl/v2/hclwrite"
)

// Block writes a block in the usual layout.
func Block(b *resource.Block) string {
	var w writer
	w.block(b, 0)
	return string(hclwrite.Format([]byte(w.String())))
}

type writer struct{ strings.Builder }

func (w *writer) indent(depth int) { w.WriteString(strings.Repeat("  ", depth)) }

// block writes a block that begins on a line of its own. It is one line where
// it has no more than one argument that is short.
func (w *writer) block(b *resource.Block, depth int) {
	w.indent(depth)
	w.WriteString(b.Type)
	if b.Label != "" {
		w.WriteString(" " + Quote(b.Label))
	}
	switch {
	case len(b.Attrs)+len(b.Blocks) == 0:
		w.WriteString(" {}\n")
		return
	case depth > 0 && isShort(b):
		w.WriteString(" { " + b.Attrs[0].Name + " = " + Value(b.Attrs[0].Value) + " }\n")
		return
	}
	w.WriteString(" {\n")
	for i, a := range b.Attrs {
		if i > 0 && (isHigh(a) || isHigh(b.Attrs[i-1])) {
			w.WriteString("\n")
		}
		w.indent(depth + 1)
		w.WriteString(a.Name + " = ")
		w.value(a.Value, depth+1, len(a.Name)+3, a.Name == "object")
		w.WriteString("\n")
	}
	for i, n := range b.Blocks {
		if depth == 0 && (i > 0 || len(b.Attrs) > 0) || i == 0 && len(b.Attrs) > 0 && !isShort(n) {
			w.WriteString("\n")
		}
		w.block(n, depth+1)
	}
	w.indent(depth)
	w.WriteString("}\n")
}

// isShort reports whether a nested block stands on one line.
func isShort(b *resource.Block) bool {
	if len(b.Attrs) != 1 || len(b.Blocks) > 0 {
		return false
	}
	_, isMap := b.Attrs[0].Value.(map[string]any)
	return !isMap && len(b.Attrs[0].Name)+len(Value(b.Attrs[0].Value)) < width/2
}

// isHigh reports whether an argument takes several lines.
func isHigh(a resource.Attr) bool {
	return a.Name == "object" || len(Value(a.Value)) > width || holdsText(a.Value)
}

// value writes a value behind what stands in its line already.
func (w *writer) value(v any, depth, before int, high bool) {
	if text, ok := v.(string); ok && isText(text) {
		w.heredoc(text)
		return
	}
	line := Value(v)
	if !high && 2*depth+before+len(line) <= width && !holdsText(v) {
		w.WriteString(line)
		return
	}
	switch v := v.(type) {
	case []any:
		w.WriteString("[\n")
		for _, e := range v {
			w.indent(depth + 1)
			w.value(e, depth+1, 1, false)
			if text, ok := e.(string); ok && isText(text) {
				w.WriteString("\n") // the end of a text is a line of its own
				w.indent(depth + 1)
			}
			w.WriteString(",\n")
		}
		w.indent(depth)
		w.WriteString("]")
	case map[string]any:
		w.WriteString("{\n")
		for _, k := range keys(v) {
			w.indent(depth + 1)
			key := Key(k)
			w.WriteString(key + " = ")
			w.value(v[k], depth+1, len(key)+3, false)
			w.WriteString("\n")
		}
		w.indent(depth)
		w.WriteString("}")
	default:
		w.WriteString(line)
	}
}

// isText reports whether a string reads better as lines than in quotes.
func isText(s string) bool {
	return strings.Count(s, "\n") > 1 && strings.HasSuffix(s, "\n") && !strings.Contains(s, "EOT") &&
		strings.IndexFunc(s, func(r rune) bool { return r != '\n' && r != '\t' && !unicode.IsPrint(r) }) < 0
}

func holdsText(v any) bool {
	switch v := v.(type) {
	case string:
		return isText(v)
	case []any:
		return slices.ContainsFunc(v, holdsText)
	case map[string]any:
		for _, e := range v {
			if holdsText(e) {
				return true
			}
		}
	}
	return false
}

// heredoc writes a text as its lines are. Only templates have to be escaped.
func (w *writer) heredoc(text string) {
	w.WriteString("<<EOT\n")
	for i, r := range text {
		w.WriteRune(r)
		if (r == '$' || r == '%') && strings.HasPrefix(text[i+1:], "{") {
			w.WriteRune(r)
		}
	}
	w.WriteString("EOT")
}
