package main

import (
	"slices"
	"strings"
	"testing"
)

func TestFlagsMayHaveOneDash(t *testing.T) {
	for _, tc := range []struct{ written, means string }{
		{"plan -out a.plan", "plan --out a.plan"},
		{"plan --out=a.plan -json", "plan --out=a.plan --json"},
		{"plan -h", "plan -h"},
		{"state push -", "state push -"},
		{"plan -var a=-b", "plan --var a=-b"},
		{"plan -var=a=-b", "plan --var=a=-b"},
		{"fmt -check -- -odd.hcl", "fmt --check -- -odd.hcl"},
		{"rollback -1", "rollback -1"},
		{"", ""},
	} {
		args := strings.Fields(tc.written)
		if got := strings.Join(doubleDashes(args), " "); got != tc.means {
			t.Errorf("%q became %q", tc.written, got)
		}
		if !slices.Equal(args, strings.Fields(tc.written)) {
			t.Errorf("%q was changed in place", tc.written)
		}
	}
}

func TestJSONIsAskedFor(t *testing.T) {
	for written, want := range map[string]bool{
		"plan -json":             true,
		"plan --json=true":       true,
		"plan -json -json=false": false,
		"plan -out json":         false,
		"fmt -- -json":           false,
		"plan":                   false,
	} {
		if got := wantsJSON(doubleDashes(strings.Fields(written))); got != want {
			t.Errorf("%q: %v", written, got)
		}
	}
}

// Help is what people read first: every flag says what it does, in their
// spelling.
func TestEveryFlagIsExplained(t *testing.T) {
	var help strings.Builder
	code := run(t.Context(), []string{"apply", "-help"}, terminal{In: strings.NewReader(""), Out: &help, Err: &help})
	if code != exitOK {
		t.Fatalf("exit code %d:\n%s", code, &help)
	}
	for _, flag := range []string{
		"target", "exclude", "destroy", "refresh-only", "var", "var-file", "json", "lock-timeout", "auto-approve",
		"input", "no-color", "parallelism", "chdir", "adopt", "allow-destroy", "wait-for", "wait-timeout", "concise",
	} {
		if !strings.Contains(help.String(), "\n  -"+flag+" ") {
			t.Errorf("-%s is not explained:\n%s", flag, &help)
		}
	}
	if strings.Contains(help.String(), "--") {
		t.Errorf("there are two dashes:\n%s", &help)
	}
}
