package views

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/charmbracelet/lipgloss"

	"github.com/gwctl/gwctl/internal/hcltext"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/planner"
)

// blockWriter writes blocks and their differences, in Terraform's layout.
type blockWriter struct {
	b     strings.Builder
	paint Palette
	width int // lists and maps that fit stay on one line
}

func newBlockWriter(o Options) *blockWriter {
	width := o.Width
	if width == 0 {
		width = 100
	}
	return &blockWriter{paint: NewPalette(o.Color), width: width}
}

// symbol returns the mark of an action, three columns wide.
func (w *blockWriter) symbol(a planner.Action) string {
	switch a {
	case planner.Create:
		return "  " + w.paint.Add("+")
	case planner.Update:
		return "  " + w.paint.Change("~")
	case planner.Delete:
		return "  " + w.paint.Remove("-")
	case planner.Replace:
		return w.paint.Add("+") + "/" + w.paint.Remove("-")
	case planner.Forget:
		return "  " + w.paint.Remove(".")
	}
	return "   "
}

// line writes a line that starts with the mark of an action; indent is the
// column of the mark's own first column.
func (w *blockWriter) line(indent int, action planner.Action, text string) {
	w.b.WriteString(strings.Repeat(" ", indent) + w.symbol(action) + " " + text + "\n")
}

func (w *blockWriter) hidden(indent int, text string) {
	w.line(indent, planner.NoOp, w.paint.Dim("# ("+text+" hidden)"))
}

// diff writes a whole resource.
func (w *blockWriter) diff(d *planner.BlockDiff, action planner.Action) {
	w.line(0, action, header(d.Type, d.Label, "")+" {")
	w.body(d, 4)
	w.line(0, planner.NoOp, "}")
}

func header(typ, label, key string) string {
	typ = printable(typ)
	switch {
	case label != "":
		return typ + " " + hcltext.Quote(label)
	case key != "":
		return typ + " " + printable(key)
	}
	return typ
}

func (w *blockWriter) body(d *planner.BlockDiff, indent int) {
	names := 0
	for i := range d.Attrs {
		names = max(names, lipgloss.Width(printable(d.Attrs[i].Name)))
	}
	for i := range d.Attrs {
		w.attr(&d.Attrs[i], names, indent)
	}
	if d.UnchangedAttrs > 0 {
		w.hidden(indent, plural(d.UnchangedAttrs, "unchanged attribute", "unchanged attributes"))
	}
	for i := 0; i < len(d.Blocks); {
		n := i
		for n < len(d.Blocks) && onOneLine(d.Blocks[n]) {
			n++
		}
		if n > i {
			w.shortBlocks(d.Blocks[i:n], indent)
			i = n
			continue
		}
		nested := d.Blocks[i]
		w.line(indent, nested.Action, header(nested.Type, nested.Label, nested.Key)+" {")
		w.body(nested, indent+4)
		w.line(indent, planner.NoOp, "}")
		i++
	}
	for _, o := range d.Orders {
		w.order(o, indent)
	}
	w.unchangedBlocks(d.UnchangedBlocks, indent)
}

func (w *blockWriter) order(o planner.OrderDiff, indent int) {
	types := printable(pluralType(o.Type))
	if o.Before == nil {
		w.line(indent, planner.Update, "order of "+types)
		return
	}
	w.line(indent, planner.Update, fmt.Sprintf("order of %s: %s %s %s", types,
		printable(strings.Join(o.Before, ", ")), w.arrow(), printable(strings.Join(o.After, ", "))))
}

func (w *blockWriter) unchangedBlocks(counts []planner.TypeCount, indent int) {
	switch len(counts) {
	case 0:
	case 1:
		typ := printable(counts[0].Type)
		w.hidden(indent, plural(counts[0].Count, "unchanged "+typ, "unchanged "+pluralType(typ)))
	default:
		n := 0
		for _, c := range counts {
			n += c.Count
		}
		w.hidden(indent, plural(n, "unchanged block", "unchanged blocks"))
	}
}

func pluralType(typ string) string {
	switch {
	case strings.HasSuffix(typ, "ch"):
		return typ + "es"
	case strings.HasSuffix(typ, "y"):
		return strings.TrimSuffix(typ, "y") + "ies"
	case strings.HasSuffix(typ, "s"):
		return typ
	}
	return typ + "s"
}

// onOneLine reports whether a block is known by a reference and has no more
// than scalars: forward backend.orders { weight = 90 -> 50 }.
func onOneLine(d *planner.BlockDiff) bool {
	if d.Key == "" || len(d.Blocks)+len(d.Orders)+len(d.UnchangedBlocks) > 0 || len(d.Attrs) > 2 {
		return false
	}
	for _, a := range d.Attrs {
		if a.Elements != nil || isCollection(a.Before) || isCollection(a.After) {
			return false
		}
	}
	return true
}

func isCollection(v any) bool {
	switch v.(type) {
	case []any, map[string]any:
		return true
	}
	return false
}

// shortBlocks writes blocks of one line each, with their braces below each other.
func (w *blockWriter) shortBlocks(blocks []*planner.BlockDiff, indent int) {
	width := 0
	for _, n := range blocks {
		width = max(width, lipgloss.Width(header(n.Type, n.Label, n.Key)))
	}
	for _, n := range blocks {
		text := header(n.Type, n.Label, n.Key)
		var attrs []string
		for i := range n.Attrs {
			a := &n.Attrs[i]
			change := w.scalarChange(a)
			if n.Action == planner.Delete {
				change = valueText(a.Before) // the whole block goes
			}
			mark := ""
			switch {
			case a.Action == n.Action || a.Action == planner.Update:
			case a.Action == planner.Create:
				mark = w.paint.Add("+") + " "
			case a.Action == planner.Delete:
				mark = w.paint.Remove("-") + " "
			}
			attrs = append(attrs, mark+printable(a.Name)+" = "+change)
		}
		if len(attrs) > 0 {
			text += strings.Repeat(" ", width-lipgloss.Width(text)) + " { " + strings.Join(attrs, ", ") + " }"
		}
		w.line(indent, n.Action, text)
	}
}

// scalarChange is the right side of an argument: "90 -> 50".
func (w *blockWriter) scalarChange(a *planner.AttrDiff) string {
	switch a.Action {
	case planner.Create:
		return valueText(a.After)
	case planner.Delete:
		return valueText(a.Before) + " " + w.arrow() + " null"
	}
	before, after := valueText(a.Before), valueText(a.After)
	b, isRef := a.Before.(resource.Ref)
	if c, ok := a.After.(resource.Ref); ok && isRef && before == after {
		// The same name stands for another object.
		return fmt.Sprintf("%s (%s %s %s)", after, printable(b.ID.String()), w.arrow(), printable(c.ID.String()))
	}
	return before + " " + w.arrow() + " " + after
}

func (w *blockWriter) arrow() string { return w.paint.Change("->") }

func (w *blockWriter) attr(a *planner.AttrDiff, names, indent int) {
	name := printable(a.Name)
	left := name + strings.Repeat(" ", names-lipgloss.Width(name)) + " = "
	if len(a.Elements) > 0 {
		w.elements(a, left, indent)
		return
	}
	if text := w.scalarChange(a); !isCollection(a.Before) && !isCollection(a.After) || indent+4+lipgloss.Width(left+text) <= w.width {
		w.line(indent, a.Action, left+text)
		return
	}
	v, action := a.After, a.Action
	if action == planner.Delete {
		v = a.Before
	}
	if action == planner.Update {
		// Another order, or another kind of value: both, one below the other.
		w.collection(left, a.Before, planner.Delete, indent)
		w.collection(left, a.After, planner.Create, indent)
		return
	}
	w.collection(left, v, action, indent)
}

// elements writes what changed in a list or map.
func (w *blockWriter) elements(a *planner.AttrDiff, left string, indent int) {
	_, isMap := a.After.(map[string]any)
	opening, closing := "[", "]"
	if isMap {
		opening, closing = "{", "}"
	}
	w.line(indent, a.Action, left+opening)
	keys := 0
	for _, e := range a.Elements {
		keys = max(keys, lipgloss.Width(hcltext.Key(e.Key)))
	}
	for _, e := range a.Elements {
		left := ""
		if isMap {
			key := hcltext.Key(e.Key)
			left = key + strings.Repeat(" ", keys-lipgloss.Width(key)) + " = "
		}
		w.element(&e, left, isMap, indent+4)
	}
	if a.Reordered {
		w.line(indent+4, planner.NoOp, w.paint.Dim("# (others change their order)"))
	}
	if a.Unchanged > 0 {
		w.hidden(indent+4, plural(a.Unchanged, "unchanged element", "unchanged elements"))
	}
	w.line(indent, planner.NoOp, closing)
}

// element writes one changed entry of a map, or element of a list.
func (w *blockWriter) element(e *planner.ElementDiff, left string, isMap bool, indent int) {
	v := e.After
	if e.Action == planner.Delete {
		v = e.Before
	}
	switch {
	case e.Inner != nil:
		w.elements(e.Inner, left, indent)
	case !isMap && e.Action != planner.Update:
		if text := valueText(v) + ","; !isCollection(v) || indent+4+lipgloss.Width(text) <= w.width {
			w.line(indent, e.Action, text)
		} else {
			w.collection("", v, e.Action, indent)
		}
	case e.Action != planner.Update && isCollection(v) && indent+4+lipgloss.Width(left+valueText(v)) > w.width:
		w.collection(left, v, e.Action, indent)
	default:
		w.line(indent, e.Action, left+w.scalarChange(&planner.AttrDiff{Action: e.Action, Before: e.Before, After: e.After}))
	}
}

// collection writes a long list or map, an element a line.
func (w *blockWriter) collection(left string, v any, action planner.Action, indent int) {
	inner := func(left string, v any, end string) {
		if text := left + valueText(v) + end; !isCollection(v) || indent+8+lipgloss.Width(text) <= w.width {
			w.line(indent+4, action, text)
		} else {
			w.collection(left, v, action, indent+4)
		}
	}
	switch v := v.(type) {
	case []any:
		w.line(indent, action, left+"[")
		for _, e := range v {
			inner("", e, ",")
		}
		w.line(indent, planner.NoOp, "]")
	case map[string]any:
		w.line(indent, action, left+"{")
		for _, k := range slices.Sorted(maps.Keys(v)) {
			inner(hcltext.Key(k)+" = ", v[k], "")
		}
		w.line(indent, planner.NoOp, "}")
	default:
		w.line(indent, action, left+valueText(v))
	}
}
