package views

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/gwctl/gwctl/internal/diag"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/planner"
)

// Plan shows plans: of `gwctl plan`, and saved ones of `gwctl show`.
type Plan interface {
	// Plan shows a plan, with what was noticed while it was made. savedAs is
	// the file that it went to, or "".
	Plan(p *planner.Plan, diags hcl.Diagnostics, sources diag.Sources, savedAs string) error
	// Failed says why there is no plan to apply; p is nil or what could be
	// planned all the same.
	Failed(p *planner.Plan, diags hcl.Diagnostics, sources diag.Sources) error
}

// NewPlan returns the view for people, or for machines where the options say so.
func NewPlan(o Options) Plan {
	if o.JSON {
		return planJSON{o}
	}
	return planText{o}
}

type planText struct{ o Options }

func (v planText) Plan(p *planner.Plan, diags hcl.Diagnostics, sources diag.Sources, savedAs string) error {
	if err := Diagnostics(v.o, diags, sources); err != nil {
		return err
	}
	text := planToText(v.o, p)
	if savedAs != "" && p.Applyable() {
		text += "\nSaved the plan to " + savedAs + ". To do exactly this:\n  gwctl apply " + shellQuote(savedAs) + "\n"
	}
	_, err := io.WriteString(v.o.Out, text)
	return err
}

// Failed shows also a plan that the target would not take: what it says is
// about what is shown.
func (v planText) Failed(p *planner.Plan, diags hcl.Diagnostics, sources diag.Sources) error {
	if p != nil && p.Refused {
		if _, err := io.WriteString(v.o.Out, planToText(v.o, p)+"\n"); err != nil {
			return err
		}
	}
	return Diagnostics(v.o, diags, sources)
}

// shellQuote quotes a file name where a shell would split or expand it.
func shellQuote(s string) string {
	plain := func(r rune) bool {
		return r == '.' || r == '/' || r == '-' || r == '_' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// planToText is the whole plan: traffic, drift, resources, outputs, summary.
func planToText(o Options, p *planner.Plan) string {
	t := &planWriter{blockWriter: newBlockWriter(o), plan: p}
	t.traffic()
	t.limits()
	t.drift(o.Concise)
	t.changes(o.Concise)
	t.outputs()
	t.summary()
	return t.b.String()
}

type planWriter struct {
	*blockWriter
	plan *planner.Plan
}

func (t *planWriter) drift(concise bool) {
	if len(t.plan.Drift) == 0 {
		return
	}
	t.b.WriteString(t.paint.Bold("Changed on the target since the state was written:") + "\n\n")
	for i := range t.plan.Drift {
		c := &t.plan.Drift[i]
		if concise {
			t.line(0, c.Action, printable(c.Address.String()))
			continue
		}
		what := "has changed"
		if c.Action == planner.Delete {
			what = "is gone"
		}
		t.header(c.Address.String(), what)
		for _, w := range c.Writers {
			t.comment(writerText(w))
		}
		t.resource(c)
	}
	if concise {
		t.b.WriteString("\n")
	}
}

func (t *planWriter) changes(concise bool) {
	any := false
	taken := map[resource.Address][]planner.Writer{}
	for i := range t.plan.Objects {
		for _, a := range t.plan.Objects[i].Addresses {
			taken[a] = append(taken[a], t.plan.Objects[i].Takes...)
		}
	}
	for i := range t.plan.Changes {
		c := &t.plan.Changes[i]
		if c.Action == planner.NoOp && !c.Adopted {
			continue
		}
		any = true
		if concise {
			t.concise(c)
			continue
		}
		address, what := announce(c)
		t.header(address, what)
		if c.Action == planner.Update && !c.Previous.IsZero() {
			t.comment("moved from " + c.Previous.String())
		}
		if tellsMore(c) {
			t.comment(c.Reason)
		}
		for _, w := range taken[c.Address] {
			t.comment("takes " + writerText(w))
		}
		t.resource(c)
	}
	if any && concise {
		t.b.WriteString("\n")
	}
}

// writerText says whose a field is: "spec.rules of kubectl-edit, written 2026-11-25 03:50:12 UTC".
func writerText(w planner.Writer) string {
	text := w.Field + " of " + w.Manager
	if !w.At.IsZero() {
		text += ", written " + w.At.UTC().Format("2006-01-02 15:04:05 MST")
	}
	return text
}

// announce is the headline of a change.
func announce(c *planner.ResourceChange) (address, what string) {
	address = c.Address.String()
	switch c.Action {
	case planner.Create:
		return address, "will be created"
	case planner.Update:
		if c.Adopted {
			return address, "will be adopted and updated in-place"
		}
		return address, "will be updated in-place"
	case planner.Delete:
		return address, "will be destroyed"
	case planner.Replace:
		return address, "must be replaced"
	case planner.Move:
		return c.Previous.String(), "has moved to " + address
	case planner.Forget:
		if len(c.Objects) > 0 && c.After == nil && c.Before != nil {
			return address, "will no longer be managed by gwctl, but will not be destroyed"
		}
		return address, "will be forgotten"
	}
	return address, "will be adopted as it is"
}

// tellsMore reports whether the reason is worth a line: that a changed block
// changes is not.
func tellsMore(c *planner.ResourceChange) bool {
	return c.Reason != "" && c.Reason != planner.ReasonConfiguration
}

func (t *planWriter) header(address, what string) {
	t.b.WriteString("  # " + t.paint.Bold(printable(address)) + " " + what + "\n")
}

func (t *planWriter) comment(text string) {
	t.b.WriteString("  " + t.paint.Dim("# ("+printable(text)+")") + "\n")
}

// resource writes the block with its changes.
func (t *planWriter) resource(c *planner.ResourceChange) {
	d := planner.Diff(c.Before, c.After)
	switch c.Action {
	case planner.Move, planner.Forget, planner.NoOp:
		t.line(0, c.Action, header(c.Address.Kind, c.Address.Name, ""))
	default:
		if d.Type == "" {
			d.Type, d.Label = c.Address.Kind, c.Address.Name
		}
		t.diff(d, c.Action)
	}
	t.b.WriteString("\n")
}

// concise writes a line for a resource, with the names of what changes in it.
func (t *planWriter) concise(c *planner.ResourceChange) {
	text := printable(c.Address.String())
	var notes []string
	if !c.Previous.IsZero() {
		notes = append(notes, "was "+c.Previous.String())
	}
	if c.Adopted {
		notes = append(notes, "adopted")
	}
	if c.Action == planner.Update {
		notes = append(notes, changedParts(planner.Diff(c.Before, c.After))...)
	}
	if tellsMore(c) {
		notes = append(notes, c.Reason)
	}
	if len(notes) > 0 {
		text += "  " + t.paint.Dim(printable(strings.Join(notes, ", ")))
	}
	t.line(0, c.Action, text)
}

// changedParts names what changes directly inside a block.
func changedParts(d *planner.BlockDiff) []string {
	var parts []string
	for _, a := range d.Attrs {
		parts = append(parts, a.Name)
	}
	for _, n := range d.Blocks {
		text := n.Type
		if name := n.Label + n.Key; name != "" {
			text += " " + name
		}
		switch n.Action {
		case planner.Create:
			text = "+" + text
		case planner.Delete:
			text = "-" + text
		}
		if !slices.Contains(parts, text) {
			parts = append(parts, text)
		}
	}
	for _, o := range d.Orders {
		parts = append(parts, "order of "+pluralType(o.Type))
	}
	return parts
}

func (t *planWriter) outputs() {
	names := slices.Sorted(maps.Keys(t.plan.Outputs))
	names = slices.DeleteFunc(names, func(name string) bool { return t.plan.Outputs[name].Action == planner.NoOp })
	if len(names) == 0 {
		return
	}
	width := 0
	for _, name := range names {
		width = max(width, len(name))
	}
	t.b.WriteString(t.paint.Bold("Changes to outputs:") + "\n")
	for _, name := range names {
		o := t.plan.Outputs[name]
		text := sensitiveValue
		if !o.Sensitive {
			text = t.scalarChange(&planner.AttrDiff{Action: o.Action, Before: o.Before, After: o.After})
		}
		t.line(0, o.Action, printable(name)+strings.Repeat(" ", width-len(name))+" = "+text)
	}
	t.b.WriteString("\n")
}

func (t *planWriter) summary() {
	p := t.plan
	if p.Empty() {
		what := "What is live matches the configuration."
		switch p.Mode {
		case planner.Destroy:
			what = "There is nothing to destroy."
		case planner.RefreshOnly:
			what = "What is live is what the state remembers."
		}
		t.b.WriteString(t.paint.Good("No changes.") + " " + what + "\n")
	} else {
		t.b.WriteString(t.paint.Bold("Plan:") + " " + countsText(p.Counts()) + "\n")
	}
	if p.Mode == planner.RefreshOnly && !p.Empty() {
		t.b.WriteString("\nThis is a refresh-only plan: applying it changes the state, and nothing that is live.\n")
	}
	if p.Targeted {
		t.b.WriteString("\nResources that -target or -exclude left out may differ too.\n")
	}
	if !p.Refreshed {
		t.b.WriteString("\nMade from the state alone (-refresh=false): what is live may differ, so this cannot be applied.\n")
	}
}

// countsText sums up in Terraform's words.
func countsText(c planner.Counts) string {
	text := ""
	if c.Adopt > 0 {
		text = fmt.Sprintf("%d to adopt, ", c.Adopt)
	}
	text += fmt.Sprintf("%d to add, %d to change, %d to destroy", c.Add, c.Change, c.Destroy)
	if c.Move > 0 {
		text += fmt.Sprintf(", %d to move", c.Move)
	}
	if c.Forget > 0 {
		text += fmt.Sprintf(", %d to forget", c.Forget)
	}
	return text + "."
}
