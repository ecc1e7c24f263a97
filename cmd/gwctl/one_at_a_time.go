package main

import (
	"sync"

	"github.com/hashicorp/hcl/v2"

	"github.com/gwctl/gwctl/internal/diag"
	"github.com/gwctl/gwctl/planner"
	"github.com/gwctl/gwctl/views"
)

// oneAtATime serializes the calls of a view: interrupts come at any time.
type oneAtATime struct {
	mu   sync.Mutex
	view views.Apply
}

func (v *oneAtATime) show(call func()) {
	v.mu.Lock()
	defer v.mu.Unlock()
	call()
}

func (v *oneAtATime) Plan(p *planner.Plan, diags hcl.Diagnostics, sources diag.Sources) {
	v.show(func() { v.view.Plan(p, diags, sources) })
}
func (v *oneAtATime) Started(p *planner.Plan) { v.show(func() { v.view.Started(p) }) }
func (v *oneAtATime) Progress(e views.Event)  { v.show(func() { v.view.Progress(e) }) }
func (v *oneAtATime) Note(text string)        { v.show(func() { v.view.Note(text) }) }
func (v *oneAtATime) Summary(lines []string)  { v.show(func() { v.view.Summary(lines) }) }
func (v *oneAtATime) Interrupted()            { v.show(v.view.Interrupted) }
func (v *oneAtATime) Done(p *planner.Plan, outputs []views.Output) {
	v.show(func() { v.view.Done(p, outputs) })
}

func (v *oneAtATime) Failed(diags hcl.Diagnostics, sources diag.Sources) {
	v.show(func() { v.view.Failed(diags, sources) })
}
