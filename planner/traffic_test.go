package planner_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/gwctl/gwctl/config"
	"github.com/gwctl/gwctl/config/kinds"
	"github.com/gwctl/gwctl/internal/diag"
	"github.com/gwctl/gwctl/planner"
	"github.com/gwctl/gwctl/planner/plannertest"
)

// TestTraffic plans with gwctl's own kinds: what is live by before.hcl, and by
// another owner's foreign.hcl, becomes what after.hcl says.
func TestTraffic(t *testing.T) {
	files, err := filepath.Glob("testdata/traffic/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no situations", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			sources := map[string][]byte{}
			for _, f := range archive.Files {
				sources[f.Name] = f.Data
			}
			w := plannertest.NewWorld()
			if src := sources["foreign.hcl"]; src != nil {
				other := plannertest.NewWorld()
				other.Owner = planner.Owner{Name: "team-b", Lineage: "lineage-b"}
				other.Apply(t, mustMake(t, writtenInput(t, other, src)))
				w.Live = other.Live
			}
			if src := sources["before.hcl"]; src != nil {
				w.Apply(t, mustMake(t, writtenInput(t, w, src)))
			}
			for i, l := range w.Live["xds"] { // each a minute younger
				o := l.Object.DeepCopy()
				metadata := o.Object["metadata"].(map[string]any)
				metadata["creationTimestamp"] = fmt.Sprintf("2026-01-01T00:%02d:00Z", i)
				w.Live["xds"][i].Object = o
			}
			p, diags := planner.Make(writtenInput(t, w, sources["after.hcl"]))
			text := describe(p, diags)
			var kept []string
			for line := range strings.Lines(text) {
				if strings.HasPrefix(line, "traffic: ") || strings.HasPrefix(line, "warning") || strings.HasPrefix(line, "error") {
					kept = append(kept, line)
				}
			}
			checkGolden(t, file, archive, strings.Join(kept, ""))
		})
	}
}

func writtenInput(t *testing.T, w *plannertest.World, src []byte) planner.Input {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string][]byte{"main.hcl": src, "provider.hcl": []byte("provider \"xds\" {}\n")} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cfg, diags := config.Load(t.Context(), config.Options{Dir: dir, Version: "0.1.0"})
	if diags.HasErrors() {
		t.Fatal(diag.Text(diags, cfg.Sources))
	}
	in := w.Input(cfg.Resources)
	in.Codec, in.Sources = kinds.Codec{}, kinds.Sources
	return in
}

func mustMake(t *testing.T, in planner.Input) *planner.Plan {
	t.Helper()
	p, diags := planner.Make(in)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	return p
}
