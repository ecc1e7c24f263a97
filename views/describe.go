package views

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/gwctl/gwctl/internal/hcltext"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/internal/topology"
	"github.com/gwctl/gwctl/planner"
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

func (w *describeWriter) listeners(d *Description) {
	if len(d.Listeners) == 0 {
		return
	}
	w.title("Listeners")
	for _, l := range d.Listeners {
		host := cmp.Or(l.Hostname, "any host")
		name := l.Name
		if l.Owner != resource.IDOf(d.Object) {
			name += " of " + l.Owner.String()
		}
		fmt.Fprintf(&w.b, "  %s: %s on port %d, %s; takes %s\n", printable(name), printable(string(l.Protocol)), l.Port, printable(host), printable(l.Allowed()))
		var rows [][]string
		for _, c := range d.Claims {
			if at, ok := c.TakenBy(l); ok {
				rows = append(rows, []string{string(topology.Attached), c.Route.String(), hostsText(at)})
			}
		}
		w.rows("    ", rows)
		if l.Reported >= 0 && int(l.Reported) != len(rows) {
			fmt.Fprintf(&w.b, "    its controller counts %s\n", plural(int(l.Reported), "attached route", "attached routes"))
		}
		w.conditions("", "    ", l.Conditions)
	}
	var refused, lost [][]string
	for _, s := range d.Sets {
		if s.Refused != "" {
			refused = append(refused, []string{s.ID.String(), s.Refused})
		}
	}
	if len(refused) > 0 {
		w.title("Listener sets that refer to it and are not taken")
		w.rows("  ", refused)
	}
	for _, c := range d.Claims {
		if why := c.Lost(); why != "" {
			lost = append(lost, []string{c.Route.String(), why})
		}
	}
	if len(lost) > 0 {
		w.title("Routes that refer to it and do not attach")
		w.rows("  ", lost)
	}
}

// hostsText says for which hosts a route gets the requests at a listener.
func hostsText(at topology.At) string {
	hosts := make([]string, len(at.Hosts))
	for i, h := range at.Hosts {
		hosts[i] = cmp.Or(h, "any host")
	}
	text := "for " + strings.Join(hosts, ", ")
	if len(hosts) == 0 {
		text = "for no host"
	}
	if at.Why != "" {
		text += "; " + at.Why
	}
	return text
}

func (w *describeWriter) parents(d *Description) {
	if len(d.Parents) == 0 {
		return
	}
	w.title("Parents")
	for _, p := range d.Parents {
		name := p.To.String()
		if p.SectionName != "" {
			name += ", listener " + p.SectionName
		}
		if p.Port != 0 {
			name += fmt.Sprintf(", port %d", p.Port)
		}
		w.b.WriteString("  " + printable(name) + "\n")
		if p.Why != "" {
			w.rows("    ", [][]string{{string(p.Verdict), p.Why}})
		}
		var rows [][]string
		for _, at := range p.Listeners {
			what := at.Why
			if at.Verdict == topology.Attached {
				what = hostsText(at)
			}
			rows = append(rows, []string{string(at.Verdict), fmt.Sprintf("listener %s, port %d", at.Listener, at.Port), what})
		}
		w.rows("    ", rows)
		if len(p.Conditions) == 0 {
			w.b.WriteString("    no controller has said anything of it yet\n")
			continue
		}
		fmt.Fprintf(&w.b, "    %s says:\n", printable(p.Controller))
		w.conditions("", "      ", p.Conditions)
	}
}

func (w *describeWriter) ancestors(d *Description) {
	if len(d.Ancestors) == 0 {
		return
	}
	w.title("Gateways that it matters to")
	for _, a := range d.Ancestors {
		fmt.Fprintf(&w.b, "  %s\n    %s says:\n", printable(a.To.String()), printable(a.Controller))
		w.conditions("", "      ", a.Conditions)
	}
}

func (w *describeWriter) traffic(d *Description) {
	if len(d.Flows) == 0 {
		return
	}
	w.title("Traffic")
	var rows [][]string
	for _, f := range d.Flows {
		row := []string{f.Match, planner.FlowText(&f.Flow)}
		if f.Ports > 1 {
			row[0] = fmt.Sprintf("%s (port %d)", f.Match, f.Port)
		}
		if !slices.ContainsFunc(rows, func(r []string) bool { return slices.Equal(r, row) }) {
			rows = append(rows, row)
		}
	}
	w.rows("  ", rows)
	for _, p := range d.Problems {
		w.b.WriteString("  " + w.paint.Change(oneLine(p.Text)) + "\n")
	}
}

// limits says how many requests pass, and which block says so.
func (w *describeWriter) limits(d *Description) {
	if len(d.Limits) == 0 {
		return
	}
	w.title("Rate limits")
	var rows [][]string
	for _, at := range d.Limits {
		for _, l := range at.Limits {
			row := []string{l.Text, l.Scope, l.From()}
			if where := at.String(); where != "" {
				row = append([]string{where}, row...)
			}
			rows = append(rows, row)
		}
	}
	w.rows("  ", rows)
}

func (w *describeWriter) backends(d *Description) {
	if len(d.Backends) == 0 {
		return
	}
	w.title("Backends")
	var rows [][]string
	for _, r := range d.Backends {
		name := r.To.String()
		if r.Port != 0 {
			name += fmt.Sprintf(":%d", r.Port)
		}
		row := []string{name, cmp.Or(r.Problem, "exists")}
		if !slices.ContainsFunc(rows, func(r []string) bool { return slices.Equal(r, row) }) {
			rows = append(rows, row)
		}
	}
	w.rows("  ", rows)
}

func (w *describeWriter) users(d *Description) {
	if len(d.Users) == 0 {
		return
	}
	w.title("Referred to by")
	var rows [][]string
	for _, id := range d.Users {
		rows = append(rows, []string{id.String()})
	}
	w.rows("  ", rows)
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
