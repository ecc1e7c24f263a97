package views

import (
	"maps"
	"slices"
	"strconv"

	"github.com/hashicorp/hcl/v2"

	"github.com/gwctl/gwctl/internal/diag"
	"github.com/gwctl/gwctl/internal/policy"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/planner"
)

// planFormat is the version of Terraform's plan format that policies read.
const planFormat = "1.2"

type planJSON struct{ o Options }

func (v planJSON) Plan(p *planner.Plan, diags hcl.Diagnostics, sources diag.Sources, _ string) error {
	return writeDocument(v.o.Out, planDocument(v.o.Version, p, diags, sources))
}

func (v planJSON) Failed(p *planner.Plan, diags hcl.Diagnostics, sources diag.Sources) error {
	doc := planDocument(v.o.Version, p, diags, sources)
	doc.Errored, doc.Applyable, doc.Complete = true, false, false
	return writeDocument(v.o.Out, doc)
}

type planDoc struct {
	FormatVersion      string                   `json:"format_version"`
	GwctlVersion       string                   `json:"gwctl_version"`
	Variables          map[string]variableDoc   `json:"variables,omitempty"`
	PlannedValues      valuesDoc                `json:"planned_values"`
	ResourceDrift      []resourceDoc            `json:"resource_drift,omitempty"`
	ResourceChanges    []resourceDoc            `json:"resource_changes"`
	OutputChanges      map[string]outputDiffDoc `json:"output_changes,omitempty"`
	RelevantAttributes []any                    `json:"relevant_attributes"`
	TrafficChanges     []trafficDoc             `json:"traffic_changes"`
	LimitChanges       []limitDoc               `json:"rate_limit_changes,omitempty"`
	Owner              planner.Owner            `json:"owner"`
	Mode               planner.Mode             `json:"mode,omitempty"`
	Refreshed          bool                     `json:"refreshed"`
	Complete           bool                     `json:"complete"`
	Applyable          bool                     `json:"applyable"`
	Errored            bool                     `json:"errored"`
	Diagnostics        []diag.Diagnostic        `json:"diagnostics"`
}

type variableDoc struct {
	Value any `json:"value"`
}

type resourceDoc struct {
	Address         string           `json:"address"`
	PreviousAddress string           `json:"previous_address,omitempty"`
	ModuleAddress   string           `json:"module_address,omitempty"`
	Mode            string           `json:"mode"`
	Type            string           `json:"type"`
	Name            string           `json:"name"`
	Index           any              `json:"index,omitempty"`
	ProviderName    string           `json:"provider_name"`
	Change          changeDoc        `json:"change"`
	ActionReason    string           `json:"action_reason,omitempty"`
	Reason          string           `json:"reason,omitempty"`
	Adopted         bool             `json:"adopted,omitempty"`
	Writers         []planner.Writer `json:"writers,omitempty"` // of a drift
	Objects         []objectDoc      `json:"objects,omitempty"`
}

type changeDoc struct {
	Actions         []string       `json:"actions"`
	Before          map[string]any `json:"before"`
	After           map[string]any `json:"after"`
	AfterUnknown    any            `json:"after_unknown"`
	BeforeSensitive any            `json:"before_sensitive"`
	AfterSensitive  any            `json:"after_sensitive"`
}

// objectDoc is an object of a resource; before and after only where it changes.
type objectDoc struct {
	resource.ID
	Action planner.Action   `json:"action"`
	Takes  []planner.Writer `json:"takes,omitempty"` // whose fields these are so far
	Before map[string]any   `json:"before,omitempty"`
	After  map[string]any   `json:"after,omitempty"`
}

type outputDiffDoc struct {
	Actions         []string `json:"actions"`
	Before          any      `json:"before"`
	After           any      `json:"after"`
	AfterUnknown    bool     `json:"after_unknown"`
	BeforeSensitive bool     `json:"before_sensitive"`
	AfterSensitive  bool     `json:"after_sensitive"`
}

type trafficDoc struct {
	Match  string   `json:"match"`
	Change string   `json:"change"`
	Before *flowDoc `json:"before"`
	After  *flowDoc `json:"after"`
}

type flowDoc struct {
	To     map[string]float64 `json:"to,omitempty"`
	Answer string             `json:"answer,omitempty"`
}

type valuesDoc struct {
	Outputs    map[string]outputValueDoc `json:"outputs,omitempty"`
	RootModule moduleDoc                 `json:"root_module"`
}

type outputValueDoc struct {
	Sensitive bool `json:"sensitive"`
	Value     any  `json:"value,omitempty"`
}

type moduleDoc struct {
	Address      string      `json:"address,omitempty"`
	Resources    []valueDoc  `json:"resources,omitempty"`
	ChildModules []moduleDoc `json:"child_modules,omitempty"`
}

type valueDoc struct {
	Address         string         `json:"address"`
	Mode            string         `json:"mode"`
	Type            string         `json:"type"`
	Name            string         `json:"name"`
	Index           any            `json:"index,omitempty"`
	ProviderName    string         `json:"provider_name"`
	SchemaVersion   int            `json:"schema_version"`
	Values          map[string]any `json:"values"`
	SensitiveValues map[string]any `json:"sensitive_values"`
}

func planDocument(version string, p *planner.Plan, diags hcl.Diagnostics, sources diag.Sources) *planDoc {
	doc := &planDoc{
		FormatVersion:      planFormat,
		GwctlVersion:       version,
		ResourceChanges:    []resourceDoc{},
		RelevantAttributes: []any{},
		TrafficChanges:     []trafficDoc{},
		Diagnostics:        diag.JSON(diags, sources),
		Errored:            diags.HasErrors(),
	}
	if p == nil {
		return doc
	}
	doc.Owner, doc.Mode, doc.Refreshed = p.Owner, p.Mode, p.Refreshed
	doc.Errored = doc.Errored || p.Errored
	doc.Complete = !doc.Errored && !p.Targeted
	doc.Applyable = !doc.Errored && p.Applyable()
	for _, name := range slices.Sorted(maps.Keys(p.Variables)) {
		if doc.Variables == nil {
			doc.Variables = map[string]variableDoc{}
		}
		doc.Variables[name] = variableDoc{plain(p.Variables[name])}
	}
	objects := objectsByAddress(p)
	for i := range p.Changes {
		doc.ResourceChanges = append(doc.ResourceChanges, resourceChange(&p.Changes[i], objects))
	}
	for i := range p.Drift {
		doc.ResourceDrift = append(doc.ResourceDrift, resourceChange(&p.Drift[i], nil))
	}
	doc.PlannedValues = plannedValues(p)
	doc.OutputChanges = outputChanges(p)
	for _, t := range p.Traffic {
		doc.TrafficChanges = append(doc.TrafficChanges, trafficDoc{t.Match, t.Change, flow(t.Before), flow(t.After)})
	}
	for _, l := range p.Limits {
		doc.LimitChanges = append(doc.LimitChanges, limitDoc{l.Route, l.At, append([]policy.Limit{}, l.Before...), append([]policy.Limit{}, l.After...)})
	}
	return doc
}

func flow(f *resource.Flow) *flowDoc {
	if f == nil {
		return nil
	}
	return &flowDoc{f.To, f.Answer}
}

func objectsByAddress(p *planner.Plan) map[resource.Address][]*planner.ObjectChange {
	out := map[resource.Address][]*planner.ObjectChange{}
	for i := range p.Objects {
		for _, a := range p.Objects[i].Addresses {
			out[a] = append(out[a], &p.Objects[i])
		}
	}
	return out
}

// actions are Terraform's words for what happens to a resource.
func actions(a planner.Action) []string {
	switch a {
	case planner.Replace:
		return []string{"create", "delete"}
	case planner.Move:
		return []string{"no-op"}
	}
	return []string{string(a)}
}

func resourceChange(c *planner.ResourceChange, objects map[resource.Address][]*planner.ObjectChange) resourceDoc {
	doc := resourceDoc{
		Address:       c.Address.String(),
		ModuleAddress: c.Address.Module,
		Mode:          "managed",
		Type:          c.Address.Kind,
		Name:          c.Address.Name,
		Index:         index(c.Address),
		ProviderName:  c.Provider,
		ActionReason:  string(c.Cause),
		Reason:        c.Reason,
		Adopted:       c.Adopted,
		Writers:       c.Writers,
		Change: changeDoc{
			Actions:         actions(c.Action),
			Before:          plainBlock(c.Before),
			After:           plainBlock(c.After),
			AfterUnknown:    map[string]any{},
			BeforeSensitive: noneSensitive(c.Before),
			AfterSensitive:  noneSensitive(c.After),
		},
	}
	if !c.Previous.IsZero() {
		doc.PreviousAddress = c.Previous.String()
	}
	changed := map[resource.ID]bool{}
	for _, oc := range objects[c.Address] {
		changed[oc.ID] = true
		o := objectDoc{ID: oc.ID, Action: oc.Action, Takes: oc.Takes}
		if oc.Action != planner.NoOp {
			if oc.Before != nil {
				o.Before = oc.Before.Object
			}
			if oc.After != nil {
				o.After = oc.After.Object
			}
		}
		doc.Objects = append(doc.Objects, o)
	}
	for _, id := range c.Objects {
		if !changed[id] {
			doc.Objects = append(doc.Objects, objectDoc{ID: id, Action: planner.NoOp})
		}
	}
	return doc
}

// noneSensitive is the mask of a block: sensitive values never get into one.
func noneSensitive(b *resource.Block) any {
	if b == nil {
		return false
	}
	return map[string]any{}
}

// index is an instance's key: a number where count made it, else a string.
func index(a resource.Address) any {
	if a.Key == "" {
		return nil
	}
	if a.IsCounted() {
		if n, err := strconv.ParseUint(a.KeyText(), 10, 63); err == nil {
			return n
		}
	}
	return a.KeyText()
}

func plannedValues(p *planner.Plan) valuesDoc {
	doc := valuesDoc{}
	modules := map[string]*moduleDoc{}
	var order []string
	for i := range p.Changes {
		c := &p.Changes[i]
		if c.After == nil || c.Action == planner.Delete || c.Action == planner.Forget {
			continue
		}
		m := modules[c.Address.Module]
		if m == nil {
			m = &moduleDoc{Address: c.Address.Module}
			modules[c.Address.Module] = m
			order = append(order, c.Address.Module)
		}
		m.Resources = append(m.Resources, valueOf(c.Address, c.Provider, c.After))
	}
	for _, name := range order {
		if name == "" {
			doc.RootModule.Resources = modules[name].Resources
		} else {
			doc.RootModule.ChildModules = append(doc.RootModule.ChildModules, *modules[name])
		}
	}
	for name, o := range p.Outputs {
		if o.Action == planner.Delete {
			continue
		}
		if doc.Outputs == nil {
			doc.Outputs = map[string]outputValueDoc{}
		}
		doc.Outputs[name] = outputValueDoc{o.Sensitive, plain(o.After)}
	}
	return doc
}

func valueOf(a resource.Address, provider string, b *resource.Block) valueDoc {
	return valueDoc{
		Address:         a.String(),
		Mode:            "managed",
		Type:            a.Kind,
		Name:            a.Name,
		Index:           index(a),
		ProviderName:    provider,
		Values:          plainBlock(b),
		SensitiveValues: map[string]any{},
	}
}

func outputChanges(p *planner.Plan) map[string]outputDiffDoc {
	if len(p.Outputs) == 0 {
		return nil
	}
	out := make(map[string]outputDiffDoc, len(p.Outputs))
	for name, o := range p.Outputs {
		out[name] = outputDiffDoc{
			Actions:         actions(o.Action),
			Before:          plain(o.Before),
			After:           plain(o.After),
			BeforeSensitive: o.Sensitive && o.Action != planner.Create,
			AfterSensitive:  o.Sensitive && o.Action != planner.Delete,
		}
	}
	return out
}
