package config

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/gwctl/gwctl/config/kinds"
	"github.com/gwctl/gwctl/config/schema"
	"github.com/gwctl/gwctl/internal/diag"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"
	"golang.org/x/tools/txtar"
	runtime "k8s.io/apimachinery/pkg/runtime/schema"
)

var update = flag.Bool("update", false, "rewrite the wanted results in testdata")

// testKinds are small kinds with one of each thing that a schema can say.
func testKinds() []*kinds.Kind {
	refer := func(gk runtime.GroupKind) func(*resource.Block, resource.Address, kinds.Scope) resource.Ref {
		return func(b *resource.Block, a resource.Address, in kinds.Scope) resource.Ref {
			ref := resource.Ref{Address: a, ID: resource.ID{Group: gk.Group, Kind: gk.Kind, Namespace: in.Namespace, Name: a.Name + a.Key}}
			if name := b.Attr("name"); name != nil {
				ref.ID.Name = name.Value.(string)
			}
			if namespace := b.Attr("namespace"); namespace != nil {
				ref.ID.Namespace = namespace.Value.(string)
			}
			return ref
		}
	}
	identity := []schema.Attr{
		{Name: "name", Type: cty.String, Doc: "Name of the object."},
		{Name: "namespace", Type: cty.String, Doc: "Namespace of the object."},
	}
	gateway := &kinds.Kind{
		Name:   "gateway",
		Object: runtime.GroupVersionKind{Group: "gateway.networking.k8s.io", Version: "v1", Kind: "Gateway"},
		Schema: schema.Body{
			Attrs: identity,
			Blocks: []schema.Block{{Type: "listener", Label: "name", Min: 1, Max: 3, Doc: "A port.", Body: schema.Body{
				Attrs: []schema.Attr{
					{Name: "port", Type: cty.Number, Required: true, Doc: "1 to 65535."},
					{Name: "protocol", Type: cty.String, OneOf: []string{"HTTP", "HTTPS"}},
					{Name: "hostname", Type: cty.String},
				},
				Blocks: []schema.Block{{Type: "tls", Max: 1, Body: schema.Body{Attrs: []schema.Attr{
					{Name: "secret", Type: cty.String, Secret: true},
				}}}},
			}}},
		},
	}
	backend := &kinds.Kind{
		Name:   "backend",
		Object: runtime.GroupVersionKind{Group: "gateway.envoyproxy.io", Version: "v1alpha1", Kind: "Backend"},
		Schema: schema.Body{Attrs: append([]schema.Attr{
			{Name: "endpoints", Type: cty.List(cty.String)},
			{Name: "zones", Type: cty.Set(cty.String)},
			{Name: "other", Type: cty.DynamicPseudoType},
			{Name: "limits", Type: cty.ObjectWithOptionalAttrs(map[string]cty.Type{"connections": cty.Number, "retries": cty.Number}, []string{"retries"})},
		}, identity...)},
	}
	route := &kinds.Kind{
		Name:   "http_route",
		Object: runtime.GroupVersionKind{Group: "gateway.networking.k8s.io", Version: "v1", Kind: "HTTPRoute"},
		Schema: schema.Body{
			Attrs: append([]schema.Attr{
				{Name: "gateway", Type: schema.Ref, Refs: []string{"gateway"}},
				{Name: "hostnames", Type: cty.List(cty.String)},
			}, identity...),
			Blocks: []schema.Block{{Type: "rule", Label: "name", Body: schema.Body{Blocks: []schema.Block{
				{Type: "match", Body: schema.Body{Attrs: []schema.Attr{
					{Name: "path_prefix", Type: cty.String},
					{Name: "path_exact", Type: cty.String},
					{Name: "methods", Type: cty.List(cty.String), OneOf: []string{"GET", "HEAD", "POST"}},
					{Name: "headers", Type: cty.Map(cty.DynamicPseudoType)},
				}}},
				{Type: "forward", KeyAttr: "to", Body: schema.Body{Attrs: []schema.Attr{
					{Name: "to", Type: schema.Ref, Refs: []string{"backend"}, Required: true, Doc: "Where to."},
					{Name: "weight", Type: cty.Number},
				}}},
			}}}},
		},
	}
	canary := &kinds.Kind{
		Name:   "canary",
		Object: runtime.GroupVersionKind{Group: "gwctl.dev", Version: "v1", Kind: "Canary"},
		Schema: schema.Body{Attrs: []schema.Attr{
			{Name: "routes", Type: schema.Refs, Refs: []string{"http_route"}},
			{Name: "target", Type: schema.Ref, Refs: []string{"gateway", "http_route"}},
			{Name: "text", Type: cty.String},
		}},
	}
	all := []*kinds.Kind{gateway, backend, route, canary}
	for _, k := range all {
		k.Identity = []string{"name", "namespace"}
		k.Refer = refer(k.Object.GroupKind())
	}
	canary.Refer = nil
	return all
}

func composeNothing([]*resource.Resource, map[string]kinds.Scope) hcl.Diagnostics { return nil }

// composeNames makes objects that have an identity and nothing else. What
// is called nothing makes none.
func composeNames(rs []*resource.Resource, scopes map[string]kinds.Scope) hcl.Diagnostics {
	for _, r := range rs {
		for _, k := range testKinds() {
			if k.Name == r.Address.Kind && r.Address.Name != "nothing" && k.Refer != nil {
				o := &resource.Object{}
				o.SetGroupVersionKind(k.Object)
				id := k.Refer(r.Block, r.Address, scopes[r.Provider]).ID
				o.SetNamespace(id.Namespace)
				o.SetName(id.Name)
				r.Objects = []*resource.Object{o}
			}
		}
	}
	return nil
}

// script reads the options in the comment of a case: a line each of var,
// var-file, env, version, dir and ask.
func script(t *testing.T, comment, dir string) Options {
	t.Helper()
	opts := Options{Dir: dir}
	for line := range strings.Lines(comment) {
		line = strings.TrimSpace(line)
		word, rest, _ := strings.Cut(line, " ")
		switch word {
		case "var":
			opts.Inputs = append(opts.Inputs, Input{Var: rest})
		case "var-file":
			opts.Inputs = append(opts.Inputs, Input{File: filepath.Join(dir, rest)})
		case "env":
			opts.Environ = append(opts.Environ, rest)
		case "version":
			opts.Version = rest
		case "dir":
			opts.Dir = filepath.Join(dir, rest)
		case "", "#":
		default:
			t.Fatalf("unknown line %q", line)
		}
	}
	return opts
}

// TestLoad loads each case of testdata. want.json is the configuration in
// JSON, want.txt are the diagnostics as people see them.
func TestLoad(t *testing.T) {
	cases, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(cases) == 0 {
		t.Fatal("no cases", err)
	}
	for _, path := range cases {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			// The folder's name is the owner, so it has one that stays.
			temp := t.TempDir()
			dir := filepath.Join(temp, "shop")
			write(t, dir, archive.Files)
			c, diags := load(t.Context(), script(t, string(archive.Comment), dir), testKinds(), composeNames)

			got := map[string]string{}
			if len(diags) > 0 {
				text := diag.Text(diags, c.Sources)
				got["want.txt"] = strings.ReplaceAll(text, temp+string(filepath.Separator), "")
			}
			if !diags.HasErrors() {
				got["want.json"] = configJSON(t, c)
			}
			compare(t, path, archive, got)
		})
	}
}

func write(t *testing.T, dir string, files []txtar.File) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if strings.HasPrefix(f.Name, "want.") {
			continue
		}
		name := filepath.Join(dir, f.Name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func compare(t *testing.T, path string, archive *txtar.Archive, got map[string]string) {
	t.Helper()
	if *update {
		kept := archive.Files[:0]
		for _, f := range archive.Files {
			if !strings.HasPrefix(f.Name, "want.") {
				kept = append(kept, f)
			}
		}
		for _, name := range []string{"want.txt", "want.json"} {
			if text, ok := got[name]; ok {
				kept = append(kept, txtar.File{Name: name, Data: []byte(text)})
			}
		}
		archive.Files = kept
		if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want := map[string]string{}
	for _, f := range archive.Files {
		if strings.HasPrefix(f.Name, "want.") {
			want[f.Name] = string(f.Data)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// configJSON writes what tests look at.
func configJSON(t *testing.T, c *Config) string {
	t.Helper()
	type resourceJSON struct {
		Address   string              `json:"address"`
		Provider  string              `json:"provider"`
		Block     any                 `json:"block"`
		DependsOn []resource.Address  `json:"depends_on,omitempty"`
		Lifecycle *resource.Lifecycle `json:"lifecycle,omitempty"`
	}
	type out struct {
		Owner     string                     `json:"owner"`
		State     any                        `json:"state"`
		Providers map[string]any             `json:"providers"`
		Resources []resourceJSON             `json:"resources,omitempty"`
		Data      []string                   `json:"data,omitempty"`
		Outputs   map[string]json.RawMessage `json:"outputs,omitempty"`
		Sensitive []string                   `json:"sensitive_outputs,omitempty"`
		Imports   []string                   `json:"imports,omitempty"`
		Moved     []string                   `json:"moved,omitempty"`
		Removed   []string                   `json:"removed,omitempty"`
		Variables map[string]any             `json:"variables,omitempty"`
	}
	o := out{Owner: c.Owner, State: brief(c.State.Block), Providers: map[string]any{}, Variables: c.Variables}
	for _, p := range c.Providers {
		o.Providers[p.Key] = brief(p.Block)
	}
	for _, r := range c.Resources {
		j := resourceJSON{Address: r.Address.String(), Provider: r.Provider, Block: brief(r.Block), DependsOn: r.DependsOn}
		if r.Lifecycle.PreventDestroy || r.Lifecycle.IgnoreChanges != nil {
			j.Lifecycle = &r.Lifecycle
		}
		o.Resources = append(o.Resources, j)
	}
	for _, d := range c.Data {
		o.Data = append(o.Data, fmt.Sprintf("%s = %s of %s", d.Name, brief(resource.Ref{ID: d.ID}), d.Provider))
	}
	for _, v := range c.Outputs {
		if o.Outputs == nil {
			o.Outputs = map[string]json.RawMessage{}
		}
		text, err := ctyjson.Marshal(v.Value, v.Value.Type())
		if err != nil {
			t.Fatal(err)
		}
		o.Outputs[v.Name] = text
		if v.Sensitive {
			o.Sensitive = append(o.Sensitive, v.Name)
		}
	}
	for _, im := range c.Imports {
		o.Imports = append(o.Imports, im.To.String()+" from "+im.ID)
	}
	for _, m := range c.Moved {
		o.Moved = append(o.Moved, m.From.String()+" -> "+m.To.String())
	}
	for _, r := range c.Removed {
		line := r.From.String() + " forgotten"
		if r.Destroy {
			line = r.From.String() + " destroyed"
		}
		o.Removed = append(o.Removed, line)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// brief writes a block with little text: arguments and nested blocks by name,
// references as "-> address = object".
func brief(v any) any {
	switch v := v.(type) {
	case *resource.Block:
		out := map[string]any{}
		for _, a := range v.Attrs {
			out[a.Name] = brief(a.Value)
		}
		for _, b := range v.Blocks {
			name := strings.TrimSpace(b.Type + " " + b.Name())
			if b.Label != "" {
				name = b.Type + ` "` + b.Label + `"`
			}
			list, _ := out[name].([]any)
			out[name] = append(list, brief(b))
		}
		return out
	case resource.Ref:
		text := "-> " + v.ID.GroupKind().String() + " " + v.ID.Namespace + "/" + v.ID.Name
		if !v.Address.IsZero() {
			text = "-> " + v.Address.String() + " = " + strings.TrimPrefix(text, "-> ")
		}
		return text
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = brief(v[i])
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for k := range v {
			out[k] = brief(v[k])
		}
		return out
	}
	return v
}
