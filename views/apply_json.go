package views

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/gwctl/gwctl/internal/diag"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/planner"
)

// streamVersion is the version of Terraform's stream of messages that this one
// follows.
const streamVersion = "1.2"

// applyJSON writes one object a line.
type applyJSON struct {
	o         Options
	operation string
	started   map[resource.Address]*planner.ResourceChange
}

// message is one line; its other fields depend on its type.
type message struct {
	Level     string           `json:"@level"`
	Message   string           `json:"@message"`
	Module    string           `json:"@module"`
	Timestamp string           `json:"@timestamp"`
	Type      string           `json:"type"`
	Gwctl     string           `json:"gwctl,omitempty"`
	UI        string           `json:"ui,omitempty"`
	Change    *changeLine      `json:"change,omitempty"`
	Traffic   *trafficDoc      `json:"traffic,omitempty"`
	Changes   *countsLine      `json:"changes,omitempty"`
	Hook      *hookLine        `json:"hook,omitempty"`
	Outputs   map[string]any   `json:"outputs,omitempty"`
	Diag      *diag.Diagnostic `json:"diagnostic,omitempty"`
}

type resourceLine struct {
	Addr            string `json:"addr"`
	Module          string `json:"module"`
	Resource        string `json:"resource"` // without the module
	ImpliedProvider string `json:"implied_provider"`
	ResourceType    string `json:"resource_type"`
	ResourceName    string `json:"resource_name"`
	ResourceKey     any    `json:"resource_key"`
}

type changeLine struct {
	Resource         resourceLine  `json:"resource"`
	PreviousResource *resourceLine `json:"previous_resource,omitempty"`
	Action           string        `json:"action"`
	Reason           string        `json:"reason,omitempty"`
}

type countsLine struct {
	Add       int    `json:"add"`
	Change    int    `json:"change"`
	Import    int    `json:"import"`
	Remove    int    `json:"remove"`
	Operation string `json:"operation"`
}

type hookLine struct {
	Resource *resourceLine `json:"resource,omitempty"`
	Action   string        `json:"action,omitempty"`
	Phase    string        `json:"phase,omitempty"`
	Done     bool          `json:"done,omitempty"`
}

func newApplyJSON(o Options, operation string) *applyJSON {
	v := &applyJSON{o: o, operation: operation}
	v.write(message{Type: "version", Message: "gwctl " + o.Version, Gwctl: o.Version, UI: streamVersion}, time.Time{})
	return v
}

func (v *applyJSON) write(m message, at time.Time) {
	if at.IsZero() && v.o.Now != nil {
		at = v.o.Now()
	}
	if m.Level == "" {
		m.Level = "info"
	}
	m.Module = "gwctl.ui"
	m.Timestamp = at.UTC().Format("2006-01-02T15:04:05.000000Z07:00")
	encoder := json.NewEncoder(v.o.Out)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(m) // an apply goes on when nobody reads what it says
}

func lineOf(a resource.Address, provider string) resourceLine {
	local := a
	local.Module = ""
	return resourceLine{
		Addr: a.String(), Module: a.Module, Resource: local.String(), ImpliedProvider: provider,
		ResourceType: a.Kind, ResourceName: a.Name, ResourceKey: index(a),
	}
}

func (v *applyJSON) Plan(p *planner.Plan, diags hcl.Diagnostics, sources diag.Sources) {
	v.diagnostics(diags, sources)
	for _, t := range p.Traffic {
		v.write(message{
			Type: "traffic_change", Message: t.Match + ": " + t.Change,
			Traffic: &trafficDoc{t.Match, t.Change, flow(t.Before), flow(t.After)},
		}, time.Time{})
	}
	for i := range p.Drift {
		c := &p.Drift[i]
		v.write(message{Type: "resource_drift", Message: c.Address.String() + ": Drift detected (" + string(c.Action) + ")", Change: changeOf(c)}, time.Time{})
	}
	for i := range p.Changes {
		if c := &p.Changes[i]; c.Action != planner.NoOp || c.Adopted {
			v.write(message{Type: "planned_change", Message: c.Address.String() + ": Plan to " + actionWord(c), Change: changeOf(c)}, time.Time{})
		}
	}
	v.write(message{Type: "change_summary", Message: "Plan: " + countsText(p.Counts()), Changes: counts(p.Counts(), "plan")}, time.Time{})
}

func actionWord(c *planner.ResourceChange) string {
	if c.Action == planner.NoOp && c.Adopted {
		return "adopt"
	}
	return string(c.Action)
}

func changeOf(c *planner.ResourceChange) *changeLine {
	line := &changeLine{Resource: lineOf(c.Address, c.Provider), Action: actionWord(c), Reason: string(c.Cause)}
	if !c.Previous.IsZero() {
		previous := lineOf(c.Previous, c.Provider)
		line.PreviousResource = &previous
	}
	return line
}

func counts(c planner.Counts, operation string) *countsLine {
	return &countsLine{Add: c.Add, Change: c.Change, Import: c.Adopt, Remove: c.Destroy, Operation: operation}
}

func (v *applyJSON) Started(p *planner.Plan) {
	v.started = make(map[resource.Address]*planner.ResourceChange, len(p.Changes))
	for i := range p.Changes {
		c := &p.Changes[i]
		v.started[c.Address] = c
		verb := begins(c.Action)
		if verb == "" {
			continue
		}
		r := lineOf(c.Address, c.Provider)
		v.write(message{
			Type: "apply_start", Message: fmt.Sprintf("%s: %s...", c.Address, verb),
			Hook: &hookLine{Resource: &r, Action: string(c.Action)},
		}, time.Time{})
	}
}

func (v *applyJSON) Progress(e Event) {
	m := message{Type: "apply_progress", Message: e.Message, Hook: &hookLine{Phase: e.Phase, Done: e.Done}}
	if !e.Address.IsZero() {
		// What happens to a resource is its action; phases are the target's.
		action, provider := e.Phase, ""
		if c := v.started[e.Address]; c != nil {
			action, provider = actionWord(c), c.Provider
		}
		r := lineOf(e.Address, provider)
		m.Hook.Resource, m.Hook.Action, m.Hook.Phase = &r, action, ""
		m.Message = e.Address.String() + ": " + e.Message
		if e.Done {
			m.Type = "apply_complete"
		}
	}
	v.write(m, e.Time)
}

func (v *applyJSON) Note(text string) {
	v.write(message{Type: "log", Message: text}, time.Time{})
}

func (v *applyJSON) Summary(lines []string) {
	for _, l := range lines {
		v.write(message{Type: "target_summary", Message: l}, time.Time{})
	}
}

func (v *applyJSON) Interrupted() {
	v.write(message{Type: "log", Level: "warn", Message: "Interrupted: what is under way comes to its end"}, time.Time{})
}

func (v *applyJSON) Done(p *planner.Plan, outputs []Output) {
	v.write(message{Type: "change_summary", Message: doneText(v.operation, p.Counts()), Changes: counts(p.Counts(), v.operation)}, time.Time{})
	doc := map[string]any{}
	for _, o := range outputs {
		doc[o.Name] = o.document()
	}
	v.write(message{Type: "outputs", Message: "Outputs: " + fmt.Sprint(len(outputs)), Outputs: doc}, time.Time{})
}

func (v *applyJSON) Failed(diags hcl.Diagnostics, sources diag.Sources) {
	v.diagnostics(diags, sources)
}

func (v *applyJSON) diagnostics(diags hcl.Diagnostics, sources diag.Sources) {
	for _, d := range diag.JSON(diags, sources) {
		level, word := "error", "Error: "
		if d.Severity == "warning" {
			level, word = "warn", "Warning: "
		}
		v.write(message{Type: "diagnostic", Level: level, Message: word + d.Summary, Diag: &d}, time.Time{})
	}
}
