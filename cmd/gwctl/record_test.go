package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gwctl/gwctl/config"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/planner"
	"github.com/gwctl/gwctl/state"
)

// plannedFrom returns the plan from what the state remembers, and the target has,
// to a configuration.
func plannedFrom(t *testing.T, prior *state.State, configuration string, f planFlags) *planner.Plan {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "main.hcl"), []byte("gwctl { name = \"shop\" }\nprovider \"xds\" {}\n"+configuration), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, diags := config.Load(context.Background(), config.Options{Dir: dir, Version: version})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	in, diags := f.planInput(&workspace{config: cfg, state: prior})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	in.Refreshed = true
	in.Live = map[string][]planner.Live{}
	in.Targets["xds"] = "store-1"
	for _, r := range prior.Resources {
		for _, o := range r.Objects {
			in.Live[r.Provider] = append(in.Live[r.Provider], planner.Live{Object: o, Revision: "1"})
		}
	}
	plan, diags := planner.Make(in)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	return plan
}

// remembered is a line for each resource: its address and what of it is live.
func remembered(st *state.State) string {
	var lines []string
	for _, r := range st.Resources {
		line := r.Address.String() + ":"
		for _, o := range r.Objects {
			spec, _ := o.Object["spec"].(map[string]any)
			endpoints, _ := spec["endpoints"].([]any)
			port := any("")
			for _, e := range endpoints {
				ip, _ := e.(map[string]any)["ip"].(map[string]any)
				port = ip["port"]
			}
			line += fmt.Sprintf(" %s:%v", o.GetName(), port)
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func backends(names ...string) string {
	var b strings.Builder
	for i, name := range names {
		fmt.Fprintf(&b, "backend %q { endpoints = [\"127.0.0.1:%d\"] }\n", name, 9001+i)
	}
	return b.String()
}

func all(string, resource.ID) bool { return true }

func TestStateAfterAnApply(t *testing.T) {
	object := func(names ...string) func(string, resource.ID) bool {
		return func(_ string, id resource.ID) bool { return slices.Contains(names, id.Name) }
	}
	for _, tc := range []struct {
		name          string
		before, after string // configurations
		flags         planFlags
		done          func(string, resource.ID) bool
		want          string
	}{
		{
			name:  "all was done",
			after: backends("a", "b"), done: all,
			want: "backend.a: a:9001\nbackend.b: b:9002",
		},
		{
			name:  "nothing was done",
			after: backends("a", "b"), done: object(),
		},
		{
			name:  "half of it was created",
			after: backends("a", "b"), done: object("a"),
			want: "backend.a: a:9001",
		},
		{
			name:   "a change that did not happen",
			before: backends("x", "a"), after: backends("a", "x"), done: object("a"),
			want: "backend.a: a:9001\nbackend.x: x:9001",
		},
		{
			name:   "a deletion",
			before: backends("a", "b"), after: backends("a"), done: all,
			want: "backend.a: a:9001",
		},
		{
			name:   "a deletion that did not happen",
			before: backends("a", "b"), after: backends("a"), done: object(),
			want: "backend.a: a:9001\nbackend.b: b:9002",
		},
		{
			name:   "a move, which no target has to do",
			before: backends("a"),
			after:  "backend \"b\" {\n  name = \"a\"\n  endpoints = [\"127.0.0.1:9001\"]\n}\nmoved {\n  from = backend.a\n  to = backend.b\n}",
			done:   all,
			want:   "backend.b: a:9001",
		},
		{
			name:   "a replacement that stopped half way has both objects",
			before: backends("a"),
			after:  "backend \"a\" {\n  name = \"new\"\n  endpoints = [\"127.0.0.1:9001\"]\n}",
			done:   object("new"),
			want:   "backend.a: new:9001 a:9001",
		},
		{
			name:   "what leaves gwctl's care",
			before: backends("a"),
			after:  "removed {\n  from = backend.a\n  lifecycle { destroy = false }\n}",
			done:   all,
		},
		{
			name:   "what -target left out stays as it was",
			before: backends("x", "a", "b"), after: backends("a", "b"), done: all,
			flags: planFlags{targets: []string{"backend.a"}},
			want:  "backend.a: a:9001\nbackend.b: b:9003\nbackend.x: x:9001",
		},
		{
			name:   "all is destroyed",
			before: backends("a", "b"), after: backends("a", "b"), done: all,
			flags: planFlags{destroy: true},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			prior := state.New("shop")
			if tc.before != "" {
				prior = record(prior, plannedFrom(t, prior, tc.before, planFlags{}), all)
			}
			before, serial := remembered(prior), prior.Serial
			next := record(prior, plannedFrom(t, prior, tc.after, tc.flags), tc.done)
			if got := remembered(next); got != tc.want {
				t.Errorf("the state remembers\n%s\nand not\n%s", got, tc.want)
			}
			if next.Serial != serial+1 || next.Targets["xds"] != "store-1" || next.Lineage == "" {
				t.Errorf("serial %d, targets %v, lineage %q", next.Serial, next.Targets, next.Lineage)
			}
			if remembered(prior) != before || prior.Serial != serial {
				t.Error("the state before was changed")
			}
		})
	}
}

func TestPlanAfterARecordIsEmpty(t *testing.T) {
	prior := state.New("shop")
	configuration := backends("a", "b", "c")
	next := record(prior, plannedFrom(t, prior, configuration, planFlags{}), all)
	plan := plannedFrom(t, next, configuration, planFlags{})
	if !plan.Empty() {
		t.Errorf("%+v", plan.Changes)
	}
	if again := record(next, plan, all); !sameRecords(next, again) {
		t.Errorf("%s\nbecame\n%s", remembered(next), remembered(again))
	}
}

func TestOutputsAreRecordedWithoutSecrets(t *testing.T) {
	prior := state.New("shop")
	prior.Outputs = map[string]state.Output{"gone": {Value: []byte(`1`)}}
	plan := plannedFrom(t, prior, `
variable "token" {
  sensitive = true
  default   = "s3cr3t"
}
output "url" { value = "http://localhost/" }
output "list" { value = [1, true, null] }
output "token" {
  value     = var.token
  sensitive = true
}
`, planFlags{})
	recordOutputs(prior, plan)
	var got []string
	for name, o := range prior.Outputs {
		got = append(got, fmt.Sprintf("%s=%s %v", name, o.Value, o.Sensitive))
	}
	slices.Sort(got)
	if want := `[list=[1,true,null] false token= true url="http://localhost/" false]`; fmt.Sprint(got) != want {
		t.Errorf("%v", got)
	}
}
