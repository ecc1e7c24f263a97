package planner_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/gwctl/gwctl/planner"
	"github.com/gwctl/gwctl/planner/plannertest"
)

var update = flag.Bool("update", false, "write what the tests see into their golden files")

// TestScenarios plans each situation of testdata and compares with its "want".
func TestScenarios(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no scenarios", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			world, in := plannertest.Scenario(t, archive)
			p, diags := planner.Make(in)
			got := describe(p, diags)
			checkGolden(t, file, archive, got)
			if p.Applyable() && in.Mode == planner.Normal && !p.Targeted {
				world.Records = in.Prior
				checkEmptyAfterwards(t, world, p, in)
			}
		})
	}
}

// checkEmptyAfterwards applies the plan and makes it again.
func checkEmptyAfterwards(t *testing.T, w *plannertest.World, p *planner.Plan, in planner.Input) {
	t.Helper()
	w.Apply(t, p)
	again := w.Input(in.Desired)
	again.Outputs = in.Outputs
	p, diags := planner.Make(again)
	if !p.Empty() || len(p.Drift) > 0 || len(diags) > 0 {
		t.Errorf("a plan after the apply is not empty:\n%s", describe(p, diags))
	}
}

func checkGolden(t *testing.T, file string, archive *txtar.Archive, got string) {
	t.Helper()
	i := slices.IndexFunc(archive.Files, func(f txtar.File) bool { return f.Name == "want" })
	if *update {
		if i < 0 {
			archive.Files = append(archive.Files, txtar.File{Name: "want"})
			i = len(archive.Files) - 1
		}
		archive.Files[i].Data = []byte(got)
		if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want := ""
	if i >= 0 {
		want = string(archive.Files[i].Data)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("another plan than in %s (-update writes it):\n%s", file, diff)
	}
}

// describe writes all that a plan says, a line each.
func describe(p *planner.Plan, diags hcl.Diagnostics) string {
	var b strings.Builder
	for _, d := range diags {
		word := "error"
		if d.Severity == hcl.DiagWarning {
			word = "warning"
		}
		place := ""
		if d.Subject != nil {
			place = fmt.Sprintf(" (line %d)", d.Subject.Start.Line)
		}
		fmt.Fprintf(&b, "%s%s: %s: %s\n", word, place, d.Summary, d.Detail)
	}
	for _, t := range p.Traffic {
		fmt.Fprintf(&b, "traffic: %s: %s\n", t.Match, t.Change)
	}
	for _, l := range p.Limits {
		fmt.Fprintf(&b, "limits: %s %s: %v -> %v\n", l.Route, l.At, l.Before, l.After)
	}
	for _, c := range p.Drift {
		describeChange(&b, "drift: ", c)
	}
	for _, c := range p.Changes {
		describeChange(&b, "", c)
	}
	for _, oc := range p.Objects {
		fmt.Fprintf(&b, "object: %s %s", oc.Action, oc.ID)
		if oc.Revision != "" {
			fmt.Fprintf(&b, " at %s", oc.Revision)
		}
		for i, id := range oc.Needs {
			fmt.Fprintf(&b, "%s%s", []string{", after ", " and "}[min(i, 1)], id)
		}
		if oc.Action == planner.NoOp && oc.After != nil {
			b.WriteString(", to be remembered")
		}
		b.WriteString("\n")
	}
	for _, name := range slices.Sorted(maps.Keys(p.Outputs)) {
		fmt.Fprintf(&b, "output: %s %s\n", p.Outputs[name].Action, name)
	}
	c := p.Counts()
	fmt.Fprintf(&b, "plan: %d to add, %d to change, %d to destroy", c.Add, c.Change, c.Destroy)
	if p.Empty() {
		b.WriteString("; empty")
	}
	b.WriteString("\n")
	return b.String()
}

func describeChange(b *strings.Builder, prefix string, c planner.ResourceChange) {
	fmt.Fprintf(b, "%s%s %s", prefix, c.Action, c.Address)
	if !c.Previous.IsZero() {
		fmt.Fprintf(b, " (was %s)", c.Previous)
	}
	if c.Adopted {
		b.WriteString(" (adopted)")
	}
	if c.Reason != "" {
		b.WriteString(": " + c.Reason)
	}
	b.WriteString("\n")
	if c.Action == planner.Update {
		describeDiff(b, planner.Diff(c.Before, c.After), "  ")
	}
}

func describeDiff(b *strings.Builder, d *planner.BlockDiff, indent string) {
	symbol := map[planner.Action]string{planner.Create: "+", planner.Delete: "-", planner.Update: "~"}
	for _, a := range d.Attrs {
		if len(a.Elements) == 0 && !a.Reordered {
			fmt.Fprintf(b, "%s%s %s: %v -> %v\n", indent, symbol[a.Action], a.Name, a.Before, a.After)
		}
		for _, e := range a.Elements {
			fmt.Fprintf(b, "%s%s %s[%s]: %v -> %v\n", indent, symbol[e.Action], a.Name, e.Key, e.Before, e.After)
		}
		if a.Reordered {
			fmt.Fprintf(b, "%s%s: another order\n", indent, a.Name)
		}
	}
	for _, n := range d.Blocks {
		fmt.Fprintf(b, "%s%s %s %s%s\n", indent, symbol[n.Action], n.Type, n.Label, n.Key)
		describeDiff(b, n, indent+"  ")
	}
	for _, o := range d.Orders {
		fmt.Fprintf(b, "%sorder of %s: %v -> %v\n", indent, o.Type, o.Before, o.After)
	}
	for _, u := range d.UnchangedBlocks {
		fmt.Fprintf(b, "%s= %d %s unchanged\n", indent, u.Count, u.Type)
	}
}
