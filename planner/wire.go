package planner

import (
	"fmt"
	"slices"

	"github.com/gwctl/gwctl/internal/policy"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/hashicorp/hcl/v2"
)

// The types of the plan file: those of Plan with ranges as numbers, file names
// once, and values that keep their types.

type wirePlan struct {
	Version      string                `json:"gwctl_version"`
	Mode         Mode                  `json:"mode,omitempty"`
	Owner        Owner                 `json:"owner"`
	Targets      map[string]string     `json:"targets,omitempty"`
	Refreshed    bool                  `json:"refreshed,omitempty"`
	Targeted     bool                  `json:"targeted,omitempty"`
	Errored      bool                  `json:"errored,omitempty"`
	StateSerial  uint64                `json:"state_serial"`
	StateLineage string                `json:"state_lineage"`
	Files        []string              `json:"files,omitempty"`
	Changes      []wireChange          `json:"changes,omitempty"`
	Drift        []wireChange          `json:"drift,omitempty"`
	Objects      []wireObject          `json:"objects,omitempty"`
	Outputs      map[string]wireOutput `json:"outputs,omitempty"`
	Traffic      []wireTraffic         `json:"traffic,omitempty"`
	Limits       []wireLimits          `json:"limits,omitempty"`
	Variables    map[string]value      `json:"variables,omitempty"`
	State        *wireBlock            `json:"state,omitempty"`
	Providers    map[string]*wireBlock `json:"providers,omitempty"`
}

type wireChange struct {
	Address        resource.Address   `json:"address"`
	Previous       resource.Address   `json:"previous,omitzero"`
	Provider       string             `json:"provider"`
	Action         Action             `json:"action"`
	Adopted        bool               `json:"adopted,omitempty"`
	Writers        []Writer           `json:"writers,omitempty"`
	Reason         string             `json:"reason,omitempty"`
	Cause          Cause              `json:"cause,omitempty"`
	Same           bool               `json:"same,omitempty"` // Before is After
	Before         *wireBlock         `json:"before,omitempty"`
	After          *wireBlock         `json:"after,omitempty"`
	Objects        []resource.ID      `json:"objects,omitempty"`
	Range          wireRange          `json:"range,omitempty"`
	DependsOn      []resource.Address `json:"depends_on,omitempty"`
	PreventDestroy bool               `json:"prevent_destroy,omitempty"`
}

type wireBlock struct {
	Type   string       `json:"t"`
	Label  string       `json:"l,omitempty"`
	Key    string       `json:"k,omitempty"`
	Attrs  []wireAttr   `json:"a,omitempty"`
	Blocks []*wireBlock `json:"b,omitempty"`
}

type wireAttr struct {
	Name  string `json:"n"`
	Value value  `json:"v"`
}

type wireObject struct {
	ID        resource.ID          `json:"id"`
	Provider  string               `json:"provider"`
	Addresses []resource.Address   `json:"addresses,omitempty"`
	Action    Action               `json:"action"`
	Before    *value               `json:"before,omitempty"`
	After     *value               `json:"after,omitempty"`
	Revision  string               `json:"revision,omitempty"`
	Adopted   bool                 `json:"adopted,omitempty"`
	Force     bool                 `json:"force,omitempty"`
	Takes     []Writer             `json:"takes,omitempty"`
	Needs     []resource.ID        `json:"needs,omitempty"`
	Sources   map[string]wireRange `json:"sources,omitempty"`
}

type wireOutput struct {
	Action    Action `json:"action"`
	Before    value  `json:"before"`
	After     value  `json:"after"`
	Sensitive bool   `json:"sensitive,omitempty"`
}

type wireTraffic struct {
	Match  string         `json:"match"`
	Change string         `json:"change"`
	Before *resource.Flow `json:"before,omitempty"`
	After  *resource.Flow `json:"after,omitempty"`
}

type wireLimits struct {
	Route  string         `json:"route"`
	At     string         `json:"at,omitempty"`
	Before []policy.Limit `json:"before,omitempty"`
	After  []policy.Limit `json:"after,omitempty"`
}

// wireRange is: file, then line, column and byte of start and end.
type wireRange []int

type fileTable struct {
	names []string
	index map[string]int
}

func (t *fileTable) pack(r hcl.Range) wireRange {
	if r == (hcl.Range{}) {
		return nil
	}
	i, ok := t.index[r.Filename]
	if !ok {
		i = len(t.names)
		t.names = append(t.names, r.Filename)
		t.index[r.Filename] = i
	}
	return wireRange{i, r.Start.Line, r.Start.Column, r.Start.Byte, r.End.Line, r.End.Column, r.End.Byte}
}

func (w wireRange) unpack(files []string) (hcl.Range, error) {
	if len(w) == 0 {
		return hcl.Range{}, nil
	}
	if len(w) != 7 || w[0] < 0 || w[0] >= len(files) {
		return hcl.Range{}, fmt.Errorf("%v is not a range", []int(w))
	}
	return hcl.Range{
		Filename: files[w[0]],
		Start:    hcl.Pos{Line: w[1], Column: w[2], Byte: w[3]},
		End:      hcl.Pos{Line: w[4], Column: w[5], Byte: w[6]},
	}, nil
}

func toWire(p *Plan) *wirePlan {
	files := &fileTable{index: map[string]int{}}
	w := &wirePlan{
		Version: p.Version, Mode: p.Mode, Owner: p.Owner, Targets: p.Targets, Refreshed: p.Refreshed,
		Targeted: p.Targeted, Errored: p.Errored, StateSerial: p.StateSerial, StateLineage: p.StateLineage,
		Changes: packChanges(p.Changes, files), Drift: packChanges(p.Drift, files),
	}
	for i := range p.Objects {
		o := &p.Objects[i]
		wo := wireObject{
			ID: o.ID, Provider: o.Provider, Addresses: o.Addresses, Action: o.Action,
			Before: packObject(o.Before), After: packObject(o.After), Revision: o.Revision,
			Adopted: o.Adopted, Force: o.Force, Takes: o.Takes, Needs: o.Needs,
		}
		for _, path := range sortedKeys(o.Sources) {
			if wo.Sources == nil {
				wo.Sources = make(map[string]wireRange, len(o.Sources))
			}
			wo.Sources[path] = files.pack(o.Sources[path])
		}
		w.Objects = append(w.Objects, wo)
	}
	if p.Outputs != nil {
		w.Outputs = make(map[string]wireOutput, len(p.Outputs))
		for name, o := range p.Outputs {
			w.Outputs[name] = wireOutput{o.Action, value{o.Before}, value{o.After}, o.Sensitive}
		}
	}
	if p.Variables != nil {
		w.Variables = make(map[string]value, len(p.Variables))
		for name, v := range p.Variables {
			w.Variables[name] = value{v}
		}
	}
	for _, t := range p.Traffic {
		w.Traffic = append(w.Traffic, wireTraffic(t))
	}
	for _, l := range p.Limits {
		w.Limits = append(w.Limits, wireLimits(l))
	}
	w.State = packBlock(p.Settings.State)
	if p.Settings.Providers != nil {
		w.Providers = make(map[string]*wireBlock, len(p.Settings.Providers))
		for key, b := range p.Settings.Providers {
			w.Providers[key] = packBlock(b)
		}
	}
	w.Files = files.names
	return w
}

func packChanges(changes []ResourceChange, files *fileTable) []wireChange {
	var out []wireChange
	for i := range changes {
		c := &changes[i]
		w := wireChange{
			Address: c.Address, Previous: c.Previous, Provider: c.Provider, Action: c.Action, Adopted: c.Adopted,
			Writers: c.Writers, Reason: c.Reason, Cause: c.Cause, After: packBlock(c.After), Objects: c.Objects,
			Range: files.pack(c.Range), DependsOn: c.DependsOn, PreventDestroy: c.PreventDestroy,
		}
		if w.Same = c.Before != nil && c.Before == c.After; !w.Same {
			w.Before = packBlock(c.Before)
		}
		out = append(out, w)
	}
	return out
}

func packBlock(b *resource.Block) *wireBlock {
	if b == nil {
		return nil
	}
	w := &wireBlock{Type: b.Type, Label: b.Label, Key: b.Key}
	for i := range b.Attrs {
		w.Attrs = append(w.Attrs, wireAttr{b.Attrs[i].Name, value{b.Attrs[i].Value}})
	}
	for _, n := range b.Blocks {
		w.Blocks = append(w.Blocks, packBlock(n))
	}
	return w
}

func (w *wireBlock) block() *resource.Block {
	if w == nil {
		return nil
	}
	b := &resource.Block{Type: w.Type, Label: w.Label, Key: w.Key}
	for i := range w.Attrs {
		b.Attrs = append(b.Attrs, resource.Attr{Name: w.Attrs[i].Name, Value: w.Attrs[i].Value.v})
	}
	for _, n := range w.Blocks {
		if n != nil {
			b.Blocks = append(b.Blocks, n.block())
		}
	}
	return b
}

func packObject(o *resource.Object) *value {
	if o == nil {
		return nil
	}
	return &value{o.Object}
}

func (w *wirePlan) plan() (*Plan, error) {
	p := &Plan{
		Version: w.Version, Mode: w.Mode, Owner: w.Owner, Targets: w.Targets, Refreshed: w.Refreshed,
		Targeted: w.Targeted, Errored: w.Errored, StateSerial: w.StateSerial, StateLineage: w.StateLineage,
	}
	if !slices.Contains([]Mode{Normal, Destroy, RefreshOnly}, w.Mode) {
		return nil, fmt.Errorf("there is no mode %q", w.Mode)
	}
	var err error
	if p.Changes, err = unpackChanges(w.Changes, w.Files); err != nil {
		return nil, err
	}
	if p.Drift, err = unpackChanges(w.Drift, w.Files); err != nil {
		return nil, err
	}
	for i := range w.Objects {
		o, err := w.Objects[i].change(w.Files)
		if err != nil {
			return nil, err
		}
		p.Objects = append(p.Objects, o)
	}
	if w.Outputs != nil {
		p.Outputs = make(map[string]OutputChange, len(w.Outputs))
		for name, o := range w.Outputs {
			p.Outputs[name] = OutputChange{o.Action, o.Before.v, o.After.v, o.Sensitive}
		}
	}
	if w.Variables != nil {
		p.Variables = make(map[string]any, len(w.Variables))
		for name, v := range w.Variables {
			p.Variables[name] = v.v
		}
	}
	for _, t := range w.Traffic {
		p.Traffic = append(p.Traffic, TrafficChange(t))
	}
	for _, l := range w.Limits {
		p.Limits = append(p.Limits, LimitChange(l))
	}
	p.Settings.State = w.State.block()
	if w.Providers != nil {
		p.Settings.Providers = make(map[string]*resource.Block, len(w.Providers))
		for key, b := range w.Providers {
			p.Settings.Providers[key] = b.block()
		}
	}
	return p, nil
}

func unpackChanges(changes []wireChange, files []string) ([]ResourceChange, error) {
	var out []ResourceChange
	for i := range changes {
		w := &changes[i]
		switch {
		case w.Address.IsZero():
			return nil, fmt.Errorf("a change without an address")
		case !slices.Contains([]Action{NoOp, Create, Update, Delete, Replace, Move, Forget}, w.Action):
			return nil, fmt.Errorf("%s: there is no action %q", w.Address, w.Action)
		}
		c := ResourceChange{
			Address: w.Address, Previous: w.Previous, Provider: w.Provider, Action: w.Action, Adopted: w.Adopted,
			Writers: w.Writers, Reason: w.Reason, Cause: w.Cause, Before: w.Before.block(), After: w.After.block(), Objects: w.Objects,
			DependsOn: w.DependsOn, PreventDestroy: w.PreventDestroy,
		}
		if w.Same {
			c.Before = c.After
		}
		var err error
		if c.Range, err = w.Range.unpack(files); err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

func (w *wireObject) change(files []string) (ObjectChange, error) {
	o := ObjectChange{
		ID: w.ID, Provider: w.Provider, Addresses: w.Addresses, Action: w.Action,
		Revision: w.Revision, Adopted: w.Adopted, Force: w.Force, Takes: w.Takes, Needs: w.Needs,
	}
	var err error
	if o.Before, err = w.object(w.Before); err != nil {
		return o, err
	}
	if o.After, err = w.object(w.After); err != nil {
		return o, err
	}
	var complete bool
	switch w.Action {
	case NoOp, Delete:
		complete = o.Before != nil
	case Create:
		complete = o.After != nil
	case Update:
		complete = o.Before != nil && o.After != nil
	}
	if !complete {
		return o, fmt.Errorf("%s: %q is not a change of an object", w.ID, w.Action)
	}
	for path, r := range w.Sources {
		if o.Sources == nil {
			o.Sources = make(resource.Sources, len(w.Sources))
		}
		if o.Sources[path], err = r.unpack(files); err != nil {
			return o, err
		}
	}
	return o, nil
}

func (w *wireObject) object(v *value) (*resource.Object, error) {
	if v == nil || v.v == nil {
		return nil, nil
	}
	m, ok := v.v.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%s is not an object", w.ID)
	}
	o := &resource.Object{Object: m}
	if id := resource.IDOf(o); id != w.ID {
		return nil, fmt.Errorf("the object of %s is %s", w.ID, id)
	}
	return o, nil
}
