package config

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/gwctl/gwctl/internal/diag"
	"golang.org/x/tools/txtar"
)

// FuzzLoad loads what nobody would write: it may be wrong in any way, and the
// answer is diagnostics that can be shown.
func FuzzLoad(f *testing.F) {
	for _, pattern := range []string{"testdata/*.txtar", "../examples/*/*.hcl"} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, path := range paths {
			if archive, err := txtar.ParseFile(path); err == nil && len(archive.Files) > 0 {
				for _, file := range archive.Files {
					f.Add(file.Data, []byte("b = 1\n"))
				}
				continue
			}
			text, err := os.ReadFile(path)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(text, []byte("variable \"a\" {}\n"))
		}
	}
	f.Fuzz(func(t *testing.T, main, values []byte) {
		dir := t.TempDir()
		for name, text := range map[string][]byte{"main.hcl": main, "gwctl.gwvars": values, "m/main.hcl": values} {
			path := filepath.Join(dir, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, text, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		opts := Options{Dir: dir, Environ: []string{"GWCTL_VAR_a=[1]"}}
		c, diags := load(t.Context(), opts, testKinds(), composeNothing)
		if err := diag.Write(io.Discard, diags, c.Sources, diag.Style{Width: 80}); err != nil {
			t.Fatal(err)
		}
		diag.JSON(diags, c.Sources)
		c, diags = Load(t.Context(), opts)
		diag.JSON(diags, c.Sources)
	})
}
