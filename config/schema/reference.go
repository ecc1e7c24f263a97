package schema

import (
	"fmt"
	"io"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// WriteBlock writes a block and all in it as Markdown, headings of the third
// level. path is what it stands in, "" at the top.
func WriteBlock(out io.Writer, path string, b Block) {
	header := b.Type
	if b.Label != "" {
		header += fmt.Sprintf(" %q", strings.ToUpper(b.Label))
	}
	name := b.Type
	if path != "" {
		name = path + " › " + b.Type
	}
	fmt.Fprintf(out, "\n### %s\n\n`%s { ... }`, %s.", name, header, countOf(b))
	if b.OptionalLabel {
		fmt.Fprintf(out, " The %s may be left out.", b.Label)
	}
	if b.KeyAttr != "" {
		fmt.Fprintf(out, " Told apart by `%s`.", b.KeyAttr)
	}
	fmt.Fprintln(out)
	if b.Doc != "" {
		fmt.Fprintf(out, "\n%s\n", b.Doc)
	}
	WriteBody(out, name, b.Body)
}

// WriteBody writes the arguments of a block as Markdown, then its nested blocks.
func WriteBody(out io.Writer, path string, body Body) {
	if len(body.Attrs) > 0 {
		fmt.Fprint(out, "\n| argument | type | default | |\n|---|---|---|---|\n")
	}
	for _, a := range body.Attrs {
		fmt.Fprintf(out, "| `%s` | %s | %s | %s |\n", a.Name, typeName(a), defaultOf(a), cell(a.Doc+allowedOf(a)))
	}
	for _, b := range body.Blocks {
		WriteBlock(out, path, b)
	}
}

func countOf(b Block) string {
	switch {
	case b.Min > 0 && b.Max == b.Min:
		return fmt.Sprintf("exactly %d", b.Min)
	case b.Min > 0 && b.Max > 0:
		return fmt.Sprintf("%d to %d", b.Min, b.Max)
	case b.Min > 0:
		return fmt.Sprintf("at least %d", b.Min)
	case b.Max > 0:
		return fmt.Sprintf("at most %d", b.Max)
	}
	return "any number"
}

func typeName(a Attr) string {
	switch {
	case a.Type.Equals(Ref):
		return "reference to " + kindNames(a.Refs)
	case a.Type.Equals(Refs):
		return "list of references to " + kindNames(a.Refs)
	case a.Type == cty.String && len(a.Refs) > 0:
		return "string or reference to " + kindNames(a.Refs)
	case a.Type == cty.DynamicPseudoType:
		return "any value"
	case a.Type.IsListType():
		return "list of " + a.Type.ElementType().FriendlyName() + "s"
	case a.Type.IsMapType():
		return "map of " + a.Type.ElementType().FriendlyName() + "s"
	}
	return a.Type.FriendlyName()
}

func kindNames(names []string) string {
	if len(names) == 0 {
		return "any block"
	}
	return "`" + strings.Join(names, "` or `") + "`"
}

func defaultOf(a Attr) string {
	switch {
	case a.Required:
		return "required"
	case a.Default == "":
		return ""
	case strings.HasPrefix(a.Default, `"`) && strings.Count(a.Default, `"`) == 2 && strings.HasSuffix(a.Default, `"`), strings.Trim(a.Default, "0123456789") == "":
		return "`" + a.Default + "`"
	}
	return cell(a.Default)
}

func allowedOf(a Attr) string {
	if len(a.OneOf) == 0 {
		return ""
	}
	return " One of `" + strings.Join(a.OneOf, "`, `") + "`."
}

// cell escapes what would end a cell of a table.
func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }
