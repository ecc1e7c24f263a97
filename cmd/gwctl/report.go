package main

import (
	"errors"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/cobra"

	"github.com/gwctl/gwctl/internal/diag"
	"github.com/gwctl/gwctl/views"
)

// viewOptions say how this command line's results are shown.
func (c *cli) viewOptions(asJSON, concise bool) views.Options {
	return views.Options{
		Out:      c.Out,
		Color:    c.color(c.Out, c.noColor),
		Width:    width(c.Out),
		Err:      c.Err,
		ErrColor: c.color(c.Err, c.noColor),
		ErrWidth: width(c.Err),
		JSON:     asJSON,
		Concise:  concise,
		Version:  version,
		Now:      time.Now,
	}
}

// failure is an error that points into sources.
type failure struct {
	diags   hcl.Diagnostics
	sources diag.Sources
}

func (f *failure) Error() string { return diag.AsError(f.diags).Error() }

// failed returns diagnostics as the error that a command ends with, nil where
// none of them is one.
func failed(diags hcl.Diagnostics, sources diag.Sources) error {
	if !diags.HasErrors() {
		return nil
	}
	return &failure{diag.Tidy(diags), sources}
}

// fail shows an error that its command has not shown, in the form that the
// command's results have.
func (c *cli) fail(cmd *cobra.Command, asJSON bool, err error) {
	diags, sources := explainError(err), diag.Sources(nil)
	if f, ok := errors.AsType[*failure](err); ok {
		diags, sources = f.diags, f.sources
	}
	o := c.viewOptions(asJSON, false)
	switch {
	case !asJSON:
		err = views.Diagnostics(o, diags, sources)
	case isOperation(cmd):
		views.NewApply(o, cmd.Name()).Failed(diags, sources)
	case cmd.Name() == "plan":
		err = views.NewPlan(o).Failed(nil, diags, sources)
	case cmd.Name() == "validate":
		err = views.NewValidate(o).Validate(diags, sources)
	default:
		err = views.Failure(o, diags, sources)
	}
	if err != nil && asJSON {
		err = views.Diagnostics(o, diags, sources) // standard output is gone
	}
	_ = err // so is standard error: there is nobody left to tell
}

// isOperation reports whether a command's JSON is a stream of events.
func isOperation(cmd *cobra.Command) bool {
	switch cmd.Name() {
	case "apply", "destroy", "rollback":
		return true
	}
	return false
}
