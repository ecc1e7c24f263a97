package config

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

func TestConstraintsOnTheVersion(t *testing.T) {
	for _, c := range []struct {
		version, operator, limit string
		want                     bool
	}{
		{"v0.1.0", ">=", "0.1", true},
		{"v0.1.0-dev", ">=", "0.1", true},
		{"v0.1.0-dev+abc", ">=", "0.1.0", true},
		{"v0.1.0-dev", "<", "0.1.0", false},
		{"v0.1.0-dev", ">=", "0.1.0-dev", true},
		{"v0.1.0-alpha", ">=", "0.1.0-beta", false},
		{"v1.2.9", "~>", "1.2.3", true},
		{"v1.3.0", "~>", "1.2.3", false},
		{"v1.3.0", "~>", "1.2", true},
		{"v2.0.0", "~>", "1.2", false},
		{"v1.0.0", "!=", "1.0.0", false},
		{"v1.0.1", "", "1.0.0", false},
	} {
		if got := meets(c.version, c.operator, c.limit); got != c.want {
			t.Errorf("%s meets %s %s: %t", c.version, c.operator, c.limit, got)
		}
	}
}

func TestRequiredVersion(t *testing.T) {
	for _, test := range []struct {
		constraint, version string
		want                bool
	}{
		{">= 0.1, < 1", "0.1.0", true},
		{">= 0.1, < 1", "v0.9.3", true},
		{">= 0.1, < 1", "1.0.0", false},
		{"0.2", "0.2.0", true},
		{"= 0.2.1", "0.2.0", false},
		{"!= 0.2.0", "0.2.0", false},
		{"> 0.2.0", "0.2.0", false},
		{"<= 0.2.0", "0.2.0", true},
		{"~> 1.2", "1.9.0", true},
		{"~> 1.2", "1.1.0", false},
		{"~> 1.2", "2.0.0", false},
		{"~> 1.2.3", "1.2.9", true},
		{"~> 1.2.3", "1.3.0", false},
		{">= 99", "", true},
		{">= 99", "development", true},
	} {
		dir := t.TempDir()
		write(t, dir, []txtar.File{{Name: "a.hcl", Data: fmt.Appendf(nil, "gwctl {\n  name = \"x\"\n  required_version = %q\n}\n", test.constraint)}})
		_, diags := load(t.Context(), Options{Dir: dir, Version: test.version}, testKinds(), composeNothing)
		if got := !diags.HasErrors(); got != test.want {
			t.Errorf("version %q meets %q: %v, want %v", test.version, test.constraint, got, test.want)
		}
	}
	for _, constraint := range []string{"", "banana", ">=", ">= 1.", "1.2.3.4", ">= 0.1; < 1", "^1"} {
		_, diags := loadFiles(t, map[string]string{"a.hcl": fmt.Sprintf("gwctl { required_version = %q }\n", constraint)})
		if diff := cmp.Diff([]string{"a.hcl:1,28: Invalid version"}, summaries(diags)); diff != "" {
			t.Errorf("%q: %s", constraint, diff)
		}
	}
}
