package views

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/internal/topology"
	"github.com/gwctl/gwctl/planner"
)

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
