package views

import (
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/gwctl/gwctl/internal/diag"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/planner"
)

// Apply shows an apply from its plan to its end. Calls come one at a time.
type Apply interface {
	// Plan shows what is going to be done, before anybody is asked.
	Plan(p *planner.Plan, diags hcl.Diagnostics, sources diag.Sources)
	// Started says for each resource that its change begins.
	Started(p *planner.Plan)
	// Progress shows one step.
	Progress(e Event)
	// Note says something to people.
	Note(text string)
	// Summary shows what the target did: "public: revision 42: 3 of 3 Envoys
	// acknowledged in 18 ms".
	Summary(lines []string)
	// Interrupted says that the first Ctrl-C was heard.
	Interrupted()
	// Done ends an apply that did all it was to do.
	Done(p *planner.Plan, outputs []Output)
	// Failed ends one that did not.
	Failed(diags hcl.Diagnostics, sources diag.Sources)
}

// Event is one step of an apply.
type Event struct {
	Time    time.Time        // zero: now
	Address resource.Address // zero for what concerns the whole apply
	Phase   string           // a stable word: "clusters", "routes"
	Message string
	Done    bool
	Brief   bool // about to be over: for machines only
}

// NewApply returns the view for people, or for machines where the options say
// so. operation is the command: "apply", "destroy", "rollback".
func NewApply(o Options, operation string) Apply {
	if o.JSON {
		return newApplyJSON(o, operation)
	}
	return &applyText{o: o, paint: NewPalette(o.Color), operation: operation}
}

type applyText struct {
	o         Options
	paint     Palette
	operation string
}

func (v *applyText) printf(format string, args ...any) {
	// An apply goes on when nobody reads what it says.
	_, _ = fmt.Fprintf(v.o.Out, format, args...)
}

func (v *applyText) Plan(p *planner.Plan, diags hcl.Diagnostics, sources diag.Sources) {
	_ = Diagnostics(v.o, diags, sources)
	v.printf("%s\n", planToText(v.o, p))
}

func (v *applyText) Started(p *planner.Plan) {
	for i := range p.Changes {
		if verb := begins(p.Changes[i].Action); verb != "" {
			v.printf("%s: %s...\n", v.paint.Bold(printable(p.Changes[i].Address.String())), verb)
		}
	}
}

// begins is the word for a change that starts; "" where nothing is written.
func begins(a planner.Action) string {
	switch a {
	case planner.Create:
		return "Creating"
	case planner.Update:
		return "Updating"
	case planner.Delete:
		return "Destroying"
	case planner.Replace:
		return "Replacing"
	case planner.Move:
		return "Moving"
	case planner.Forget:
		return "Forgetting"
	}
	return ""
}

func (v *applyText) Progress(e Event) {
	if e.Brief {
		return
	}
	text := printable(e.Message)
	if !e.Address.IsZero() {
		text = v.paint.Bold(printable(e.Address.String())) + ": " + text
	}
	v.printf("%s\n", text)
}

func (v *applyText) Note(text string) { v.printf("%s\n", printable(text)) }

func (v *applyText) Summary(lines []string) {
	for _, l := range lines {
		v.printf("%s\n", printable(l))
	}
}

func (v *applyText) Interrupted() {
	v.printf("\n%s\n", v.paint.Bold("Interrupted: what is under way comes to its end, so that traffic is known to be as it was or as planned. Interrupt again to leave it to the target."))
}

func (v *applyText) Done(p *planner.Plan, outputs []Output) {
	v.printf("%s\n", v.paint.Good(doneText(v.operation, p.Counts())))
	if len(outputs) > 0 {
		v.printf("\n%s\n\n%s", v.paint.Bold("Outputs:"), outputsText(outputs))
	}
}

// doneText is Terraform's last line.
func doneText(operation string, c planner.Counts) string {
	if operation == "destroy" {
		return fmt.Sprintf("Destroy complete! Resources: %d destroyed.", c.Destroy)
	}
	var parts []string
	if c.Adopt > 0 {
		parts = append(parts, fmt.Sprintf("%d adopted", c.Adopt))
	}
	parts = append(parts, fmt.Sprintf("%d added", c.Add), fmt.Sprintf("%d changed", c.Change), fmt.Sprintf("%d destroyed", c.Destroy))
	if c.Move > 0 {
		parts = append(parts, fmt.Sprintf("%d moved", c.Move))
	}
	if c.Forget > 0 {
		parts = append(parts, fmt.Sprintf("%d forgotten", c.Forget))
	}
	return fmt.Sprintf("%s complete! Resources: %s.", title(operation), strings.Join(parts, ", "))
}

func title(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

func (v *applyText) Failed(diags hcl.Diagnostics, sources diag.Sources) {
	_ = Diagnostics(v.o, diags, sources)
}
