package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/hashicorp/hcl/v2"

	"github.com/gwctl/gwctl/config"
	"github.com/gwctl/gwctl/config/kinds"
	"github.com/gwctl/gwctl/internal/crd"
	"github.com/gwctl/gwctl/internal/diag"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/planner"
	"github.com/gwctl/gwctl/providers"
	"github.com/gwctl/gwctl/state"
)

// dataDir is for what gwctl may forget: it is not committed.
const dataDir = ".gwctl"

// workspace is one folder: its configuration, state and targets.
type workspace struct {
	config  *config.Config
	store   state.Store
	state   *state.State // nil when none was ever written
	targets []target
	back    bool // on the way back to what was applied before
}

// loadConfig reads and validates the configuration of the current folder.
func (c *cli) loadConfig(ctx context.Context, vars variableFlags, input bool) (*config.Config, hcl.Diagnostics) {
	cfg, diags := c.parseConfig(ctx, vars, input)
	return cfg, diag.Tidy(append(diags, validate(ctx, cfg)...))
}

// parseConfig reads the configuration of the current folder.
func (c *cli) parseConfig(ctx context.Context, vars variableFlags, input bool) (*config.Config, hcl.Diagnostics) {
	opts := config.Options{
		Dir:     ".",
		Inputs:  vars.given,
		Environ: c.Env,
		Version: version,
	}
	if input {
		opts.Ask = c.askVariable()
	}
	return config.Load(ctx, opts)
}

// validate says what the API server would refuse, and what an xDS server would.
func validate(ctx context.Context, cfg *config.Config) hcl.Diagnostics {
	if len(cfg.Resources) == 0 {
		return nil
	}
	cache := crd.LoadCache(filepath.Join(dataDir, "validated"))
	diags := examine(ctx, cfg, cache)
	if err := cache.Save(); err != nil {
		diags = append(diags, &hcl.Diagnostic{
			Severity: hcl.DiagWarning,
			Summary:  "Validated objects cannot be remembered",
			Detail:   fmt.Sprintf("The next plan validates all of them again: %s.", err),
		})
	}
	return diags
}

// examine looks at what the cache does not remember; a nil cache remembers
// nothing.
func examine(ctx context.Context, cfg *config.Config, cache *crd.Cache) hcl.Diagnostics {
	var untranslated hcl.Diagnostics
	var translation sync.WaitGroup
	translation.Go(func() { untranslated = untranslatable(ctx, cfg, cache) })
	diags := kinds.Validate(ctx, cfg.Resources, cache)
	translation.Wait()
	diags = append(diags, elsewhere(diags, untranslated)...)
	diags = append(diags, conflictingPolicies(cfg)...)
	diags = append(diags, warnUnserved(cfg)...)
	diags = append(diags, warnShadowed(cfg)...)
	return append(diags, warnUnpermitted(cfg)...)
}

// askVariable asks for a variable that has no value; nil where nobody can answer.
func (c *cli) askVariable() config.AskFunc {
	if f, ok := c.In.(*os.File); !ok || width(f) == 0 {
		return nil
	}
	return func(ctx context.Context, name, description string) (string, error) {
		if description != "" {
			description = "\n  " + description
		}
		return c.ask(ctx, fmt.Sprintf("var.%s%s\n\n  Enter a value: ", name, description))
	}
}

// openStore returns the store that the configuration names. A new store is a
// case here and a schema in config.
func (c *cli) openStore(cfg *config.Config) (state.Store, error) {
	opts := state.Options{Owner: cfg.Owner}
	switch cfg.State.Type {
	case "file":
		return state.File(cfg.State.Text("path"), opts), nil
	case "kubernetes":
		return c.openClusterStore(cfg.State, opts)
	default:
		return nil, fmt.Errorf("state %q is not supported: this version of gwctl has \"file\" and \"kubernetes\"", cfg.State.Type)
	}
}

// holdsState reports whether a file is the state, or its backup.
func (w *workspace) holdsState(path string) bool {
	if w.config.State.Type != "file" {
		return false
	}
	state := w.config.State.Text("path")
	return sameFile(path, state) || sameFile(path, state+".backup")
}

// settingsOf is what a saved plan keeps of the configuration, so that it
// applies without it.
func settingsOf(cfg *config.Config) planner.Settings {
	s := planner.Settings{State: labelled(cfg.State), Providers: map[string]*resource.Block{}}
	for _, p := range cfg.Providers {
		s.Providers[p.Key] = labelled(p.Target)
	}
	return s
}

func labelled(t config.Target) *resource.Block {
	return &resource.Block{Label: t.Type, Attrs: t.Block.Attrs}
}

// configOf is the way back from settingsOf.
func configOf(plan *planner.Plan) *config.Config {
	target := func(b *resource.Block) config.Target { return config.Target{Type: b.Label, Block: b} }
	cfg := &config.Config{Owner: plan.Owner.Name, State: target(plan.Settings.State), Sources: sourcesIn(plan)}
	for _, key := range slices.Sorted(maps.Keys(plan.Settings.Providers)) {
		cfg.Providers = append(cfg.Providers, config.Provider{Target: target(plan.Settings.Providers[key]), Key: key})
	}
	return cfg
}

// open loads the configuration.
func (c *cli) open(ctx context.Context, f *planFlags) (*workspace, hcl.Diagnostics) {
	cfg, diags := c.loadConfig(ctx, f.variables, f.input && !f.json)
	return &workspace{config: cfg}, diags
}

// readStore opens the store and reads it.
func (c *cli) readStore(ctx context.Context, w *workspace) (err error) {
	if w.store, err = c.openStore(w.config); err == nil {
		w.state, err = w.store.Read(ctx)
	}
	return err
}

// loadSettings reads where state and targets are, and nothing else.
func (c *cli) loadSettings(ctx context.Context, vars variableFlags) (*config.Config, hcl.Diagnostics) {
	return config.LoadSettings(ctx, config.Options{Dir: ".", Inputs: vars.given, Environ: c.Env, Version: version})
}

// plan makes a plan; with refresh it reads the targets.
func (c *cli) plan(ctx context.Context, w *workspace, f *planFlags) (*planner.Plan, hcl.Diagnostics) {
	in, diags := f.planInput(w)
	if diags.HasErrors() {
		return nil, diags
	}
	in.Refreshed = f.refresh
	if f.refresh {
		more := c.refresh(ctx, w, &in)
		diags = append(diags, more...)
		if more.HasErrors() {
			return nil, diags
		}
		if !f.destroy {
			diags = append(diags, warnMissing(w.config, &in)...)
		}
	}
	plan, more := planner.Make(in)
	diags = append(diags, more...)
	if !diags.HasErrors() && f.refresh {
		diags = append(diags, rehearse(ctx, w.targets, plan, f.parallelism, func() { trace(plan, in) })...)
	}
	return plan, diags
}

// trace finds where the fields of a plan's objects were written, for a plan
// that was made without.
func trace(plan *planner.Plan, in planner.Input) {
	if in.Sources != nil {
		return
	}
	in.Sources = kinds.Sources
	traced, _ := planner.Make(in) // the same but for that
	for i := range plan.Objects {
		plan.Objects[i].Sources = traced.Objects[i].Sources
	}
}

// rehearse has the targets that can say so check what the plan would change. It
// calls trace where there is something to point at.
func rehearse(ctx context.Context, targets []target, plan *planner.Plan, parallelism int, trace func()) hcl.Diagnostics {
	var diags hcl.Diagnostics
	for _, t := range targets {
		r, ok := t.provider.(providers.Rehearser)
		if !ok || !touches(plan, t.key) {
			continue
		}
		doubts, err := r.Rehearse(ctx, plan, parallelism)
		if err != nil || len(doubts) > 0 {
			trace()
		}
		if err != nil {
			plan.Errored, plan.Refused = true, true
			diags = append(diags, explain(plan, err)...)
		}
		for _, d := range doubts {
			diags = append(diags, explainDoubt(plan, d))
		}
	}
	return diags
}

// refresh reads what is live into the input of a plan. Targets that no resource
// uses are read too: where the state was lost, only they know what is owned.
func (c *cli) refresh(ctx context.Context, w *workspace, in *planner.Input) hcl.Diagnostics {
	used := keysInUse(w.config, w.state)
	keys := maps.Clone(used)
	for _, p := range w.config.Providers {
		keys[p.Key] = true
		if w.back && w.state != nil && w.state.Targets[p.Key] != "" {
			used[p.Key] = true // also if everything there was destroyed
		}
	}
	before := map[string]string{}
	if w.state != nil {
		for key := range used {
			before[key] = w.state.Targets[key]
		}
	}
	var diags hcl.Diagnostics
	if w.targets, diags = c.openTargets(ctx, w.config, before, keys); diags.HasErrors() {
		return diags
	}
	if err := readTargets(ctx, w.targets, w.config, w.state, in); err != nil {
		return append(diags, explainError(err)...)
	}
	// One without anything of this owner may still become another one.
	w.targets = slices.DeleteFunc(w.targets, func(t target) bool { return !used[t.key] && len(in.Live[t.key]) == 0 })
	for _, t := range w.targets {
		in.Targets[t.key] = t.identity
	}
	return diags
}

// planInput is the input of a plan before anything live was read.
func (f *planFlags) planInput(w *workspace) (planner.Input, hcl.Diagnostics) {
	in := planner.Input{
		Version:      version,
		Owner:        planner.Owner{Name: w.config.Owner},
		Adopt:        f.adopt,
		Targets:      map[string]string{},
		Desired:      w.config.Resources,
		Moved:        moves(w.config.Moved),
		Removed:      removals(w.config.Removed),
		Imports:      imports(w.config.Imports),
		Data:         data(w.config.Data),
		AllowDestroy: f.allowDestroy,
		Outputs:      outputs(w.config),
		Variables:    w.config.Variables,
		Codec:        kinds.Codec{},
		Labels:       labelsOf(w.config),
	}
	if !f.onlyShown {
		in.Sources = kinds.Sources
	}
	switch {
	case f.destroy:
		in.Mode = planner.Destroy
	case f.refreshOnly:
		in.Mode = planner.RefreshOnly
	}
	if w.state == nil {
		in.Owner.Lineage = state.NewLineage()
	} else {
		in.Owner.Lineage = w.state.Lineage
		in.StateLineage, in.StateSerial = w.state.Lineage, w.state.Serial
		in.Prior = records(w.state)
		in.PriorOutputs = priorOutputs(w.state)
	}
	var diags hcl.Diagnostics
	in.Only, diags = addresses("-target", f.targets)
	exclude, more := addresses("-exclude", f.excludes)
	in.Exclude = exclude
	force, evenMore := addresses("-force-conflicts", f.force)
	in.Force = force
	return in, slices.Concat(diags, more, evenMore)
}

func addresses(flag string, given []string) ([]resource.Address, hcl.Diagnostics) {
	var out []resource.Address
	var diags hcl.Diagnostics
	for _, s := range given {
		a, err := resource.ParseTarget(s)
		if err != nil {
			diags = append(diags, &hcl.Diagnostic{
				Severity: hcl.DiagError,
				Summary:  "Not an address",
				Detail:   fmt.Sprintf("%s: %s.", flag, err),
			})
			continue
		}
		out = append(out, a)
	}
	return out, diags
}

// outputs converts the configuration's outputs; of sensitive ones it drops the value.
func outputs(cfg *config.Config) map[string]planner.Output {
	out := map[string]planner.Output{}
	for _, o := range cfg.Outputs {
		if o.Sensitive {
			out[o.Name] = planner.Output{Sensitive: true}
			continue
		}
		out[o.Name] = planner.Output{Value: o.Plain()}
	}
	return out
}

func moves(given []config.Moved) []planner.Moved {
	out := make([]planner.Moved, len(given))
	for i, m := range given {
		out[i] = planner.Moved(m)
	}
	return out
}

func imports(given []config.Import) []planner.Import {
	out := make([]planner.Import, len(given))
	for i, im := range given {
		out[i] = planner.Import(im)
	}
	return out
}

func data(given []config.Data) []planner.Data {
	out := make([]planner.Data, len(given))
	for i, d := range given {
		out[i] = planner.Data(d)
	}
	return out
}

func removals(given []config.Removed) []planner.Removed {
	out := make([]planner.Removed, len(given))
	for i, r := range given {
		out[i] = planner.Removed(r)
	}
	return out
}
