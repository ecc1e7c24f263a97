package views

import (
	"fmt"
	"io"
	"strings"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/gwctl/gwctl/internal/hcltext"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/internal/topology"
)

// Description is a live object with what is around it.
type Description struct {
	Found
	Block     *resource.Block // what it says in HCL's words; nil where there are none
	Flows     []resource.ServedFlow
	Problems  []resource.TrafficProblem
	Parents   []topology.Parent    // of a route
	Backends  []BackendReference   // of a route
	Limits    []topology.LimitsAt  // of a route or a Gateway
	Listeners []*topology.Listener // of a Gateway, with those of its sets, or of a ListenerSet
	Sets      []*topology.Set      // that want to add to a Gateway
	Claims    []topology.Claim     // routes that refer to it
	Ancestors []topology.Ancestor  // Gateways that a policy matters to
	Users     []resource.ID        // what refers to a class or a backend
	Events    []Occurrence
	Unknown   []string // what could not be found out, and why
}

// BackendReference is where a route leads, and whether there is anything.
type BackendReference struct {
	topology.Reference
	Exists  bool
	Problem string // "" where nothing speaks against it
}

// Occurrence is something that happened to an object.
type Occurrence struct {
	Time    time.Time
	Count   int
	Warning bool
	Reason  string
	Message string
	By      string
}

// Describe shows live objects one by one.
type Describe interface {
	Describe(descriptions []Description) error
}

// NewDescribe returns the view for people, or for machines where the options
// say so.
func NewDescribe(o Options) Describe {
	if o.JSON {
		return describeJSON{o}
	}
	return describeText{o}
}

type describeText struct{ o Options }

func (v describeText) Describe(descriptions []Description) error {
	for i := range descriptions {
		w := &describeWriter{o: v.o, paint: NewPalette(v.o.Color)}
		if i > 0 {
			w.b.WriteString("\n\n")
		}
		w.describe(&descriptions[i])
		if _, err := io.WriteString(v.o.Out, w.b.String()); err != nil {
			return err
		}
	}
	return nil
}

// describeWriter writes one description.
type describeWriter struct {
	o     Options
	paint Palette
	b     strings.Builder
}

func (w *describeWriter) describe(d *Description) {
	w.head(d)
	w.conditions("Conditions", "  ", topology.Conditions(d.Object))
	w.listeners(d)
	w.parents(d)
	w.ancestors(d)
	w.traffic(d)
	w.limits(d)
	w.backends(d)
	w.users(d)
	w.spec(d)
	w.events(d)
	for i, u := range d.Unknown {
		if i == 0 {
			w.title("Unknown")
		}
		w.b.WriteString("  " + printable(u) + "\n")
	}
}

func (w *describeWriter) title(text string) { w.b.WriteString(w.paint.Bold(text+":") + "\n") }

// rows writes a table; marks are the cells that are painted.
func (w *describeWriter) rows(indent string, rows [][]string) {
	for _, row := range rows {
		for i := range row {
			row[i] = oneLine(row[i])
		}
	}
	writeRows(&w.b, indent, rows, func(_, _ int, cell string) string {
		switch cell {
		case string(topology.NotAttached), "Warning":
			return w.paint.Bad(cell)
		case string(topology.Attached):
			return w.paint.Good(cell)
		case string(topology.Unknown):
			return w.paint.Change(cell)
		}
		return cell
	})
}

// oneLine keeps a cell on its line.
func oneLine(s string) string { return printable(strings.Join(strings.Fields(s), " ")) }

func (w *describeWriter) head(d *Description) {
	o := d.Object
	rows := [][]string{{"Name:", o.GetName()}}
	if o.GetNamespace() != "" {
		rows = append(rows, []string{"Namespace:", o.GetNamespace()})
	}
	rows = append(rows, []string{"Kind:", o.GetKind() + " (" + o.GetAPIVersion() + ")"})
	if d.Provider != "" {
		rows = append(rows, []string{"Provider:", d.Provider})
	}
	if at := o.GetCreationTimestamp().Time; !at.IsZero() {
		rows = append(rows, []string{"Created:", at.UTC().Format(time.RFC3339) + " (" + age(at, w.o) + " ago)"})
	}
	if at := o.GetDeletionTimestamp(); at != nil {
		rows = append(rows, []string{"Deleted:", at.UTC().Format(time.RFC3339) + ", and still waiting for its finalizers: " + strings.Join(o.GetFinalizers(), ", ")})
	}
	for i, owner := range owners(o) {
		title := ""
		if i == 0 {
			title = "Owner:"
		}
		rows = append(rows, []string{title, owner})
	}
	for i, m := range topology.Managers(o) {
		title, what := "", "its fields"
		if i == 0 {
			title = "Managers:"
		}
		if m.Status {
			what = "its status"
		}
		rows = append(rows, []string{title, fmt.Sprintf("%s (%s of %s, %s ago)", m.Name, m.Means, what, age(m.At, w.o))})
	}
	w.rows("", rows)
}

// owners says in sentences who an object belongs to.
func owners(o *resource.Object) []string {
	var out []string
	if owner, ok := topology.OwnerOf(o); ok {
		text := "gwctl, configuration " + owner.Name
		if len(owner.Addresses) > 0 {
			text += ": " + strings.Join(owner.Addresses, ", ")
		}
		out = append(out, text)
	}
	if t, ok := resource.TrackerOf(o); ok {
		out = append(out, t.Tool+", "+t.What)
	}
	if out == nil {
		return []string{"none that is known"}
	}
	return out
}

func (w *describeWriter) conditions(title, indent string, conditions []topology.Condition) {
	if len(conditions) == 0 {
		return
	}
	if title != "" {
		w.title(title)
	}
	var rows [][]string
	for _, c := range conditions {
		rows = append(rows, []string{oneLine(c.Type), oneLine(c.Status), oneLine(c.Reason), oneLine(conditionMessage(c))})
	}
	writeRows(&w.b, indent, rows, func(row, column int, cell string) string {
		switch {
		case column != 1:
			return cell
		case isBad(conditions[row]):
			return w.paint.Bad(cell)
		case conditions[row].Stale, cell == "Unknown":
			return w.paint.Change(cell)
		}
		return cell
	})
}

// isBad reports whether a condition says that something is wrong: of most
// types that it is false.
func isBad(c topology.Condition) bool {
	switch c.Type {
	case "Conflicted", "PartiallyInvalid", "OverlappingTLSConfig":
		return c.Status == "True"
	}
	return c.Status == "False"
}

func conditionMessage(c topology.Condition) string {
	if !c.Stale {
		return c.Message
	}
	return strings.TrimSpace(fmt.Sprintf("(stale: of generation %d, and the object is at %d) %s", c.Observed, c.Generation, c.Message))
}

func (w *describeWriter) spec(d *Description) {
	if d.Block != nil {
		w.title("In HCL")
		for line := range strings.Lines(hcltext.Block(d.Block)) {
			w.b.WriteString("  " + line)
		}
		return
	}
	spec, ok := d.Object.Object["spec"]
	if !ok {
		return
	}
	text, err := yaml.Marshal(spec)
	if err != nil {
		return
	}
	w.title("Spec")
	for line := range strings.Lines(string(text)) {
		w.b.WriteString("  " + printable(line))
	}
}

func (w *describeWriter) events(d *Description) {
	if len(d.Events) == 0 {
		return
	}
	w.title("Events")
	rows := [][]string{{"TYPE", "REASON", "AGE", "FROM", "MESSAGE"}}
	for _, e := range d.Events {
		typ := "Normal"
		if e.Warning {
			typ = "Warning"
		}
		when := age(e.Time, w.o)
		if e.Count > 1 {
			when += fmt.Sprintf(" (x%d)", e.Count)
		}
		rows = append(rows, []string{typ, e.Reason, when, e.By, e.Message})
	}
	w.rows("  ", rows)
}
