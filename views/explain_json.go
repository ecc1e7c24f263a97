package views

import (
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/internal/routing"
	"github.com/hashicorp/hcl/v2"
)

type explainJSON struct{ o Options }

type requestDoc struct {
	Method string `json:"method"`
	Scheme string `json:"scheme"`
	Host   string `json:"host"`
	Port   int32  `json:"port"`
	Path   string `json:"path"`
	Query  string `json:"query,omitempty"`
}

type answerDoc struct {
	Provider string           `json:"provider,omitempty"`
	Gateway  spotDoc          `json:"gateway"`
	Listener string           `json:"listener,omitempty"`
	Path     string           `json:"path,omitempty"`         // that rules see, where it is not written as the request's
	Set      *spotDoc         `json:"listener_set,omitempty"` // that has the listener, where the gateway itself does not
	Route    *spotDoc         `json:"route,omitempty"`
	Rule     *ruleDoc         `json:"rule,omitempty"`
	Match    string           `json:"match,omitempty"`
	Filters  []string         `json:"filters,omitempty"`
	Backends []explainBackend `json:"backends,omitempty"`
	answerStatus
	Location string    `json:"location,omitempty"`
	Lost     []lostDoc `json:"lost,omitempty"`
}

type spotDoc struct {
	Object  resource.ID `json:"object"`
	Address string      `json:"address"`
	Source  *sourceDoc  `json:"source,omitempty"`
}

type sourceDoc struct {
	Filename string `json:"filename"`
	Line     int    `json:"line"`
}

// answerStatus is what the gateway itself answers.
type answerStatus struct {
	Status     int    `json:"status,omitempty"`
	GRPCStatus string `json:"grpc_status,omitempty"` // what a call of gRPC ends with
	Why        string `json:"why,omitempty"`
}

func statusOf(r *routing.Request, status int, why string) answerStatus {
	out := answerStatus{Status: status, Why: why}
	if r.IsGRPC() && status != 0 {
		_, out.GRPCStatus = routing.GRPCStatus(status)
	}
	return out
}

type ruleDoc struct {
	Hostname string     `json:"hostname,omitempty"`
	Index    int        `json:"index"`
	Name     string     `json:"name,omitempty"`
	Match    int        `json:"match"`
	Source   *sourceDoc `json:"source,omitempty"`
}

type explainBackend struct {
	spotDoc
	Port  int32   `json:"port,omitempty"`
	Share float64 `json:"share"`
	answerStatus
	Host string `json:"host,omitempty"`
	Path string `json:"path,omitempty"`
}

type lostDoc struct {
	Route  spotDoc  `json:"route"`
	Rule   *ruleDoc `json:"rule,omitempty"`
	Reason string   `json:"reason"`
	Detail string   `json:"detail"`
	// Matches says that it is for the request too, and comes later.
	Matches bool `json:"matches"`
}

func (v explainJSON) Explain(e *Explanation) error {
	r := e.Request
	doc := struct {
		FormatVersion string      `json:"format_version"`
		GwctlVersion  string      `json:"gwctl_version"`
		Request       requestDoc  `json:"request"`
		Answers       []answerDoc `json:"answers"`
		Unknown       []string    `json:"unknown,omitempty"`
	}{"1.0", v.o.Version, requestDoc{r.Method, r.Scheme, r.Host, r.Port, r.Path, r.Query}, []answerDoc{}, e.Notes}
	for i := range e.Answers {
		doc.Answers = append(doc.Answers, answerDocOf(r, &e.Answers[i]))
	}
	return writeDocument(v.o.Out, doc)
}

func answerDocOf(r *routing.Request, a *ExplainedAnswer) answerDoc {
	doc := answerDoc{
		Provider: a.Provider, Gateway: a.spotDoc(a.Gateway), Listener: a.Listener, Path: a.Path, Match: a.Text,
		answerStatus: statusOf(r, a.Status, a.Why), Location: a.Location,
	}
	if a.Listener != "" && a.Owner != a.Gateway {
		set := a.spotDoc(a.Owner)
		doc.Set = &set
	}
	if a.Won != nil {
		route := a.spotDoc(a.Won.Route)
		doc.Route, doc.Rule = &route, a.ruleDoc(*a.Won)
		for i := range a.Filters {
			doc.Filters = append(doc.Filters, filterText(&a.Filters[i]))
		}
	}
	for _, b := range a.Backends {
		out := explainBackend{spotDoc: a.spotDoc(b.ID), Port: b.Port, Share: b.Share, answerStatus: statusOf(r, b.Status, b.Why)}
		if b.Status == 0 {
			out.Host, out.Path = b.Host, b.Path
		}
		doc.Backends = append(doc.Backends, out)
	}
	for _, l := range a.Lost {
		out := lostDoc{Route: a.spotDoc(l.Route), Reason: l.Reason.String(), Detail: l.Detail, Matches: l.Reason.Matches()}
		if l.Rule >= 0 {
			out.Rule = a.ruleDoc(l.Match)
		}
		doc.Lost = append(doc.Lost, out)
	}
	return doc
}

func (a *ExplainedAnswer) spotDoc(id resource.ID) spotDoc {
	spot := a.Spot(id, "")
	return spotDoc{id, spot.Address, sourceOf(spot.Range)}
}

func (a *ExplainedAnswer) ruleDoc(m routing.Match) *ruleDoc {
	return &ruleDoc{m.Hostname, m.Rule, m.RuleName, m.Position, sourceOf(a.Spot(m.Route, rulePath(m)).Range)}
}

func sourceOf(r hcl.Range) *sourceDoc {
	if r.Filename == "" {
		return nil
	}
	return &sourceDoc{r.Filename, r.Start.Line}
}
