package views

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"

	"github.com/gwctl/gwctl/internal/diag"
	"github.com/gwctl/gwctl/internal/resource"
)

// Generated are the blocks that were written for objects of others.
type Generated struct {
	File   string
	Blocks []resource.Address
}

// Import shows what was generated.
type Import interface {
	Import(g Generated, diags hcl.Diagnostics, sources diag.Sources) error
}

// NewImport returns the view for people, or for machines where the options say
// so.
func NewImport(o Options) Import {
	if o.JSON {
		return importJSON{o}
	}
	return importText{o}
}

type importText struct{ o Options }

func (v importText) Import(g Generated, diags hcl.Diagnostics, sources diag.Sources) error {
	if err := Diagnostics(v.o, diags, sources); err != nil {
		return err
	}
	paint := NewPalette(v.o.Color)
	for _, a := range g.Blocks {
		if _, err := fmt.Fprintf(v.o.Out, "%s %s\n", paint.Add("+"), printable(a.String())); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(v.o.Out, "Wrote %s to %s.\n\nNext: gwctl plan\n", plural(len(g.Blocks), "block", "blocks"), printable(g.File))
	return err
}

type importJSON struct{ o Options }

func (v importJSON) Import(g Generated, diags hcl.Diagnostics, sources diag.Sources) error {
	return writeDocument(v.o.Out, struct {
		FormatVersion string             `json:"format_version"`
		File          string             `json:"file"`
		Addresses     []resource.Address `json:"addresses"`
		Diagnostics   []diag.Diagnostic  `json:"diagnostics"`
	}{"1.0", g.File, g.Blocks, diag.JSON(diags, sources)})
}
