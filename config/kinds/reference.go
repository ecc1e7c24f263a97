package kinds

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/gwctl/gwctl/config/schema"
	"github.com/zclconf/go-cty/cty"
)

// WriteReference writes what every kind takes, as Markdown. It is the same for
// the same code.
func WriteReference(w io.Writer) error {
	out := bufio.NewWriter(w)
	for i, k := range All() {
		if i > 0 {
			fmt.Fprintln(out)
		}
		fmt.Fprintf(out, "## %s\n\n%s\n\n", k.Name, k.Doc)
		fmt.Fprintf(out, "Becomes a `%s` of `%s`.\n\n", k.Object.Kind, k.Object.GroupVersion())
		fmt.Fprintf(out, "```hcl\n%s\n```\n", strings.TrimSpace(k.Example))
		writeBody(out, k.Name, "", k.Schema)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write the reference: %w", err)
	}
	return nil
}

// writeBody writes the arguments of a block, then its nested blocks.
func writeBody(out io.Writer, path, doc string, body schema.Body) {
	if doc != "" {
		fmt.Fprintf(out, "\n%s\n", doc)
	}
	if len(body.Attrs) > 0 {
		fmt.Fprint(out, "\n| argument | type | default | |\n|---|---|---|---|\n")
	}
	for _, a := range body.Attrs {
		fmt.Fprintf(out, "| `%s` | %s | %s | %s |\n", a.Name, typeName(a), defaultOf(a), cell(a.Doc+allowedOf(a)))
	}
	for _, b := range body.Blocks {
		header := b.Type
		if b.Label != "" {
			header += fmt.Sprintf(" %q", strings.ToUpper(b.Label))
		}
		inner := path + " › " + b.Type
		fmt.Fprintf(out, "\n### %s\n\n`%s { ... }`, %s.", inner, header, countOf(b))
		if b.KeyAttr != "" {
			fmt.Fprintf(out, " Told apart by `%s`.", b.KeyAttr)
		}
		fmt.Fprintln(out)
		writeBody(out, inner, b.Doc, b.Body)
	}
}

func countOf(b schema.Block) string {
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

func typeName(a schema.Attr) string {
	switch {
	case a.Type.Equals(schema.Ref):
		return "reference to " + kindNames(a.Refs)
	case a.Type.Equals(schema.Refs):
		return "list of references to " + kindNames(a.Refs)
	case a.Type == cty.DynamicPseudoType:
		return "object"
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

func defaultOf(a schema.Attr) string {
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

func allowedOf(a schema.Attr) string {
	if len(a.OneOf) == 0 {
		return ""
	}
	return " One of `" + strings.Join(a.OneOf, "`, `") + "`."
}

// cell escapes what would end a cell of a table.
func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }
