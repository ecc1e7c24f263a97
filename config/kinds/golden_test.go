package kinds_test

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gwctl/gwctl/config"
	"github.com/gwctl/gwctl/config/kinds"
	"github.com/gwctl/gwctl/internal/diag"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/hashicorp/hcl/v2"
	"github.com/rogpeppe/go-internal/txtar"
	"sigs.k8s.io/yaml"
)

var update = flag.Bool("update", false, "write what the tests get as what they want")

// TestGolden loads the configurations in testdata. Each archive says what the
// blocks become, how they read after the way there and back, what traffic
// notices of them, and what is wrong with them.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			var kept []txtar.File
			want := make(map[string]string)
			for _, f := range archive.Files {
				if strings.HasSuffix(f.Name, ".hcl") {
					kept = append(kept, f)
					path := filepath.Join(dir, f.Name)
					if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
						t.Fatal(err)
					}
					if err := os.WriteFile(path, f.Data, 0o600); err != nil {
						t.Fatal(err)
					}
				} else {
					want[f.Name] = string(f.Data)
				}
			}
			got := outcome(t, dir)
			if *update {
				for _, name := range []string{"errors.txt", "objects.yaml", "words.hcl.txt", "flows.txt"} {
					if got[name] != "" {
						kept = append(kept, txtar.File{Name: name, Data: []byte(got[name])})
					}
				}
				archive.Files = kept
				if err := os.WriteFile(file, txtar.Format(archive), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			for name, text := range got {
				if text != want[name] {
					t.Errorf("%s is\n%s\nwant\n%s", name, text, want[name])
				}
			}
		})
	}
}

// outcome loads a folder. Where there are errors, they are all of it.
func outcome(t *testing.T, dir string) map[string]string {
	t.Helper()
	loaded, diags := config.Load(t.Context(), config.Options{Dir: dir})
	diags = diag.Tidy(append(diags, kinds.Validate(t.Context(), loaded.Resources, nil)...))
	if len(diags) > 0 {
		return map[string]string{"errors.txt": strings.ReplaceAll(diag.Text(relative(diags, dir), sources(loaded, dir)), dir+"/", "")}
	}
	var objects, words, flows bytes.Buffer
	names := namesOf(loaded.Resources)
	find := func(id resource.ID) (*resource.Object, bool) {
		for _, r := range loaded.Resources {
			for _, o := range r.Objects {
				if resource.IDOf(o) == id {
					return o, true
				}
			}
		}
		return nil, false
	}
	for _, r := range loaded.Resources {
		for _, o := range r.Objects {
			text, err := yaml.Marshal(o.Object)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&objects, "# %s\n%s", r.Address, text)
			block, err := kinds.Codec{}.Words(r.Address, o, names)
			if err != nil {
				t.Fatal(err)
			}
			writeBlock(&words, block, "")
			traffic := kinds.Codec{}.Traffic(r.Address, resource.IDOf(o), block, find)
			for _, f := range traffic.Flows {
				fmt.Fprintf(&flows, "%s%s ->%s\n", f.Match, place(f), destination(f.Flow))
			}
			for _, p := range traffic.Problems {
				fmt.Fprintf(&flows, "%s: %s\n", r.Address, p.Text)
			}
		}
	}
	return map[string]string{"objects.yaml": objects.String(), "words.hcl.txt": words.String(), "flows.txt": flows.String()}
}

// relative takes the folder out of places, so that a test may run anywhere.
func relative(diags hcl.Diagnostics, dir string) hcl.Diagnostics {
	for _, d := range diags {
		if d.Subject != nil {
			at := *d.Subject
			at.Filename = strings.TrimPrefix(at.Filename, dir+"/")
			d.Subject = &at
		}
	}
	return diags
}

func sources(c *config.Config, dir string) diag.Sources {
	out := make(diag.Sources)
	for name, file := range c.Sources {
		out[strings.TrimPrefix(name, dir+"/")] = file
	}
	return out
}

func writeBlock(w *bytes.Buffer, b *resource.Block, indent string) {
	w.WriteString(indent + b.Type)
	if b.Label != "" {
		fmt.Fprintf(w, " %q", b.Label)
	}
	if b.Key != "" {
		fmt.Fprintf(w, " (%s)", b.Key)
	}
	w.WriteString(" {\n")
	for _, a := range b.Attrs {
		fmt.Fprintf(w, "%s  %s = %s\n", indent, a.Name, literal(a.Value))
	}
	for _, n := range b.Blocks {
		writeBlock(w, n, indent+"  ")
	}
	w.WriteString(indent + "}\n")
}

func literal(v any) string {
	switch v := v.(type) {
	case string:
		return fmt.Sprintf("%q", v)
	case []any:
		parts := make([]string, len(v))
		for i, e := range v {
			parts[i] = literal(e)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case map[string]any:
		var parts []string
		for _, key := range slices.Sorted(maps.Keys(v)) {
			parts = append(parts, key+" = "+literal(v[key]))
		}
		return "{ " + strings.Join(parts, ", ") + " }"
	}
	return fmt.Sprint(v)
}

// place says where a flow comes in, where that is known.
func place(f resource.ServedFlow) string {
	if f.Port == 0 {
		return ""
	}
	return fmt.Sprintf(" at %s:%d", f.Gateway.Name, f.Port)
}

func destination(f resource.Flow) string {
	out := ""
	for _, name := range slices.Sorted(maps.Keys(f.To)) {
		out += fmt.Sprintf(" %.4g%% %s", 100*f.To[name], name)
	}
	if f.Answer != "" {
		out += " answers " + f.Answer
	}
	return out
}
