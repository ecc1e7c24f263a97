package views

import (
	"github.com/hashicorp/hcl/v2"

	"github.com/gwctl/gwctl/internal/diag"
)

// Failure writes the JSON document of a command that failed before it had
// anything of its own to show.
func Failure(o Options, diags hcl.Diagnostics, sources diag.Sources) error {
	return writeDocument(o.Out, struct {
		FormatVersion string            `json:"format_version"`
		GwctlVersion  string            `json:"gwctl_version"`
		Errored       bool              `json:"errored"`
		Diagnostics   []diag.Diagnostic `json:"diagnostics"`
	}{"1.0", o.Version, true, diag.JSON(diags, sources)})
}
