package views

import (
	"time"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/internal/topology"
	"github.com/gwctl/gwctl/planner"
)

type describeJSON struct{ o Options }

func (v describeJSON) Describe(descriptions []Description) error {
	doc := struct {
		FormatVersion string           `json:"format_version"`
		GwctlVersion  string           `json:"gwctl_version"`
		Objects       []descriptionDoc `json:"objects"`
	}{"1.0", v.o.Version, []descriptionDoc{}}
	for i := range descriptions {
		doc.Objects = append(doc.Objects, documentOf(&descriptions[i]))
	}
	return writeDocument(v.o.Out, doc)
}

type descriptionDoc struct {
	Provider   string              `json:"provider,omitempty"`
	Object     map[string]any      `json:"object"`
	Owner      *ownerDoc           `json:"owner,omitempty"`
	Tracker    *trackerDoc         `json:"tracker,omitempty"`
	Managers   []managerDoc        `json:"managers,omitempty"`
	Conditions []conditionDoc      `json:"conditions,omitempty"`
	Listeners  []listenerDoc       `json:"listeners,omitempty"`
	Unattached []unattachedDoc     `json:"unattached_routes,omitempty"`
	Refused    []refusedDoc        `json:"refused_listener_sets,omitempty"`
	Parents    []parentDoc         `json:"parents,omitempty"`
	Ancestors  []ancestorDoc       `json:"ancestors,omitempty"`
	Traffic    []servedDoc         `json:"traffic,omitempty"`
	Limits     []topology.LimitsAt `json:"rate_limits,omitempty"`
	Backends   []backendDoc        `json:"backends,omitempty"`
	ReferredBy []resource.ID       `json:"referred_to_by,omitempty"`
	Block      map[string]any      `json:"block,omitempty"`
	Events     []occurrenceDoc     `json:"events,omitempty"`
	Unknown    []string            `json:"unknown,omitempty"`
}

type ancestorDoc struct {
	To         resource.ID    `json:"to"`
	Controller string         `json:"controller"`
	Conditions []conditionDoc `json:"conditions"`
}

type ownerDoc struct {
	Name      string   `json:"name"`
	Lineage   string   `json:"lineage,omitempty"`
	Addresses []string `json:"addresses,omitempty"`
}

type trackerDoc struct {
	Tool string `json:"tool"`
	What string `json:"what"`
}

type managerDoc struct {
	Name   string    `json:"name"`
	Means  string    `json:"operation"`
	Status bool      `json:"of_status"`
	At     time.Time `json:"at,omitzero"`
}

type conditionDoc struct {
	Type    string    `json:"type"`
	Status  string    `json:"status"`
	Reason  string    `json:"reason,omitempty"`
	Message string    `json:"message,omitempty"`
	Stale   bool      `json:"stale"`
	Since   time.Time `json:"since,omitzero"`
}

type atDoc struct {
	Listener string           `json:"listener"`
	Port     int32            `json:"port"`
	Verdict  topology.Verdict `json:"verdict"`
	Hosts    []string         `json:"hosts,omitempty"`
	Why      string           `json:"why,omitempty"`
}

type parentDoc struct {
	To         resource.ID      `json:"to"`
	Listener   string           `json:"section_name,omitempty"`
	Port       int32            `json:"port,omitempty"`
	Verdict    topology.Verdict `json:"verdict"`
	Why        string           `json:"why,omitempty"`
	Listeners  []atDoc          `json:"listeners,omitempty"`
	Controller string           `json:"controller,omitempty"`
	Conditions []conditionDoc   `json:"conditions,omitempty"`
}

type listenerDoc struct {
	Name       string         `json:"name"`
	Set        *resource.ID   `json:"listener_set,omitempty"` // that has the listener, where the object itself does not
	Port       int32          `json:"port"`
	Protocol   string         `json:"protocol"`
	Hostname   string         `json:"hostname,omitempty"`
	Allowed    string         `json:"allowed"`
	Refused    string         `json:"refused,omitempty"`
	Reported   *int64         `json:"reported_routes,omitempty"`
	Routes     []attachedDoc  `json:"routes,omitempty"`
	Conditions []conditionDoc `json:"conditions,omitempty"`
}

type attachedDoc struct {
	Route resource.ID `json:"route"`
	Hosts []string    `json:"hosts,omitempty"`
	Why   string      `json:"why,omitempty"`
}

type refusedDoc struct {
	Set resource.ID `json:"listener_set"`
	Why string      `json:"why"`
}

type unattachedDoc struct {
	Route resource.ID `json:"route"`
	Why   string      `json:"why"`
}

type servedDoc struct {
	Match  string             `json:"match"`
	Port   int64              `json:"port,omitempty"`
	To     map[string]float64 `json:"to,omitempty"`
	Answer string             `json:"answer,omitempty"`
	Text   string             `json:"text"`
}

type backendDoc struct {
	To      resource.ID `json:"to"`
	Port    int64       `json:"port,omitempty"`
	Path    string      `json:"path"`
	Exists  bool        `json:"exists"`
	Problem string      `json:"problem,omitempty"`
}

type occurrenceDoc struct {
	Time    time.Time `json:"time,omitzero"`
	Count   int       `json:"count"`
	Warning bool      `json:"warning"`
	Reason  string    `json:"reason"`
	Message string    `json:"message"`
	By      string    `json:"by"`
}

func documentOf(d *Description) descriptionDoc {
	doc := descriptionDoc{
		Provider: d.Provider, Object: shownObject(Found{Object: d.Object}), Conditions: conditionDocs(topology.Conditions(d.Object)),
		Limits: d.Limits, ReferredBy: d.Users, Block: plainBlock(d.Block), Unknown: d.Unknown,
	}
	if owner, ok := topology.OwnerOf(d.Object); ok {
		doc.Owner = &ownerDoc{owner.Name, owner.Lineage, owner.Addresses}
	}
	if t, ok := resource.TrackerOf(d.Object); ok {
		doc.Tracker = &trackerDoc{t.Tool, t.What}
	}
	for _, m := range topology.Managers(d.Object) {
		doc.Managers = append(doc.Managers, managerDoc(m))
	}
	for _, l := range d.Listeners {
		doc.Listeners = append(doc.Listeners, listenerDocOf(d, l))
	}
	for _, s := range d.Sets {
		if s.Refused != "" {
			doc.Refused = append(doc.Refused, refusedDoc{s.ID, s.Refused})
		}
	}
	for _, c := range d.Claims {
		if why := c.Lost(); why != "" {
			doc.Unattached = append(doc.Unattached, unattachedDoc{c.Route, why})
		}
	}
	for _, p := range d.Parents {
		parent := parentDoc{
			To: p.To, Listener: p.SectionName, Port: p.Port, Verdict: p.Verdict, Why: p.Why,
			Controller: p.Controller, Conditions: conditionDocs(p.Conditions),
		}
		for _, at := range p.Listeners {
			parent.Listeners = append(parent.Listeners, atDoc(at))
		}
		doc.Parents = append(doc.Parents, parent)
	}
	for _, a := range d.Ancestors {
		doc.Ancestors = append(doc.Ancestors, ancestorDoc{a.To, a.Controller, conditionDocs(a.Conditions)})
	}
	for _, f := range d.Flows {
		doc.Traffic = append(doc.Traffic, servedDoc{f.Match, f.Port, f.To, f.Answer, planner.FlowText(&f.Flow)})
	}
	for _, b := range d.Backends {
		doc.Backends = append(doc.Backends, backendDoc{b.To, b.Port, b.Path, b.Exists, b.Problem})
	}
	for _, e := range d.Events {
		doc.Events = append(doc.Events, occurrenceDoc(e))
	}
	return doc
}

func listenerDocOf(d *Description, l *topology.Listener) listenerDoc {
	doc := listenerDoc{
		Name: l.Name, Port: l.Port, Protocol: string(l.Protocol), Hostname: l.Hostname, Allowed: l.Allowed(),
		Refused: l.Refused, Conditions: conditionDocs(l.Conditions),
	}
	if l.Owner != resource.IDOf(d.Object) {
		doc.Set = &l.Owner
	}
	if l.Reported >= 0 {
		doc.Reported = &l.Reported
	}
	for _, c := range d.Claims {
		if at, ok := c.TakenBy(l); ok {
			doc.Routes = append(doc.Routes, attachedDoc{c.Route, at.Hosts, at.Why})
		}
	}
	return doc
}

func conditionDocs(in []topology.Condition) []conditionDoc {
	var out []conditionDoc
	for _, c := range in {
		out = append(out, conditionDoc{c.Type, c.Status, c.Reason, c.Message, c.Stale, c.Since})
	}
	return out
}
