package config

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/gwctl/gwctl/internal/diag"
	"github.com/hashicorp/hcl/v2"
	"golang.org/x/tools/txtar"
)

// loadFiles loads a folder of files with the test kinds.
func loadFiles(t *testing.T, files map[string]string) (*Config, hcl.Diagnostics) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "shop")
	var list []txtar.File
	for name, text := range files {
		list = append(list, txtar.File{Name: name, Data: []byte(text)})
	}
	write(t, dir, list)
	return load(t.Context(), Options{Dir: dir}, testKinds(), composeNothing)
}

func summaries(diags hcl.Diagnostics) []string {
	var out []string
	for _, d := range diags {
		line := d.Summary
		if d.Subject != nil {
			line = fmt.Sprintf("%s:%d,%d: %s", d.Subject.Filename, d.Subject.Start.Line, d.Subject.Start.Column, d.Summary)
		}
		out = append(out, line)
	}
	return out
}

func TestLoadRefusesFilesThatAreNoConfiguration(t *testing.T) {
	const fine = "provider \"xds\" {}\n"
	big := strings.Repeat("# ten megabytes\n", 10<<20/16)
	tests := map[string]struct {
		files map[string]string
		want  []string
	}{
		"ten megabytes":                   {map[string]string{"a.hcl": big, "b.hcl": "x {"}, []string{"a.hcl:1,1: File too big", "b.hcl:1,1: Unknown block", "b.hcl:1,3: Unclosed configuration block"}},
		"ten megabytes of values":         {map[string]string{"a.hcl": fine, "gwctl.gwvars": big}, []string{"gwctl.gwvars:1,1: File too big"}},
		"not UTF-8":                       {map[string]string{"a.hcl": "locals {\n  a = \"gr\xfc\xdfe\"\n}\n"}, []string{"a.hcl:2,10: File is not UTF-8"}},
		"byte order mark":                 {map[string]string{"a.hcl": "\xef\xbb\xbf" + fine}, nil},
		"nested blocks":                   {map[string]string{"a.hcl": strings.Repeat("a {\n", 100_000)}, []string{"a.hcl:2001,3: Nested too deeply"}},
		"nested lists":                    {map[string]string{"a.hcl": "locals { a = " + strings.Repeat("[", 1<<17) + "}"}, []string{"a.hcl:1,2012: Nested too deeply"}},
		"long sums":                       {map[string]string{"a.hcl": "locals { a = 1" + strings.Repeat("+1", 1<<17) + " }"}, []string{"a.hcl:1,4011: Nested too deeply"}},
		"folder that is called as a file": {map[string]string{"a.hcl": fine, "b.hcl/x": ""}, nil},
		"left behind by editors":          {map[string]string{"a.hcl": fine, ".#a.hcl": "x {", "#a.hcl": "x {", "a.hcl~": "x {"}, nil},
		"NUL":                             {map[string]string{"a.hcl": "locals {\x00}\n"}, []string{"a.hcl:1,9: Argument or block definition required", "a.hcl:1,9: Invalid character"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c, diags := loadFiles(t, test.files)
			if diff := cmp.Diff(test.want, summaries(diags)); diff != "" {
				t.Error(diff)
			}
			if text := diag.Text(diags, c.Sources); len(text) > 10_000 {
				t.Errorf("the diagnostics have %d bytes", len(text))
			}
		})
	}
}

func TestLoadRefusesTooManyFiles(t *testing.T) {
	files := map[string]string{}
	for i := range maxFiles + 1 {
		files[fmt.Sprintf("f%04d.hcl", i)] = ""
	}
	_, diags := loadFiles(t, files)
	if diff := cmp.Diff([]string{"Too many files"}, summaries(diags)); diff != "" {
		t.Error(diff)
	}
}

func TestLoadRefusesUnreadableFiles(t *testing.T) {
	dir := t.TempDir()
	if err := os.Symlink(filepath.Join(dir, "nothing"), filepath.Join(dir, "a.hcl")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/dev/zero", filepath.Join(dir, "b.hcl")); err != nil {
		t.Fatal(err)
	}
	_, diags := load(t.Context(), Options{Dir: dir}, testKinds(), composeNothing)
	if diff := cmp.Diff([]string{"a.hcl:1,1: Unreadable file", "b.hcl:1,1: Unreadable file"}, summaries(diags)); diff != "" {
		t.Error(diff)
	}
}

func TestLoadBoundsChains(t *testing.T) {
	var b strings.Builder
	b.WriteString("locals {\n")
	// The first name is the end of the chain, and values are computed in the
	// order of their names.
	for i := range 2 * maxChain {
		fmt.Fprintf(&b, "  v%05d = local.v%05d\n", i, i+1)
	}
	fmt.Fprintf(&b, "  v%05d = 1\n}\n", 2*maxChain)
	_, diags := loadFiles(t, map[string]string{"a.hcl": b.String()})
	if diff := cmp.Diff([]string{"a.hcl:5002,3: Too long a chain", "a.hcl:10002,3: Too long a chain"}, summaries(diags)); diff != "" {
		t.Error(diff)
	}
}

func TestLoadReportsAThousandErrorsAtOnce(t *testing.T) {
	var b strings.Builder
	b.WriteString("provider \"xds\" {}\n")
	for i := range 1000 {
		fmt.Fprintf(&b, "backend \"b%d\" { prot = %d }\n", i, i)
	}
	_, diags := loadFiles(t, map[string]string{"a.hcl": b.String()})
	if len(diags) != 1000 {
		t.Errorf("%d errors, want 1000", len(diags))
	}
}

func TestLoadStopsWhenCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, diags := load(ctx, Options{Dir: fleet(t, 10)}, testKinds(), composeNothing)
	if err := diag.AsError(diags); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
}

func TestLoadAsksForWhatIsMissing(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, []txtar.File{{Name: "a.hcl", Data: []byte(`
variable "name" { description = "Who?" }
variable "list" { type = list(number) }
variable "known" { default = "x" }
output "all" { value = "${var.name} ${sum(var.list)} ${var.known}" }
`)}})
	var asked []string
	ask := func(_ context.Context, name, description string) (string, error) {
		asked = append(asked, name+": "+description)
		return map[string]string{"name": "me", "list": "[1, 2]"}[name], nil
	}
	c, diags := load(t.Context(), Options{Dir: dir, Ask: ask}, testKinds(), composeNothing)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	if got := c.Outputs[0].Value.AsString(); got != "me 3 x" {
		t.Errorf("the output is %q", got)
	}
	if diff := cmp.Diff([]string{"list: ", "name: Who?"}, asked); diff != "" {
		t.Error(diff)
	}

	closed := errors.New("input closed")
	_, diags = load(t.Context(), Options{Dir: dir, Ask: func(context.Context, string, string) (string, error) { return "", closed }}, testKinds(), composeNothing)
	if err := diag.AsError(diags); !errors.Is(err, closed) {
		t.Errorf("the error is %v", err)
	}
}

// What repeats in what repeats multiplies: that ends before memory does.
func TestLoadRefusesTooManyInstances(t *testing.T) {
	for name, files := range map[string]map[string]string{
		"modules in modules": {
			"main.hcl":   "provider \"xds\" {}\nmodule \"a\" {\n  source = \"./a\"\n  count  = 20\n}\n",
			"a/main.hcl": "module \"b\" {\n  source = \"../b\"\n  count  = 20\n}\n",
			"b/main.hcl": "backend \"c\" {}\n",
		},
		"blocks in blocks": {
			"main.hcl": `
provider "xds" {}
http_route "a" {
  gateway = { name = "public" }
  dynamic "rule" {
    for_each = range(10)
    labels   = ["r${rule.value}"]
    content {
      dynamic "match" {
        for_each = range(11 + 0 * rule.value)
        content {}
      }
    }
  }
}
`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for name, text := range files {
				write(t, dir, []txtar.File{{Name: name, Data: []byte(text)}})
			}
			for limit, want := range map[int]bool{100: true, 1000: false} {
				l := newLoader(t.Context(), Options{Dir: dir}, testKinds())
				l.left = limit
				l.run(composeNothing)
				refused := slices.ContainsFunc(l.diags, func(d *hcl.Diagnostic) bool { return d.Summary == "Too many instances" })
				if refused != want || l.diags.HasErrors() != want {
					t.Errorf("with %d: %s", limit, summaries(l.diags))
				}
			}
		})
	}
}
