package generate_test

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/gwctl/gwctl/config"
	"github.com/gwctl/gwctl/config/generate"
	"github.com/gwctl/gwctl/config/kinds"
	"github.com/gwctl/gwctl/internal/diag"
	"github.com/gwctl/gwctl/internal/manifest"
	"github.com/gwctl/gwctl/internal/resource"
)

// sources reads objects as gwctl import does.
func sources(t *testing.T, file, text string) []generate.Source {
	t.Helper()
	docs, err := manifest.Decode(file, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	out := make([]generate.Source, len(docs))
	for i := range docs {
		d := &docs[i]
		out[i] = generate.Source{Object: d.Object, Place: func(field string) generate.Place {
			return generate.Place{File: file, Line: d.LineOf(field)}
		}}
	}
	return out
}

var options = generate.Options{Scope: kinds.Scope{Provider: "kubernetes", Namespace: "default"}, Import: true}

func blocks(t *testing.T, from []generate.Source) *generate.Result {
	t.Helper()
	result, err := generate.Blocks(context.Background(), from, options)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// load reads generated HCL as a configuration.
func load(t *testing.T, text string) *config.Config {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "main.hcl"), []byte("provider \"kubernetes\" {}\n\n"+text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, diags := config.Load(t.Context(), config.Options{Dir: dir, Version: "0.1.0"})
	diags = append(diags, kinds.Validate(t.Context(), cfg.Resources, nil)...)
	if diags.HasErrors() {
		t.Fatalf("%s\nin\n%s", diag.Text(diags, cfg.Sources), text)
	}
	return cfg
}

// moduleFolder is where the source of a module is.
func moduleFolder(t *testing.T, module string) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", module).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// What the examples of the Gateway API and of Envoy Gateway say is the same
// after it was made HCL and loaded again, defaults aside.
func TestExamplesOfOthersSurviveBecomingHCL(t *testing.T) {
	seen := map[string]int{} // by kind
	for _, root := range []string{
		filepath.Join(moduleFolder(t, "sigs.k8s.io/gateway-api"), "examples"),
		filepath.Join(moduleFolder(t, "github.com/envoyproxy/gateway"), "examples"),
	} {
		err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || filepath.Ext(path) != ".yaml" {
				return err
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			name, err := filepath.Rel(root, path)
			if err != nil {
				return err
			}
			docs, err := manifest.Decode(name, text)
			if err != nil {
				return nil // a chart's values, or a template
			}
			t.Run(strings.ReplaceAll(name, "/", "_"), func(t *testing.T) {
				survives(t, docs, sources(t, name, string(text)))
			})
			for _, d := range docs {
				seen[d.Object.GetKind()]++
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for kind, least := range map[string]int{
		"GatewayClass": 20, "Gateway": 35, "ListenerSet": 2, "ReferenceGrant": 4, "BackendTLSPolicy": 2,
		"HTTPRoute": 60, "GRPCRoute": 5, "TLSRoute": 5, "TCPRoute": 3, "UDPRoute": 1,
	} {
		if seen[kind] < least {
			t.Errorf("only %d objects of kind %s were found: is this all of them?", seen[kind], kind)
		}
	}
}

// What cannot be a block of its kind.
var without = map[string]string{
	"Backend default/otel-collector": "a name without a domain, which Envoy Gateway refuses",
}

func survives(t *testing.T, docs []manifest.Document, from []generate.Source) {
	t.Helper()
	from = slices.DeleteFunc(from, func(s generate.Source) bool {
		return s.Object.GetKind() == "Secret" // which is refused
	})
	result := blocks(t, from)
	if len(result.Errors) > 0 {
		for _, p := range result.Errors {
			if p.Summary != "Object given twice" && !strings.HasPrefix(p.Summary, "Invalid ") {
				t.Errorf("%s: %s: %s", p.At, p.Summary, p.Text)
			}
		}
		return
	}
	for _, n := range result.Notes {
		if n.Summary == "Object as a manifest" && without[n.Object.String()] == "" {
			t.Error(n.Text)
		}
	}
	for _, d := range docs {
		gvk := d.Object.GroupVersionKind()
		told := slices.ContainsFunc(result.Notes, func(n generate.Note) bool {
			return n.Summary == "Older version" && n.Object.Kind == gvk.Kind && n.Object.Name == d.Object.GetName()
		})
		if gvk.Group == "gateway.networking.k8s.io" && gvk.Version != "v1" != told {
			t.Errorf("%s %s is of %s: nobody tells, or of nothing", gvk.Kind, d.Object.GetName(), gvk.Version)
		}
	}
	cfg := load(t, result.Text)
	made := map[resource.ID]*resource.Object{}
	for _, r := range cfg.Resources {
		for _, o := range r.Objects {
			made[resource.IDOf(o)] = o
		}
	}
	for _, d := range docs {
		if d.Object.GetKind() == "Secret" {
			continue
		}
		id := resource.IDOf(d.Object)
		if id.Namespace == "" && !kinds.IsClusterScoped(id.GroupKind()) {
			id.Namespace = "default"
		}
		o := made[id]
		if o == nil {
			t.Errorf("%s is not made by\n%s", id, result.Text)
			continue
		}
		if diff := gocmp.Diff(content(t, d.Object, o), content(t, o, o)); diff != "" {
			t.Errorf("%s: %s\nby\n%s", id, diff, result.Text)
		}
	}
	if len(cfg.Imports) != len(made) {
		t.Errorf("%d imports of %d objects", len(cfg.Imports), len(made))
	}
}

// content is what an object is to do, as the API server stores it, in the
// version of another one. Lists of which
// the order says nothing are put in one.
func content(t *testing.T, o, like *resource.Object) map[string]any {
	t.Helper()
	o = o.DeepCopy()
	o.SetAPIVersion(like.GetAPIVersion())
	o, err := kinds.Codec{}.Default(o)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]any{"labels": o.GetLabels(), "annotations": o.GetAnnotations()}
	for key, value := range o.Object {
		if key != "metadata" && key != "status" {
			out[key] = unordered(value, o.GetNamespace())
		}
	}
	return out
}

// unordered also leaves out the object's own namespace in references.
func unordered(v any, own string) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for key, value := range v {
			value = unordered(value, own)
			if key == "namespace" && value == own {
				continue
			}
			if list, ok := value.([]any); ok && slices.Contains([]string{"set", "add", "headers", "queryParams"}, key) {
				slices.SortStableFunc(list, func(a, b any) int { return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
			}
			if m, ok := value.(map[string]any); ok && len(m) == 0 {
				continue
			}
			out[key] = value
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = unordered(v[i], own)
		}
		return out
	}
	return v
}
