package config

import (
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
)

// A pipe without a writer would be waited for without end.
func TestLoadRefusesPipesWithoutWaiting(t *testing.T) {
	for name, tt := range map[string]struct {
		text string
		want string
	}{
		"f.hcl":            {"", "f.hcl:1,1: Unreadable file"},
		"gwctl.gwvars":     {"", "gwctl.gwvars:1,1: Unreadable file"},
		"a.auto.gwvars":    {"", "a.auto.gwvars:1,1: Unreadable file"},
		"given.vars":       {"", "given.vars:1,1: Unreadable file"},
		"text":             {`output "o" { value = file("text") }`, "main.hcl:2,28: Invalid function argument"},
		"text.tpl":         {`output "o" { value = templatefile("text.tpl", {}) }`, "main.hcl:2,36: Invalid function argument"},
		"link-to-pipe.hcl": {"", "link-to-pipe.hcl:1,1: Unreadable file"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, name)
			pipe := path
			if name == "link-to-pipe.hcl" {
				pipe = filepath.Join(dir, "pipe")
				if err := os.Symlink("pipe", path); err != nil {
					t.Fatal(err)
				}
			}
			if err := syscall.Mkfifo(pipe, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "main.hcl"), []byte("provider \"xds\" {}\n"+tt.text+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			opts := Options{Dir: dir}
			if name == "given.vars" {
				opts.Inputs = []Input{{File: path}}
			}
			_, diags := load(t.Context(), opts, testKinds(), composeNothing)
			for _, d := range diags {
				d.Subject.Filename = filepath.Base(d.Subject.Filename)
			}
			if got := summaries(diags); !slices.Equal(got, []string{tt.want}) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
