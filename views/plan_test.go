package views

import (
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/gwctl/gwctl/internal/diag"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/planner"
	"github.com/gwctl/gwctl/planner/plannertest"
)

var update = flag.Bool("update", false, "write what the tests see into their golden files")

// clock is a day in November.
func clock() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }

// scenario makes the plan of one of the planner's situations.
func scenario(t testing.TB, name string) (*planner.Plan, hcl.Diagnostics, diag.Sources) {
	t.Helper()
	archive, err := txtar.ParseFile(filepath.Join("..", "planner", "testdata", name+".txtar"))
	if err != nil {
		t.Fatal(err)
	}
	_, in := plannertest.Scenario(t, archive)
	p, diags := planner.Make(in)
	sources := diag.Sources{}
	for _, f := range archive.Files {
		if f.Name == "config.hcl" {
			sources["gateway.hcl"], _ = hclsyntax.ParseConfig(f.Data, "gateway.hcl", hcl.InitialPos)
		}
	}
	return p, diags, sources
}

// pages are all the ways in which a plan is shown.
func pages(t testing.TB, p *planner.Plan, diags hcl.Diagnostics, sources diag.Sources) []txtar.File {
	t.Helper()
	var files []txtar.File
	page := func(name string, o Options, show func(Options)) {
		var out, messages bytes.Buffer
		o.Out, o.Err, o.Version, o.Now = &out, &messages, "0.1.0", clock
		show(o)
		if messages.Len() > 0 {
			files = append(files, txtar.File{Name: name + ", stderr", Data: messages.Bytes()})
		}
		if out.Len() > 0 {
			data := out.Bytes()
			if o.JSON && name == "plan -json" {
				data = indented(t, data)
			}
			files = append(files, txtar.File{Name: name, Data: data})
		}
	}
	plan := func(o Options) {
		var err error
		if diags.HasErrors() {
			err = NewPlan(o).Failed(p, diags, sources)
		} else {
			err = NewPlan(o).Plan(p, diags, sources, "")
		}
		if err != nil {
			t.Error(err)
		}
	}
	apply := func(o Options) {
		v := NewApply(o, "apply")
		if diags.HasErrors() {
			v.Failed(diags, sources)
			return
		}
		if o.JSON {
			v.Plan(p, diags, sources)
		}
		v.Started(p)
		v.Progress(Event{Phase: "routes", Message: "public: 2 of 3 Envoys have the new routes"})
		v.Summary([]string{"public: revision 42: 3 of 3 Envoys acknowledged in 18 ms"})
		v.Done(p, []Output{{Name: "url", Value: "https://shop.example.com"}, {Name: "token", Sensitive: true}})
	}
	page("plan", Options{}, plan)
	if !diags.HasErrors() {
		page("plan -concise", Options{Concise: true}, plan)
		page("apply", Options{}, apply)
		page("apply -json", Options{JSON: true}, apply)
	}
	page("plan -json", Options{JSON: true}, plan)
	return files
}

func indented(t testing.TB, data []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := json.Indent(&out, data, "", " "); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func golden(t *testing.T, name string, files []txtar.File) {
	t.Helper()
	path := filepath.Join("testdata", name+".txtar")
	got := txtar.Format(&txtar.Archive{Files: files})
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s shows something else (-update writes it):\n%s", path, diff)
	}
}

func TestPlansAndAppliesLookLikeThis(t *testing.T) {
	for _, name := range []string{
		"create_all", "weights", "insert_rule", "reorder_rules", "remove_block", "destroy", "drift", "drift_gone_and_unwanted",
		"moved", "moved_same_object", "moved_and_changed", "removed", "renamed", "maps_and_lists", "list_order", "matches",
		"traffic", "outputs", "no_changes", "refresh_only", "refresh_off", "target", "unowned", "unowned_adopt",
		"state_lost", "state_lost_adopt", "prevent_destroy_destroy", "for_each_key", "shared_object_left", "service_from_endpoints",
	} {
		t.Run(name, func(t *testing.T) {
			p, diags, sources := scenario(t, name)
			files := pages(t, p, diags, sources)
			if !slices.Contains([]string{"weights", "moved", "unowned", "outputs", "for_each_key"}, name) {
				files = slices.DeleteFunc(files, func(f txtar.File) bool { return strings.HasSuffix(f.Name, "-json") })
			}
			golden(t, name, files)
		})
	}
}

func TestASavedPlanShowsAsTheOneJustMade(t *testing.T) {
	files, err := filepath.Glob("../planner/testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no scenarios", err)
	}
	for _, file := range files {
		p, diags, sources := scenario(t, strings.TrimSuffix(filepath.Base(file), ".txtar"))
		saved, err := planner.Decode(planner.Encode(p))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(pages(t, p, diags, sources), pages(t, saved, diags, sources)); diff != "" {
			t.Errorf("%s:\n%s", file, diff)
		}
	}
}

var escapes = regexp.MustCompile("\x1b\\[[0-9;]*m")

func TestColourChangesNoWord(t *testing.T) {
	p, diags, sources := scenario(t, "traffic")
	show := func(color bool) string {
		var out bytes.Buffer
		if err := NewPlan(Options{Out: &out, Err: io.Discard, Color: color}).Plan(p, diags, sources, "x.plan"); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	plain, colored := show(false), show(true)
	if strings.Contains(plain, "\x1b") {
		t.Error("there are escape sequences without colour")
	}
	if !strings.Contains(colored, "\x1b[32m+") {
		t.Errorf("what is added is not green:\n%q", colored)
	}
	if diff := cmp.Diff(plain, escapes.ReplaceAllString(colored, "")); diff != "" {
		t.Error(diff)
	}
}

func TestNamesCannotSteerTheTerminal(t *testing.T) {
	evil := "a\x1b[2Jb\a\u202e"
	p := &planner.Plan{
		Refreshed: true,
		Changes: []planner.ResourceChange{{
			Address: resource.Address{Kind: "backend", Name: evil, Key: "[\"" + evil + "\"]"}, Action: planner.Create, Reason: evil,
			After: &resource.Block{Type: "backend", Label: evil, Attrs: []resource.Attr{
				{Name: "s", Value: evil},
				{Name: "m", Value: map[string]any{evil: []any{evil}}},
				{Name: "r", Value: resource.Ref{ID: resource.ID{Name: evil}}},
			}},
		}},
		Traffic: []planner.TrafficChange{{Match: evil, Change: evil}},
	}
	for _, f := range pages(t, p, nil, nil) {
		if !strings.HasSuffix(f.Name, "-json") && bytes.ContainsAny(f.Data, "\x1b\a\u202e") {
			t.Errorf("%s has control characters: %q", f.Name, f.Data)
		}
	}
}

func TestApplyJSONIsOneObjectALine(t *testing.T) {
	p, diags, sources := scenario(t, "traffic")
	files := pages(t, p, diags, sources)
	i := slices.IndexFunc(files, func(f txtar.File) bool { return f.Name == "apply -json" })
	types := map[string]bool{}
	for line := range strings.Lines(string(files[i].Data)) {
		var m map[string]any
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		for _, key := range []string{"@level", "@message", "@timestamp", "type"} {
			if s, ok := m[key].(string); !ok || s == "" {
				t.Errorf("there is no %s: %s", key, line)
			}
		}
		types[m["type"].(string)] = true
	}
	for _, typ := range []string{"version", "planned_change", "traffic_change", "change_summary", "apply_start", "apply_progress", "outputs"} {
		if !types[typ] {
			t.Errorf("there is no %s", typ)
		}
	}
}

func TestApplyJSONSaysWhatIsCompleteInTheWordsOfItsBeginning(t *testing.T) {
	a := resource.Address{Kind: "backend", Name: "orders"}
	p := &planner.Plan{Changes: []planner.ResourceChange{{Address: a, Provider: "xds.eu", Action: planner.Update}}}
	var out bytes.Buffer
	v := NewApply(Options{JSON: true, Out: &out}, "apply")
	v.Started(p)
	v.Progress(Event{Address: a, Phase: "update", Message: "Update complete", Done: true})
	hooks := map[string]hookLine{}
	for line := range strings.Lines(out.String()) {
		var m message
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatal(err)
		}
		if m.Hook != nil {
			hooks[m.Type] = *m.Hook
		}
	}
	complete := hooks["apply_complete"]
	if !complete.Done || complete.Resource == nil {
		t.Fatalf("got %s", out.String())
	}
	complete.Done = false
	if diff := cmp.Diff(hooks["apply_start"], complete); diff != "" || complete.Resource.ImpliedProvider != "xds.eu" || complete.Action != "update" {
		t.Errorf("it begins otherwise than it ends:\n%s", out.String())
	}
}
