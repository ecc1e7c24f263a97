package planner_test

import (
	"path/filepath"
	"testing"

	"github.com/gwctl/gwctl/config"
	"github.com/gwctl/gwctl/config/kinds"
	"github.com/gwctl/gwctl/internal/diag"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/planner"
	"github.com/gwctl/gwctl/planner/plannertest"
)

// examplesInput is the input of a plan of one of the examples, with gwctl's
// own kinds.
func examplesInput(t testing.TB, w *plannertest.World, dir string, variables ...string) planner.Input {
	t.Helper()
	opts := config.Options{Dir: dir, Version: "0.1.0"}
	for _, v := range variables {
		opts.Inputs = append(opts.Inputs, config.Input{Var: v})
	}
	cfg, diags := config.Load(t.Context(), opts)
	if diags.HasErrors() {
		t.Fatal(diag.Text(diags, cfg.Sources))
	}
	in := w.Input(cfg.Resources)
	in.Codec, in.Sources = kinds.Codec{}, kinds.Sources
	for _, m := range cfg.Moved {
		in.Moved = append(in.Moved, planner.Moved{From: m.From, To: m.To, Range: m.Range})
	}
	in.Looked = nil // what others own may be there
	return in
}

// exampleFolders are the configurations of ../examples: those at the top of an
// example or, where there is none, those of its folders.
func exampleFolders(t testing.TB) []string {
	t.Helper()
	examples, err := filepath.Glob("../examples/*")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, dir := range examples {
		for _, pattern := range []string{"main.hcl", "*/main.hcl"} {
			files, err := filepath.Glob(filepath.Join(dir, pattern))
			if err != nil {
				t.Fatal(err)
			}
			for _, file := range files {
				out = append(out, filepath.Dir(file))
			}
			if len(files) > 0 {
				break
			}
		}
	}
	return out
}

func mustPlan(t testing.TB, in planner.Input) *planner.Plan {
	t.Helper()
	p, diags := planner.Make(in)
	if len(diags) > 0 {
		t.Fatal(diag.Text(diags, nil))
	}
	return p
}

func TestThePlanOfAnAppliedExampleIsEmpty(t *testing.T) {
	for _, dir := range exampleFolders(t) {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			w := plannertest.NewWorld()
			first := mustPlan(t, examplesInput(t, w, dir))
			if first.Counts().Add == 0 {
				t.Fatal("nothing is added")
			}
			w.Apply(t, first)
			again := mustPlan(t, examplesInput(t, w, dir))
			if !again.Empty() {
				t.Errorf("a plan after the apply is not empty:\n%s", describe(again, nil))
			}

			// The state is lost: all of it is found again.
			in := examplesInput(t, w, dir)
			in.Prior, in.StateSerial, in.Owner.Lineage, in.Adopt = nil, 0, "lineage-new", true
			found, diags := planner.Make(in)
			if c := found.Counts(); diags.HasErrors() || c.Adopt != first.Counts().Add || c.Add+c.Change+c.Destroy > 0 {
				t.Errorf("the state is not rebuilt:\n%s", describe(found, diags))
			}

			// As the objects come back from JSON.
			for i, l := range w.Live["xds"] {
				data, err := l.Object.MarshalJSON()
				if err != nil {
					t.Fatal(err)
				}
				var o resource.Object
				if err := o.UnmarshalJSON(data); err != nil {
					t.Fatal(err)
				}
				w.Live["xds"][i].Object = &o
			}
			if again := mustPlan(t, examplesInput(t, w, dir)); !again.Empty() {
				t.Errorf("a plan after the apply is not empty:\n%s", describe(again, nil))
			}

			destroy := examplesInput(t, w, dir)
			destroy.Mode = planner.Destroy
			w.Apply(t, mustPlan(t, destroy))
			if len(w.Live["xds"]) > 0 || len(w.Records) > 0 {
				t.Errorf("%d objects and %d records outlive destroy", len(w.Live["xds"]), len(w.Records))
			}
		})
	}
}

func TestAWeightOfTheExampleIsOneChange(t *testing.T) {
	const dir = "../examples/canary-by-variable"
	w := plannertest.NewWorld()
	w.Apply(t, mustPlan(t, examplesInput(t, w, dir, "v2_weight=10")))
	p := mustPlan(t, examplesInput(t, w, dir, "v2_weight=50"))
	const want = `traffic: checkout.example.com /: checkout_v2 10% -> 50%
no-op backend.checkout_v1
no-op backend.checkout_v2
no-op gateway.public
update http_route.checkout: changed in the configuration
  ~ rule all
    ~ forward backend.checkout_v1
      ~ weight: 90 -> 50
    ~ forward backend.checkout_v2
      ~ weight: 10 -> 50
object: no-op Backend default/checkout-v1 at 1
object: no-op Backend default/checkout-v2 at 2
object: no-op Gateway default/public at 3
object: update HTTPRoute default/checkout at 4
plan: 0 to add, 1 to change, 0 to destroy
`
	if got := describe(p, nil); got != want {
		t.Errorf("another plan:\n%s", got)
	}
}
