package views

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"

	"github.com/gwctl/gwctl/internal/diag"
	"github.com/gwctl/gwctl/internal/resource"
)

// Rendering is what a folder of rendered objects holds.
type Rendering struct {
	Folder  string
	Files   []Rendered
	Checked bool // and nothing was written
}

// Rendered is one object and its file.
type Rendered struct {
	File   string // from the folder
	Action string // "added", "changed", "removed", "unchanged"
	By     []resource.Address
	ID     resource.ID // neither is known of what was removed
}

// Render shows what was written into a folder, or would be.
type Render interface {
	Render(r Rendering, diags hcl.Diagnostics, sources diag.Sources) error
}

// NewRender returns the view for people, or for machines where the options say
// so.
func NewRender(o Options) Render {
	if o.JSON {
		return renderJSON{o}
	}
	return renderText{o}
}

type renderText struct{ o Options }

func (v renderText) Render(r Rendering, diags hcl.Diagnostics, sources diag.Sources) error {
	if err := Diagnostics(v.o, diags, sources); err != nil {
		return err
	}
	paint := NewPalette(v.o.Color)
	marks := map[string]string{"added": paint.Add("+"), "changed": paint.Change("~"), "removed": paint.Remove("-")}
	count := map[string]int{}
	for _, f := range r.Files {
		count[f.Action]++
		if mark, ok := marks[f.Action]; ok {
			if _, err := fmt.Fprintf(v.o.Out, "%s %s\n", mark, printable(f.File)); err != nil {
				return err
			}
		}
	}
	objects := plural(len(r.Files)-count["removed"], "object", "objects")
	text := fmt.Sprintf("Rendered %s to %s", objects, printable(r.Folder))
	if r.Checked {
		text = fmt.Sprintf("Compared %s with %s", objects, printable(r.Folder))
	}
	_, err := fmt.Fprintf(v.o.Out, "%s (%d added, %d changed, %d removed)\n", text, count["added"], count["changed"], count["removed"])
	return err
}

type renderJSON struct{ o Options }

func (v renderJSON) Render(r Rendering, diags hcl.Diagnostics, sources diag.Sources) error {
	type fileDoc struct {
		File      string             `json:"file"`
		Action    string             `json:"action"`
		Addresses []resource.Address `json:"addresses,omitempty"`
		Object    *resource.ID       `json:"object,omitempty"`
	}
	doc := struct {
		FormatVersion string            `json:"format_version"`
		Folder        string            `json:"folder"`
		Files         []fileDoc         `json:"files"`
		Diagnostics   []diag.Diagnostic `json:"diagnostics"`
	}{FormatVersion: "1.0", Folder: r.Folder, Files: make([]fileDoc, len(r.Files)), Diagnostics: diag.JSON(diags, sources)}
	for i := range r.Files {
		f := &r.Files[i]
		doc.Files[i] = fileDoc{File: f.File, Action: f.Action, Addresses: f.By}
		if f.ID != (resource.ID{}) {
			doc.Files[i].Object = &f.ID
		}
	}
	return writeDocument(v.o.Out, doc)
}
