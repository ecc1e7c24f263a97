package kinds

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gwctl/gwctl/config/schema"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// TestSamplesUseEveryArgument holds testdata/support to the schemas: docs/support.md
// is made by trying what stands there, so that an argument which is used
// nowhere would have no row.
func TestSamplesUseEveryArgument(t *testing.T) {
	used := map[string]bool{}
	files, err := filepath.Glob("testdata/support/*.hcl")
	if err != nil || len(files) == 0 {
		t.Fatalf("no samples: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		parsed, diags := hclsyntax.ParseConfig(text, file, hcl.InitialPos)
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		note("", parsed.Body.(*hclsyntax.Body), used)
	}
	for _, k := range All() {
		for _, path := range paths(k.Name, k.Schema) {
			if !used[path] && !strings.HasSuffix(path, ".other") {
				t.Errorf("no sample in testdata/support uses %s", path)
			}
		}
	}
}

func note(path string, body *hclsyntax.Body, used map[string]bool) {
	for name := range body.Attributes {
		used[path+name] = true
	}
	for _, b := range body.Blocks {
		used[path+b.Type] = true
		note(path+b.Type+".", b.Body, used)
	}
}

// paths lists a block, its arguments, and the blocks in it.
func paths(path string, body schema.Body) []string {
	out := []string{path}
	for _, a := range body.Attrs {
		out = append(out, path+"."+a.Name)
	}
	for _, b := range body.Blocks {
		out = append(out, paths(path+"."+b.Type, b.Body)...)
	}
	return out
}

func TestWhatEnvoyGatewayDoesNotTakeIsThere(t *testing.T) {
	var all []string
	for _, k := range All() {
		all = append(all, paths(k.Name, k.Schema)...)
	}
	for path, gap := range envoyGateway {
		if !slices.Contains(all, path) {
			t.Errorf("no kind has %s", path)
		}
		if !regexp.MustCompile(`^(no|in part): .+\.$`).MatchString(gap) {
			t.Errorf("%s: %q says neither no nor in part", path, gap)
		}
	}
	for path, want := range map[string]string{
		"http_route.rule.external_auth.to":         "no",
		"http_route.rule.session_persistence.type": "",
		"http_route.rule.forward":                  "",
	} {
		if got := EnvoyGateway(path); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}
