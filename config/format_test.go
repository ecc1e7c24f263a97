package config

import (
	"strings"
	"testing"
)

func TestFormat(t *testing.T) {
	got, diags := Format([]byte("a{\nb=1\nccc  =  [ 1,2 ]\n}\n"), "a.hcl")
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	if want := "a {\n  b   = 1\n  ccc = [1, 2]\n}\n"; string(got) != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	for name, src := range map[string]string{
		"syntax":  "a {",
		"nesting": strings.Repeat("[", 1<<17),
		"UTF-8":   "a = \"\xff\"",
		"size":    strings.Repeat("#", maxFileBytes+1),
	} {
		t.Run(name, func(t *testing.T) {
			got, diags := Format([]byte(src), "a.hcl")
			if !diags.HasErrors() || string(got) != src {
				t.Errorf("%v, and changed is %v", diags, string(got) != src)
			}
		})
	}
}
