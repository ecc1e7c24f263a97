package main

import (
	"cmp"
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
	if conflict, ok := errors.AsType[*providers.ConflictError](err); ok {
		return hcl.Diagnostics{explainConflict(plan, conflict)}
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
		if r.After > 0 {
			d.Summary = "A controller has not taken the change"
			d.Detail = fmt.Sprintf("%s is not in force after %s: %s. %s", r.What, r.After, strings.TrimSuffix(r.Text, "."), refused.Detail)
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

// nothingChanged is what holds where a change was refused as a whole.
const nothingChanged = "Nothing was changed."

// explainConflict says whose the fields are that a plan would change.
func explainConflict(plan *planner.Plan, conflict *providers.ConflictError) *hcl.Diagnostic {
	address := ""
	for i := range plan.Objects {
		if plan.Objects[i].ID == conflict.ID && len(plan.Objects[i].Addresses) > 0 {
			address = plan.Objects[i].Addresses[0].String()
		}
	}
	var owners []string
	d := &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Fields are managed by somebody else"}
	for _, w := range conflict.Writers {
		text := fmt.Sprintf("%s by %q", w.Field, w.Manager)
		if !w.At.IsZero() {
			text += " since " + w.At.UTC().Format("2006-01-02 15:04:05 MST")
		}
		owners = append(owners, text)
		if at, ok := sourceOf(plan, providers.Field{ID: conflict.ID, Path: w.Field}); ok && d.Subject == nil {
			d.Subject = at.Ptr()
		}
	}
	d.Detail = fmt.Sprintf("%s has other values in fields that are managed: %s. %s To take them over, plan with -force-conflicts=%s; to leave them alone, take them out of the configuration or list them in ignore_changes.",
		conflict.ID, strings.Join(slices.Compact(owners), ", "), cmp.Or(conflict.Rest, nothingChanged), quoteAddress(address))
	return d
}

// explainDoubt warns of what the target would take and not put into force.
func explainDoubt(plan *planner.Plan, doubt providers.Doubt) *hcl.Diagnostic {
	d := &hcl.Diagnostic{
		Severity: hcl.DiagWarning,
		Summary:  cmp.Or(doubt.Summary, "It would not be in force"),
		Detail:   sentence(fmt.Sprintf("%s: %s", doubt.ID, doubt.Text)),
	}
	if at, ok := sourceOf(plan, doubt.Field); ok {
		d.Subject = at.Ptr()
	}
	return d
}

// quoteAddress writes an address for a shell.
func quoteAddress(address string) string {
	if strings.ContainsAny(address, "\"[") {
		return "'" + address + "'"
	}
	return address
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
			Detail:   text + ". " + cmp.Or(stale.Rest, nothingChanged) + " Make a new plan: gwctl plan.",
		}
		if at, ok := sourceOf(plan, providers.Field{ID: m.ID}); ok {
			d.Subject = at.Ptr()
		}
		diags = append(diags, d)
	}
	return diags
}
