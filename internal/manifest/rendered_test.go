package manifest

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/gwctl/gwctl/internal/resource"
	"pgregory.net/rapid"
	"sigs.k8s.io/yaml"
)

func object(group, kind, namespace, name string) *resource.Object {
	meta := map[string]any{"name": name}
	if namespace != "" {
		meta["namespace"] = namespace
	}
	version := "v1"
	if group != "" {
		version = group + "/v1"
	}
	return &resource.Object{Object: map[string]any{"apiVersion": version, "kind": kind, "metadata": meta}}
}

func render(t *testing.T, objects ...*resource.Object) []File {
	t.Helper()
	var made []Made
	for _, o := range objects {
		made = append(made, Made{Object: o, By: []resource.Address{{Kind: "manifest", Name: "x"}}})
	}
	files, err := Render(made)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestEveryObjectHasAFileOfItsOwn(t *testing.T) {
	files := render(t,
		object("gateway.networking.k8s.io", "HTTPRoute", "a", "b-c"),
		object("gateway.networking.k8s.io", "HTTPRoute", "a-b", "c"),
		object("gateway.networking.k8s.io", "Gateway", "a", "c"),
		object("networking.istio.io", "Gateway", "a", "c"),
		object("gateway.networking.k8s.io", "GatewayClass", "", "eg"),
		object("", "Namespace", "", "a"),
		object("", "ConfigMap", "a", strings.Repeat("x", 252)+"1"),
		object("", "ConfigMap", "a", strings.Repeat("x", 252)+"2"),
	)
	seen := map[string]bool{index: true}
	var paths []string
	for _, f := range files {
		if seen[f.Path] {
			t.Errorf("%s is made twice", f.Path)
		}
		seen[f.Path] = true
		if len(filepath.Base(f.Path)) > 255 {
			t.Errorf("%s is too long a name", f.Path)
		} else if len(f.Path) < 100 {
			paths = append(paths, f.Path)
		}
	}
	want := []string{
		"gatewayclass-eg.yaml", "namespace-a.yaml",
		"a/gateway-c.yaml", "a/gateway.networking.istio.io-c.yaml", "a/httproute-b-c.yaml", "a-b/httproute-c.yaml",
	}
	if d := cmp.Diff(want, paths); d != "" {
		t.Error(d)
	}
}

func TestObjectsThatWouldShareAFileAreRefused(t *testing.T) {
	_, err := Render([]Made{
		{Object: object("apps", "Thing", "a", "b")},
		{Object: object("", "Thing", "a", "b")},
	})
	if err == nil || !strings.Contains(err.Error(), "a/thing-b.yaml") {
		t.Errorf("they are not refused by name: %v", err)
	}
}

// What a parser of YAML makes of the text is the object, whatever its strings
// look like.
func TestYAMLSaysWhatTheObjectSays(t *testing.T) {
	strange := rapid.OneOf(
		rapid.String(),
		rapid.SampledFrom([]string{"yes", "no", "on", "null", "~", "1e3", "0x1f", "010", "1:30", "2026-11-01", "=", "- a", "a: b", "#", "\n", " x ", "---", "&a", "*a", "!b", "%c", "\u2028", "\ufeff"}),
	)
	rapid.Check(t, func(t *rapid.T) {
		o := object("", "ConfigMap", "a", "b")
		key := strange.Filter(func(s string) bool { return s != "<<" }).Draw(t, "key") // which no parser takes for a key
		o.Object["data"] = map[string]any{key: strange.Draw(t, "value"), "list": []any{strange.Draw(t, "element"), int64(7), true}}
		text, err := Encode(o)
		if err != nil {
			t.Fatal(err)
		}
		var got, want map[string]any
		if err := yaml.UnmarshalStrict(text, &got); err != nil {
			t.Fatalf("%v in:\n%s", err, text)
		}
		data, err := o.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(data, &want); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("%s\nin:\n%s", d, text)
		}
		again, err := Encode(o.DeepCopy())
		if err != nil || string(again) != string(text) {
			t.Fatalf("other bytes the second time (%v):\n%s", err, again)
		}
	})
}

func TestAnInterruptedUpdateLeavesTheFolderAsItWas(t *testing.T) {
	dir := t.TempDir()
	first, err := Compare(dir, render(t, object("", "ConfigMap", "a", "old")))
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Write(t.Context()); err != nil {
		t.Fatal(err)
	}
	before := tree(t, dir)
	u, err := Compare(dir, render(t, object("", "ConfigMap", "new", "new")))
	if err != nil {
		t.Fatal(err)
	}
	for _, polls := range []int{1, 2, 3} { // before each file, and before the first takes its place
		ctx := &endsAfter{Context: t.Context(), polls: polls}
		if err := u.Write(ctx); !errors.Is(err, context.Canceled) {
			t.Fatalf("it ends with %v", err)
		}
		if d := cmp.Diff(before, tree(t, dir)); d != "" {
			t.Errorf("after %d polls: %s", polls, d)
		}
	}
	if err := u.Write(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := tree(t, dir); got["a/configmap-old.yaml"] != "" || got["new/configmap-new.yaml"] == "" {
		t.Errorf("it was not brought up to date: %v", got)
	}
}

// endsAfter is canceled when it is asked for the nth time.
type endsAfter struct {
	context.Context
	polls int
}

func (c *endsAfter) Err() error {
	if c.polls--; c.polls <= 0 {
		return context.Canceled
	}
	return nil
}

// tree is what is in a folder.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil || entry.IsDir() {
			found[filepath.ToSlash(name)] = "a folder"
			return err
		}
		text, err := os.ReadFile(path)
		found[filepath.ToSlash(name)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
