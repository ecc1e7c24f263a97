package config

import "testing"

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
