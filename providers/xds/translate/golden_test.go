package translate_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gwctl/gwctl/internal/envoy"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/providers/xds/translate"
	"github.com/rogpeppe/go-internal/txtar"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"k8s.io/apimachinery/pkg/util/yaml"
)

var update = flag.Bool("update", false, "write the golden files")

// TestGolden compares what objects become with what is in the files, and asks
// Envoy whether it takes it.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			objects := archive.Files[0]
			if objects.Name != "objects.yaml" {
				t.Fatalf("the first file is %s, not objects.yaml", objects.Name)
			}
			translator := translate.NewTranslator()
			if _, at, told := strings.Cut(string(archive.Comment), "The limiter is at "); told {
				translator.Limiter = strings.TrimRight(at, ".\n")
			}
			result := translator.Translate(parse(t, objects.Data))
			files := []txtar.File{objects, {Name: "problems.txt", Data: problems(result)}, {Name: "status.txt", Data: status(result)}}
			for _, name := range sortedKeys(result.Gateways) {
				s := result.Gateways[name]
				files = append(files, txtar.File{Name: strings.ReplaceAll(name, "/", "-") + ".json", Data: render(t, s)})
				if err := envoy.Validate(t.Context(), "", staticBootstrap(t, s)); err != nil {
					t.Error(err)
				}
			}
			if len(result.Limits) > 0 {
				files = append(files, txtar.File{Name: "limits.json", Data: limits(t, result)})
			}
			if *update {
				archive.Files = files
				if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			got := txtar.Format(&txtar.Archive{Files: files})
			want := txtar.Format(&txtar.Archive{Files: archive.Files})
			if !bytes.Equal(got, want) {
				t.Errorf("translation is not as in %s; run the test with -update and look at the difference\n%s", file, firstDifference(got, want))
			}
		})
	}
}

// parse reads objects from YAML documents, each a second younger than the one
// before.
func parse(t testing.TB, data []byte) []translate.Object {
	t.Helper()
	var out []translate.Object
	created := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for document := range strings.SplitSeq(string(data), "\n---\n") {
		o := &resource.Object{}
		if err := yaml.Unmarshal([]byte(document), &o.Object); err != nil {
			t.Fatal(err)
		}
		created = created.Add(time.Second)
		out = append(out, translate.Object{Object: o, Created: created})
	}
	return out
}

func problems(result translate.Result) []byte {
	var b bytes.Buffer
	for _, p := range result.Problems {
		fmt.Fprintf(&b, "%s %s: %s\n", p.ID, p.Path, p.Message)
	}
	return b.Bytes()
}

func status(result translate.Result) []byte {
	var b bytes.Buffer
	conditions := func(who string, list []translate.Condition) {
		fmt.Fprintf(&b, "%s:", who)
		for _, c := range list {
			fmt.Fprintf(&b, " %s=%t/%s", c.Type, c.Status, c.Reason)
			if c.Message != "" {
				fmt.Fprintf(&b, "(%s)", c.Message)
			}
		}
		b.WriteString("\n")
	}
	var ids []resource.ID
	for id := range result.Status.All() {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, resource.ID.Compare)
	for _, id := range ids {
		s := result.Status.Of(id)
		if len(s.Conditions) > 0 {
			who := id.String()
			if s.AttachedListenerSets > 0 {
				who += fmt.Sprintf(" with %d sets", s.AttachedListenerSets)
			}
			conditions(who, s.Conditions)
		}
		for _, a := range s.Ancestors {
			fmt.Fprintf(&b, "%s matters to %s\n", id, a)
		}
		for _, l := range s.Listeners {
			conditions(fmt.Sprintf("%s, listener %s with %d routes", id, l.Name, l.AttachedRoutes), l.Conditions)
		}
		for _, p := range s.Parents {
			at := strings.Trim(fmt.Sprintf("%s %s %d", p.Parent, p.SectionName, p.Port), " 0")
			conditions(fmt.Sprintf("%s at %s", id, strings.Join(strings.Fields(at), " ")), p.Conditions)
		}
	}
	return b.Bytes()
}

// render shows resources as JSON. What wire formats leave open, such as spaces,
// is normalized.
func render(t testing.TB, s *translate.Snapshot) []byte {
	t.Helper()
	out := map[translate.Type]map[string]any{}
	for typ, resources := range s.Resources {
		out[typ] = map[string]any{}
		for name, r := range resources {
			body, err := protojson.Marshal(decodeResource(t, r))
			if err != nil {
				t.Fatal(err)
			}
			shown := map[string]any{"body": json.RawMessage(body)}
			if len(r.Clusters) > 0 {
				shown["clusters"] = r.Clusters
			}
			var origins []string
			for _, o := range r.Origins() {
				origins = append(origins, o.ID.String()+" "+o.Path)
			}
			shown["origins"] = origins
			out[typ][name] = shown
		}
	}
	b, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(b, '\n')
}

// limits shows what the limiter is told, as JSON.
func limits(t testing.TB, result translate.Result) []byte {
	t.Helper()
	out := map[string]json.RawMessage{}
	for domain, r := range result.Limits {
		body, err := protojson.Marshal(decodeResource(t, r))
		if err != nil {
			t.Fatal(err)
		}
		out[domain] = body
	}
	b, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(b, '\n')
}

func decodeResource(t testing.TB, r *translate.Resource) proto.Message {
	t.Helper()
	m := newMessage(r.Type)
	if err := proto.Unmarshal(r.Body, m); err != nil {
		t.Fatalf("%s %s: %v", r.Type, r.Name, err)
	}
	return m
}

func firstDifference(got, want []byte) string {
	g, w := strings.Split(string(got), "\n"), strings.Split(string(want), "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return fmt.Sprintf("line %d:\n got %s\nwant %s", i+1, g[i], w[i])
		}
	}
	return fmt.Sprintf("got %d lines, want %d", len(g), len(w))
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
