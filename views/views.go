// Package views shows people and machines what commands did: for each command
// an interface, and behind it text in Terraform's words, or JSON in Terraform's
// forms. Nothing else in gwctl knows colours.
package views

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/charmbracelet/lipgloss"
	"github.com/hashicorp/hcl/v2"
	"github.com/muesli/termenv"

	"github.com/gwctl/gwctl/internal/diag"
)

// Options say where and how a view writes.
type Options struct {
	Out      io.Writer // results
	Color    bool      // false without a terminal, with NO_COLOR and with -no-color
	Width    int       // columns of the terminal; 0 is none, and lines are as long as they are
	Err      io.Writer // diagnostics and messages
	ErrColor bool
	ErrWidth int
	JSON     bool
	Concise  bool             // a line a resource
	Version  string           // of gwctl
	Now      func() time.Time // of events
}

// Palette paints text; without colour it returns it as it is.
type Palette struct {
	Add, Change, Remove  func(string) string
	Bold, Dim, Highlight func(string) string
	Good, Bad            func(string) string
}

// NewPalette returns the colours of all views.
func NewPalette(color bool) Palette {
	r := lipgloss.NewRenderer(io.Discard)
	r.SetColorProfile(termenv.Ascii)
	if color {
		r.SetColorProfile(termenv.ANSI)
	}
	r.SetHasDarkBackground(true) // asking the terminal would take its input
	paint := func(s lipgloss.Style) func(string) string {
		return func(text string) string {
			if !color || text == "" {
				return text
			}
			return s.Render(text)
		}
	}
	style := r.NewStyle()
	return Palette{
		Add:       paint(style.Foreground(lipgloss.Color("2"))),
		Change:    paint(style.Foreground(lipgloss.Color("3"))),
		Remove:    paint(style.Foreground(lipgloss.Color("1"))),
		Bold:      paint(style.Bold(true)),
		Dim:       paint(style.Faint(true)),
		Highlight: paint(style.Foreground(lipgloss.Color("6"))),
		Good:      paint(style.Foreground(lipgloss.Color("2")).Bold(true)),
		Bad:       paint(style.Foreground(lipgloss.Color("1")).Bold(true)),
	}
}

// Diagnostics writes errors and warnings for people.
func Diagnostics(o Options, diags hcl.Diagnostics, sources diag.Sources) error {
	if len(diags) == 0 {
		return nil
	}
	p := NewPalette(o.ErrColor)
	return diag.Write(o.Err, diags, sources, diag.Style{
		Error:     p.Bad,
		Warning:   func(s string) string { return p.Change(p.Bold(s)) },
		Summary:   p.Bold,
		Location:  p.Dim,
		Highlight: p.Bad,
		Width:     o.ErrWidth,
	})
}

// writeDocument writes one JSON document and a line end.
func writeDocument(w io.Writer, doc any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(doc); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	return nil
}

func plural(n int, one, many string) string {
	if n == 1 {
		return fmt.Sprintf("%d %s", n, one)
	}
	return fmt.Sprintf("%d %s", n, many)
}
