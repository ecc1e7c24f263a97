package views

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"

	"github.com/gwctl/gwctl/internal/diag"
)

// Validate shows whether a configuration is valid.
type Validate interface {
	Validate(diags hcl.Diagnostics, sources diag.Sources) error
}

// NewValidate returns the view for people, or for machines where the options
// say so.
func NewValidate(o Options) Validate {
	if o.JSON {
		return validateJSON{o}
	}
	return validateText{o}
}

type validateText struct{ o Options }

func (v validateText) Validate(diags hcl.Diagnostics, sources diag.Sources) error {
	if err := Diagnostics(v.o, diags, sources); err != nil || diags.HasErrors() {
		return err
	}
	text := "The configuration is valid"
	if len(diags) > 0 {
		text += ", but there were some warnings as shown above"
	}
	_, err := fmt.Fprintf(v.o.Out, "%s %s.\n", NewPalette(v.o.Color).Good("Success!"), text)
	return err
}

type validateJSON struct{ o Options }

func (v validateJSON) Validate(diags hcl.Diagnostics, sources diag.Sources) error {
	doc := struct {
		FormatVersion string            `json:"format_version"`
		Valid         bool              `json:"valid"`
		ErrorCount    int               `json:"error_count"`
		WarningCount  int               `json:"warning_count"`
		Diagnostics   []diag.Diagnostic `json:"diagnostics"`
	}{FormatVersion: "1.0", Valid: !diags.HasErrors(), Diagnostics: diag.JSON(diags, sources)}
	for _, d := range diags {
		if d.Severity == hcl.DiagError {
			doc.ErrorCount++
		} else {
			doc.WarningCount++
		}
	}
	return writeDocument(v.o.Out, doc)
}
