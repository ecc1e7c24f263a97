package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/gwctl/gwctl/internal/diag"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/planner"
	"github.com/gwctl/gwctl/providers"
)

// explain turns what a target said into diagnostics at the lines of the
// configuration that it is about.
func explain(plan *planner.Plan, err error) hcl.Diagnostics {
	if parts := diag.Split(err); len(parts) > 1 {
		var diags hcl.Diagnostics
		for _, part := range parts {
			diags = append(diags, explain(plan, part)...)
		}
		return diags
	}
	if refused, ok := errors.AsType[*providers.RefusedError](err); ok {
		return explainRefusal(plan, refused)
	}
	if stale, ok := errors.AsType[*providers.StaleError](err); ok {
		return explainStale(plan, stale)
	}
	return explainError(err)
}

func explainRefusal(plan *planner.Plan, refused *providers.RefusedError) hcl.Diagnostics {
	var diags hcl.Diagnostics
	for _, r := range refused.Refusals {
		d := &hcl.Diagnostic{
			Severity: hcl.DiagError,
			Summary:  "The change was refused",
			Detail:   fmt.Sprintf("%s refused %s: %q. %s", r.By, r.What, strings.TrimSpace(r.Text), refused.Detail),
		}
		if r.Silent {
			d.Summary = "The change was not acknowledged"
			d.Detail = fmt.Sprintf("%s did not acknowledge %s: %s. %s", r.By, r.What, r.Text, refused.Detail)
		}
		var more []string
		for _, field := range r.Fields {
			at, ok := sourceOf(plan, field)
			switch {
			case !ok:
				more = append(more, strings.TrimSpace(field.ID.String()+" "+field.Path))
			case d.Subject == nil:
				d.Subject = at.Ptr()
			case at != *d.Subject:
				more = append(more, fmt.Sprintf("%s line %d", at.Filename, at.Start.Line))
			}
		}
		if more = slices.Compact(more); len(more) > 0 {
			d.Detail += " It may also mean: " + strings.Join(more, ", ") + "."
		}
		diags = append(diags, d)
	}
	if len(diags) == 0 {
		diags = append(diags, &hcl.Diagnostic{
			Severity: hcl.DiagError,
			Summary:  "The change was not taken",
			Detail:   refused.Detail,
		})
	}
	return diags
}

// sourceOf returns the line that wrote a field of a planned object.
func sourceOf(plan *planner.Plan, field providers.Field) (hcl.Range, bool) {
	for i := range plan.Objects {
		if plan.Objects[i].ID == field.ID {
			if r, ok := plan.Objects[i].Sources.Find(field.Path); ok {
				return r, true
			}
			return headerOf(plan, plan.Objects[i].Addresses)
		}
	}
	return hcl.Range{}, false
}

// headerOf returns the header of the block that an object was made from.
func headerOf(plan *planner.Plan, of []resource.Address) (hcl.Range, bool) {
	for i := range plan.Changes {
		for _, a := range of {
			if plan.Changes[i].Address == a && plan.Changes[i].Range.Filename != "" {
				return plan.Changes[i].Range, true
			}
		}
	}
	return hcl.Range{}, false
}

func explainStale(plan *planner.Plan, stale *providers.StaleError) hcl.Diagnostics {
	var diags hcl.Diagnostics
	for _, m := range stale.Moved {
		what := "was changed"
		switch {
		case m.Live == "":
			what = "was removed"
		case m.Planned == "":
			what = "was created"
		}
		text := fmt.Sprintf("%s %s after this plan was made", m.ID, what)
		if m.By != "" {
			text += ", by " + m.By
		}
		if len(m.Fields) > 0 {
			text += "; what differs: " + strings.Join(m.Fields, ", ")
		}
		d := &hcl.Diagnostic{
			Severity: hcl.DiagError,
			Summary:  "The plan is stale",
			Detail:   text + ". Nothing was changed. Make a new plan: gwctl plan.",
		}
		if at, ok := sourceOf(plan, providers.Field{ID: m.ID}); ok {
			d.Subject = at.Ptr()
		}
		diags = append(diags, d)
	}
	return diags
}
