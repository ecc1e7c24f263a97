package diag

import (
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/hashicorp/hcl/v2"
	"github.com/mitchellh/go-wordwrap"
	"github.com/rivo/uniseg"
)

// Style colours the parts of a diagnostic. The zero Style is plain text of any
// width.
type Style struct {
	Error, Warning func(string) string // the word before the summary
	Summary        func(string) string
	Location       func(string) string // "on FILE line N"
	Highlight      func(string) string // the marks below the source, and the source they mark
	Width          int                 // where the detail is wrapped; 0: nowhere
}

// Write renders diagnostics for people, an empty line between two.
func Write(w io.Writer, diags hcl.Diagnostics, sources Sources, style Style) error {
	for i, d := range diags {
		text := format(d, sources, style)
		if i > 0 {
			text = "\n" + text
		}
		if _, err := io.WriteString(w, text); err != nil {
			return fmt.Errorf("write diagnostics: %w", err)
		}
	}
	return nil
}

// Text is Write into a string, without colours.
func Text(diags hcl.Diagnostics, sources Sources) string {
	var b strings.Builder
	for i, d := range diags {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(format(d, sources, Style{}))
	}
	return b.String()
}

func format(d *hcl.Diagnostic, sources Sources, style Style) string {
	var b strings.Builder
	word := paint(style.Error, "Error:")
	if d.Severity == hcl.DiagWarning {
		word = paint(style.Warning, "Warning:")
	}
	b.WriteString(word + " " + paint(style.Summary, printable(d.Summary)) + "\n")

	if d.Subject != nil {
		s, found := find(d, sources)
		location := fmt.Sprintf("on %s line %d", d.Subject.Filename, d.Subject.Start.Line)
		if s.context != "" {
			location += ", in " + s.context
		}
		if found {
			location += ":"
		}
		b.WriteString("\n  " + paint(style.Location, printable(location)) + "\n")
		s.write(&b, style)
		for _, v := range values(d) {
			b.WriteString("      " + printable(v.Traversal+" "+v.Statement) + "\n")
		}
	}
	if d.Detail != "" {
		b.WriteString("\n" + wrap(printable(d.Detail), style.Width) + "\n")
	}
	return b.String()
}

func (s snippet) write(b *strings.Builder, style Style) {
	for _, l := range s.lines {
		before, marked, after := printable(l.text[:l.start]), printable(l.text[l.start:l.end]), printable(l.text[l.end:])
		text := before + after
		if marked != "" {
			text = before + paint(style.Highlight, marked) + after
		}
		fmt.Fprintf(b, "%s\n", strings.TrimRight(fmt.Sprintf("%4d: %s", l.number, text), " "))
		if marked != "" {
			// White space at the start of a later line is part of no word.
			if rest := strings.TrimLeft(marked, " \t"); rest != "" {
				before, marked = before+marked[:len(marked)-len(rest)], rest
			}
			marks := strings.Repeat("^", max(1, uniseg.StringWidth(marked)))
			b.WriteString("      " + blank(before) + paint(style.Highlight, marks) + "\n")
		}
	}
	if s.more {
		b.WriteString("      ...\n")
	}
}

// blank returns white space as wide as the text, keeping its tabs.
func blank(text string) string {
	var b strings.Builder
	for i, part := range strings.Split(text, "\t") {
		if i > 0 {
			b.WriteByte('\t')
		}
		b.WriteString(strings.Repeat(" ", uniseg.StringWidth(part)))
	}
	return b.String()
}

// wrap breaks long lines at spaces; indented lines are tables or code and stay
// as they are.
func wrap(text string, width int) string {
	if width <= 0 {
		return text
	}
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		if !strings.HasPrefix(l, " ") {
			lines[i] = wordwrap.WrapString(l, uint(width))
		}
	}
	return strings.Join(lines, "\n")
}

// printable keeps what comes from files and servers from steering the
// terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || !unicode.IsControl(r) {
			return r
		}
		return unicode.ReplacementChar
	}, s)
}

func paint(style func(string) string, text string) string {
	if style == nil {
		return text
	}
	return style(text)
}
