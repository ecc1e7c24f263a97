// Package diag carries errors and warnings to people and to machines.
// hcl.Diagnostics is the diagnostic type of all of gwctl; this package renders
// it, turns plain errors into it and back, and finds the name that was meant.
package diag

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// Sources holds the files that diagnostics point into, by the names that
// their ranges use. A file whose Body is nil shows its lines, without the
// header of the block around them.
type Sources map[string]*hcl.File

// maxAlike bounds how often one summary is said of one place: a block with
// for_each may be wrong in the same way for each of thousands of keys.
const maxAlike = 5

// Tidy returns the diagnostics without repetitions, errors in the order of
// their places and warnings after them. What has no place comes first.
func Tidy(diags hcl.Diagnostics) hcl.Diagnostics {
	type kind struct {
		severity hcl.DiagnosticSeverity
		subject  hcl.Range
		summary  string
	}
	type group struct {
		details map[string]bool
		last    int // index in out
	}
	groups := make(map[kind]*group, len(diags))
	out := make(hcl.Diagnostics, 0, len(diags))
	for _, d := range diags {
		if d == nil {
			continue
		}
		k := kind{d.Severity, subject(d), d.Summary}
		g := groups[k]
		if g == nil {
			g = &group{details: map[string]bool{}}
			groups[k] = g
		}
		if g.details[d.Detail] {
			continue
		}
		g.details[d.Detail] = true
		if d.Subject == nil || len(g.details) <= maxAlike {
			out = append(out, d)
			g.last = len(out) - 1
		}
	}
	for k, g := range groups {
		if more := len(g.details) - maxAlike; more > 0 && k.subject != (hcl.Range{}) {
			last := *out[g.last]
			last.Detail += fmt.Sprintf("\n\nThere are %d more like this in the same place.", more)
			out[g.last] = &last
		}
	}
	slices.SortStableFunc(out, func(a, b *hcl.Diagnostic) int {
		ra, rb := subject(a), subject(b)
		return cmp.Or(
			cmp.Compare(a.Severity, b.Severity),
			cmp.Compare(ra.Filename, rb.Filename),
			cmp.Compare(ra.Start.Byte, rb.Start.Byte),
			cmp.Compare(a.Summary, b.Summary),
			cmp.Compare(a.Detail, b.Detail),
		)
	})
	return out
}

func subject(d *hcl.Diagnostic) hcl.Range {
	if d.Subject == nil {
		return hcl.Range{}
	}
	return *d.Subject
}

// Error is diagnostics as an error. errors.As finds in it hcl.Diagnostics,
// each *hcl.Diagnostic, and the Go errors that became diagnostics.
type Error struct{ Diagnostics hcl.Diagnostics }

// AsError returns the diagnostics as an error, nil where none of them is one.
func AsError(diags hcl.Diagnostics) error {
	if !diags.HasErrors() {
		return nil
	}
	return &Error{Diagnostics: diags}
}

// Error returns a line for each error.
func (e *Error) Error() string {
	var lines []string
	for _, d := range e.Diagnostics {
		if d.Severity != hcl.DiagError {
			continue
		}
		line := d.Summary
		if d.Detail != "" {
			line += ": " + d.Detail
		}
		if d.Subject != nil {
			line = fmt.Sprintf("%s:%d,%d: %s", d.Subject.Filename, d.Subject.Start.Line, d.Subject.Start.Column, line)
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// As makes errors.As find hcl.Diagnostics.
func (e *Error) As(target any) bool {
	if t, ok := target.(*hcl.Diagnostics); ok {
		*t = e.Diagnostics
		return true
	}
	return false
}

// Unwrap returns the diagnostics and their causes one by one.
func (e *Error) Unwrap() []error {
	var errs []error
	for _, d := range e.Diagnostics {
		errs = append(errs, d)
		if cause := Cause(d); cause != nil {
			errs = append(errs, cause)
		}
	}
	return errs
}

// Cause returns the Go error that became the diagnostic, or nil.
func Cause(d *hcl.Diagnostic) error {
	err, _ := hcl.DiagnosticExtra[error](d)
	return err
}

// FromError returns any error as diagnostics: those that it wraps, or a new
// one without a place, whose Cause it is. The parts of a joined error become
// one diagnostic each.
func FromError(err error) hcl.Diagnostics {
	if err == nil {
		return nil
	}
	if parts := Split(err); len(parts) > 1 {
		var diags hcl.Diagnostics
		for _, part := range parts {
			diags = append(diags, FromError(part)...)
		}
		return diags
	}
	if diags, ok := errors.AsType[hcl.Diagnostics](err); ok {
		return diags
	}
	if d, ok := errors.AsType[*hcl.Diagnostic](err); ok {
		return hcl.Diagnostics{d}
	}
	summary, detail, _ := strings.Cut(err.Error(), "\n")
	return hcl.Diagnostics{{
		Severity: hcl.DiagError,
		Summary:  summary,
		Detail:   strings.TrimSpace(detail),
		Extra:    err,
	}}
}

// Split returns the parts of a joined error, and of any other the error itself.
func Split(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok || !isList(err, joined.Unwrap()) {
		return []error{err}
	}
	return joined.Unwrap()
}

// isList reports whether err says no more than its parts, as errors.Join's
// errors do and those of several %w do not.
func isList(err error, parts []error) bool {
	if len(parts) == 0 {
		return false
	}
	return err.Error() == errors.Join(parts...).Error()
}
