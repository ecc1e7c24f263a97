// Package architecture tests that packages know of each other only what the
// design lets them know.
package architecture

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/gwctl/gwctl"

// document has the table of what packages may import.
const document = "../../docs/architecture.md"

// layer is a folder with all below it, but for folders with layers of their
// own, and what of this module its code may import besides.
type layer struct {
	folder string
	may    []string // folders; "x/*" is x and all below it, "*" everything
}

// documentedLayers reads the table of packages: one folder in the first
// column, what it may import in the third.
func documentedLayers(t *testing.T) []layer {
	t.Helper()
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "| package | what it knows | may import of ours |\n")
	table, _, _ = strings.Cut(table, "\n\n")
	var layers []layer
	for row := range strings.Lines(table) {
		cells := strings.Split(row, "|")
		if len(cells) != 5 {
			t.Fatalf("%s has a row that is none: %s", document, row)
		}
		folders := quoted.FindAllStringSubmatch(cells[1], -1)
		if len(folders) != 1 {
			continue // the line below the header
		}
		l := layer{folder: folders[0][1]}
		if strings.TrimSpace(cells[3]) == "everything" {
			l.may = []string{"*"}
		}
		for _, m := range quoted.FindAllStringSubmatch(cells[3], -1) {
			l.may = append(l.may, m[1])
		}
		layers = append(layers, l)
	}
	if len(layers) < 20 {
		t.Fatalf("the table of %s was not found: %d rows", document, len(layers))
	}
	return layers
}

var quoted = regexp.MustCompile("`([^`]+)`")

// confined are libraries that only some folders may import, tests included.
var confined = []struct {
	library string
	folders []string
}{
	{"k8s.io/client-go", []string{"providers/kubernetes", "state/kubernetes", "internal/kubernetes"}},
	{"github.com/charmbracelet/lipgloss", []string{"views"}},
	{"github.com/envoyproxy/go-control-plane", []string{"providers/xds"}},
}

// imports is what one file imports.
type imports struct {
	file  string // slash-separated, from the module's root
	paths []string
}

func TestPackagesImportWhatTheDesignAllows(t *testing.T) {
	layers := documentedLayers(t)
	for _, f := range sourceFiles(t, "../..") {
		for _, problem := range problems(layers, f) {
			t.Error(problem)
		}
	}
}

func TestForbiddenImportsAreFound(t *testing.T) {
	layers := documentedLayers(t)
	tests := []struct {
		file, path string
		forbidden  bool
	}{
		{"cmd/gwctl/apply.go", module + "/providers/xds/server", false},
		{"cmd/gwctl/demo/demo.go", module + "/internal/load", false},
		{"config/load.go", module + "/config/kinds", false},
		{"config/kinds/gateway.go", module + "/config", true},
		{"config/schema/schema.go", module + "/internal/diag", true},
		{"config/load.go", module + "/planner", true},
		{"planner/diff.go", module + "/config", true},
		{"planner/diff.go", module + "/internal/resource", false},
		{"planner/diff_test.go", module + "/config", false},
		{"internal/diag/diag.go", module + "/internal/resource", true},
		{"internal/crd/cache.go", module + "/internal/resource", false},
		{"internal/diag/diag.go", module + "/planner", true},
		{"providers/xds/apply.go", module + "/providers", false},
		{"providers/xds/apply.go", module + "/providers/xds/api", false},
		{"providers/xds/apply.go", module + "/providers/xds/store", true},
		{"providers/xds/apply.go", module + "/providers/kubernetes", true},
		{"providers/provider.go", module + "/providers/xds", true},
		{"providers/xds/store/store.go", module + "/providers/xds/translate", true},
		{"providers/xds/server/server.go", module + "/providers/xds/rollout", false},
		{"providers/xds/server/server.go", module + "/providers/xds", true},
		{"providers/xds/translate/routes/tree.go", module + "/providers/xds/translate", false},
		{"new/package.go", module + "/internal/resource", true},
		{"views/plan.go", "github.com/charmbracelet/lipgloss", false},
		{"cmd/gwctl/demo.go", "github.com/charmbracelet/lipgloss", true},
		{"planner/diff_test.go", "k8s.io/client-go/kubernetes", true},
		{"planner/diff.go", "k8s.io/client-gopher", false},
		{"internal/envoy/admin.go", "github.com/envoyproxy/go-control-plane/envoy/config/core/v3", true},
		{"providers/xds/fleet/fleet.go", "github.com/envoyproxy/go-control-plane/pkg/resource/v3", false},
	}
	for _, tt := range tests {
		found := problems(layers, imports{file: tt.file, paths: []string{tt.path}})
		if (len(found) > 0) != tt.forbidden {
			t.Errorf("%s imports %s: found %q, forbidden: %t", tt.file, tt.path, found, tt.forbidden)
		}
	}
}

// problems says what f imports and must not. Tests may use what of this module
// they like.
func problems(layers []layer, f imports) []string {
	var found []string
	dir := filepath.ToSlash(filepath.Dir(f.file))
	test := strings.HasSuffix(f.file, "_test.go")
	for _, p := range f.paths {
		if ours, ok := strings.CutPrefix(p, module); ok && !test && (ours == "" || ours[0] == '/') {
			if problem := layerProblem(layers, dir, strings.TrimPrefix(ours, "/")); problem != "" {
				found = append(found, f.file+problem)
			}
		}
		for _, c := range confined {
			if within(p, c.library) && !slices.ContainsFunc(c.folders, func(folder string) bool { return within(dir, folder) }) {
				found = append(found, fmt.Sprintf("%s imports %s, which only %s may", f.file, p, strings.Join(c.folders, ", ")))
			}
		}
	}
	return found
}

func layerProblem(layers []layer, dir, imported string) string {
	l, ok := layerOf(layers, dir)
	if !ok {
		return ": its folder has no row in the table of docs/architecture.md; say there what it may import"
	}
	if other, ok := layerOf(layers, imported); ok && other.folder == l.folder {
		return ""
	}
	for _, allowed := range l.may {
		folder, below := strings.CutSuffix(allowed, "*")
		folder = strings.TrimSuffix(folder, "/")
		if imported == folder || below && within(imported, folder) {
			return ""
		}
	}
	return fmt.Sprintf(" imports %s; docs/architecture.md allows %s only %q of this module", imported, l.folder, l.may)
}

// layerOf returns the innermost layer that dir lies in.
func layerOf(layers []layer, dir string) (layer, bool) {
	var best layer
	found := false
	for _, l := range layers {
		if within(dir, l.folder) && len(l.folder) >= len(best.folder) {
			best, found = l, true
		}
	}
	return best, found
}

// within reports whether path is folder or lies below it; "" is the root.
func within(path, folder string) bool {
	return folder == "" || path == folder || strings.HasPrefix(path, folder+"/")
}

// sourceFiles returns what the Go files of the module import, nested modules
// and test data left out.
func sourceFiles(t *testing.T, root string) []imports {
	t.Helper()
	var files []imports
	fset := token.NewFileSet()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if path != root && outside(path, d.Name()) {
				return filepath.SkipDir
			}
			return nil
		}
		if filepath.Ext(path) != ".go" {
			return nil
		}
		parsed, err := parser.ParseFile(fset, path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		f := imports{file: filepath.ToSlash(name)}
		for _, spec := range parsed.Imports {
			p, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			f.paths = append(f.paths, p)
		}
		files = append(files, f)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 50 {
		t.Fatalf("only %d Go files were found: is this the module?", len(files))
	}
	return files
}

func outside(path, name string) bool {
	if strings.HasPrefix(name, ".") || name == "testdata" {
		return true
	}
	_, err := os.Stat(filepath.Join(path, "go.mod"))
	return err == nil
}
