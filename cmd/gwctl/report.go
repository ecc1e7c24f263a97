package main

import (
	"errors"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/gwctl/gwctl/internal/diag"
	"github.com/gwctl/gwctl/views"
)

// viewOptions say how this command line's results are shown.
func (c *cli) viewOptions(asJSON, concise bool) views.Options {
	return views.Options{
		Out:     c.Out,
		Err:     c.Err,
		Color:   c.color(c.Out, c.noColor),
		Width:   width(c.Out),
		JSON:    asJSON,
		Concise: concise,
		Version: version,
		Now:     time.Now,
	}
}

// errorOptions are viewOptions for what goes to standard error.
func (c *cli) errorOptions() views.Options {
	o := c.viewOptions(false, false)
	o.Color, o.Width = c.color(c.Err, c.noColor), width(c.Err)
	return o
}

// report prints diagnostics, and returns the exit that they mean.
func (c *cli) report(diags hcl.Diagnostics, sources diag.Sources) error {
	diags = diag.Tidy(diags)
	err := views.Diagnostics(c.errorOptions(), diags, sources)
	if diags.HasErrors() {
		return errReported
	}
	return err
}

// fail prints an error that no command has shown.
func (c *cli) fail(err error) {
	if usage, ok := errors.AsType[*usageError](err); ok {
		err = views.Diagnostics(c.errorOptions(), hcl.Diagnostics{{
			Severity: hcl.DiagError, Summary: "Wrong command line", Detail: usage.Error(),
		}}, nil)
	} else {
		err = views.Diagnostics(c.errorOptions(), diag.FromError(err), nil)
	}
	_ = err // standard error is gone: there is nobody left to tell
}
