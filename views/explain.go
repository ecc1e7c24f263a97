package views

import (
	"fmt"
	"io"
	"slices"
	"strings"

	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/internal/routing"
	"github.com/hashicorp/hcl/v2"
)

// Explanation is what becomes of a request at each gateway that may get it.
type Explanation struct {
	Request *routing.Request
	Answers []ExplainedAnswer
	Notes   []string // what is not known
}

// ExplainedAnswer is what becomes of a request at one gateway.
type ExplainedAnswer struct {
	Provider string // "" where there is only one
	routing.Answer
	// Spot finds what a user wrote: an object or, with a path such as
	// "spec.rules[0]", a part of it.
	Spot func(id resource.ID, path string) Spot
}

// Spot is where something comes from.
type Spot struct {
	Address string    // in HCL, or what the object is called where it has none
	Range   hcl.Range // zero where its file is not known
}

// Explain shows what becomes of a request.
type Explain interface {
	Explain(e *Explanation) error
}

// NewExplain returns the view for people, or for machines where the options say
// so.
func NewExplain(o Options) Explain {
	if o.JSON {
		return explainJSON{o}
	}
	return explainText{o}
}

type explainText struct{ o Options }

// shownLosses is how many of those that do not get a request people see.
const shownLosses = 10

func (v explainText) Explain(e *Explanation) error {
	w := &explainWriter{paint: NewPalette(v.o.Color), grpc: e.Request.IsGRPC()}
	for i := range e.Answers {
		if i > 0 {
			w.b.WriteString("\n")
		}
		w.answer(&e.Answers[i])
	}
	if _, err := io.WriteString(v.o.Out, w.b.String()); err != nil {
		return err
	}
	for _, n := range e.Notes {
		if _, err := fmt.Fprintf(v.o.Err, "\n%s\n", printable(n)); err != nil {
			return err
		}
	}
	return nil
}

type explainWriter struct {
	paint Palette
	grpc  bool
	b     strings.Builder
}

func (w *explainWriter) answer(a *ExplainedAnswer) {
	gateway := a.Spot(a.Gateway, "")
	listener := "no listener"
	if a.Listener != "" {
		listener = fmt.Sprintf("listener %q", a.Listener)
		if a.Owner != a.Gateway {
			listener += " of " + a.Spot(a.Owner, "").Address
		}
	}
	if a.Provider != "" {
		listener += " (" + a.Provider + ")"
	}
	rows := [][]string{{"gateway", gateway.Address + ", " + listener, rangeText(gateway.Range)}}
	if a.Path != "" {
		rows = append(rows, []string{"path", "comes as " + a.Path, ""})
	}
	if a.Won != nil {
		route, rule := a.Spot(a.Won.Route, ""), a.Spot(a.Won.Route, rulePath(*a.Won))
		rows = append(rows,
			[]string{"route", route.Address + ", " + hostText(a.Won.Hostname), rangeText(route.Range)},
			[]string{"rule", strings.TrimPrefix(ruleText(*a.Won), "rule ") + ": " + a.Text, rangeText(rule.Range)})
		for i := range a.Filters {
			at := a.Spot(a.Won.Route, fmt.Sprintf("%s.filters[%d]", rulePath(*a.Won), i))
			rows = append(rows, []string{"filter", filterText(&a.Filters[i]), rangeText(at.Range)})
		}
	}
	for _, b := range a.Backends {
		spot := a.Spot(b.ID, "")
		rows = append(rows, []string{"backend", w.backendText(&b, spot.Address), rangeText(spot.Range)})
	}
	if a.Status != 0 {
		rows = append(rows, []string{"answer", w.answerText(&a.Answer), ""})
	}
	writeRows(&w.b, "", printableRows(rows), w.cell)
	if len(a.Lost) == 0 {
		return
	}
	w.b.WriteString("\n" + w.paint.Bold("Not the others:") + "\n")
	rows = nil
	for _, l := range a.Lost[:min(len(a.Lost), shownLosses)] {
		spot := a.Spot(l.Route, rulePath(l.Match))
		name := spot.Address
		if l.Rule >= 0 {
			name += " " + ruleText(l.Match)
		}
		rows = append(rows, []string{name, l.Detail, rangeText(spot.Range)})
	}
	writeRows(&w.b, "  ", printableRows(rows), w.cell)
	if more := len(a.Lost) - shownLosses; more > 0 {
		fmt.Fprintf(&w.b, "  and %s, which -json lists\n", plural(more, "other", "others"))
	}
}

func (w *explainWriter) cell(_, column int, cell string) string {
	if column == 2 {
		return w.paint.Dim(cell)
	}
	return cell
}

func printableRows(rows [][]string) [][]string {
	for _, row := range rows {
		for i := range row {
			row[i] = oneLine(row[i])
		}
	}
	return rows
}

func (w *explainWriter) answerText(a *routing.Answer) string {
	text := w.statusText(a.Status)
	if a.Location != "" {
		text += ", to " + a.Location
	}
	if a.Why != "" {
		text += ", since " + a.Why
	}
	return text
}

func (w *explainWriter) statusText(status int) string {
	if !w.grpc {
		return fmt.Sprint(status)
	}
	code, name := routing.GRPCStatus(status)
	return fmt.Sprintf("%s (%d)", name, code)
}

func (w *explainWriter) backendText(b *routing.Backend, address string) string {
	text := address
	if b.Port != 0 {
		text += fmt.Sprintf(" port %d", b.Port)
	}
	text += " " + shareText(b.Share)
	if b.Status != 0 {
		return fmt.Sprintf("%s: %s, since %s", text, w.statusText(b.Status), b.Why)
	}
	return fmt.Sprintf("%s, as %s%s", text, b.Host, b.Path)
}

func shareText(share float64) string { return fmt.Sprintf("%.4g%%", share*100) }

func rulePath(m routing.Match) string {
	if m.Rule < 0 {
		return ""
	}
	return fmt.Sprintf("spec.rules[%d]", m.Rule)
}

func ruleText(m routing.Match) string {
	if m.RuleName != "" {
		return fmt.Sprintf("rule %q", m.RuleName)
	}
	return fmt.Sprintf("rule %d", m.Rule+1)
}

func rangeText(r hcl.Range) string {
	if r.Filename == "" {
		return ""
	}
	return fmt.Sprintf("%s:%d", r.Filename, r.Start.Line)
}

func hostText(h string) string {
	if h == "" {
		return "any host"
	}
	return h
}

// filterText says in a few words what a filter does. Of headers it has the
// names alone: a value may be a secret.
func filterText(f *gatewayv1.HTTPRouteFilter) string {
	switch {
	case f.RequestHeaderModifier != nil:
		return "request headers: " + headersText(f.RequestHeaderModifier)
	case f.ResponseHeaderModifier != nil:
		return "response headers: " + headersText(f.ResponseHeaderModifier)
	case f.RequestRedirect != nil:
		return "redirect"
	case f.URLRewrite != nil:
		var parts []string
		if h := f.URLRewrite.Hostname; h != nil {
			parts = append(parts, "host to "+string(*h))
		}
		if p := f.URLRewrite.Path; p != nil && p.ReplaceFullPath != nil {
			parts = append(parts, "path to "+*p.ReplaceFullPath)
		}
		if p := f.URLRewrite.Path; p != nil && p.ReplacePrefixMatch != nil {
			parts = append(parts, fmt.Sprintf("prefix to %q", *p.ReplacePrefixMatch))
		}
		return "rewrite: " + strings.Join(parts, ", ")
	case f.RequestMirror != nil:
		return "mirror to " + string(f.RequestMirror.BackendRef.Name)
	}
	return string(f.Type)
}

func headersText(f *gatewayv1.HTTPHeaderFilter) string {
	var parts []string
	add := func(what string, names []string) {
		if len(names) > 0 {
			slices.Sort(names)
			parts = append(parts, what+" "+strings.Join(names, ", "))
		}
	}
	names := func(headers []gatewayv1.HTTPHeader) (out []string) {
		for _, h := range headers {
			out = append(out, string(h.Name))
		}
		return out
	}
	add("set", names(f.Set))
	add("add", names(f.Add))
	add("remove", slices.Clone(f.Remove))
	return strings.Join(parts, "; ")
}
