package config

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestNumbersOfOutputsAndVariablesAreNeverRounded(t *testing.T) {
	for text, want := range map[string]any{
		"12345678901234567890123":   json.Number("12345678901234567890123"),
		"9007199254740993":          int64(9007199254740993),
		"1e400":                     json.Number("1e+400"),
		"0.1":                       0.1,
		"12345678901234567890.5":    json.Number("1.23456789012345678905e+19"),
		"[-0.0, { a = 1.5 }]":       []any{int64(0), map[string]any{"a": 1.5}},
		`jsondecode("[1e30,1e-4]")`: []any{1e30, 1e-4},
	} {
		c, diags := loadFiles(t, map[string]string{"a.hcl": "provider \"xds\" {}\nvariable \"v\" { default = null }\noutput \"o\" { value = " + text + " }\n"})
		if diags.HasErrors() {
			t.Fatal(text, diags)
		}
		if got := c.Outputs[0].Plain(); !reflect.DeepEqual(got, want) {
			t.Errorf("output %s is %#v, want %#v", text, got, want)
		}
	}
	c, diags := loadFiles(t, map[string]string{
		"a.hcl":        "provider \"xds\" {}\nvariable \"v\" {}\n",
		"gwctl.gwvars": "v = 12345678901234567890123\n",
	})
	if got := c.Variables["v"]; diags.HasErrors() || got != json.Number("12345678901234567890123") {
		t.Errorf("the variable is %#v (%v)", got, diags)
	}
}

func TestNumbersThatCannotBeKeptAreRefused(t *testing.T) {
	const refused = "Number out of range"
	for text, want := range map[string][]string{
		"weight = 9007199254740993":        nil,
		"weight = 0.5":                     nil,
		"weight = 1 / 3":                   nil,
		"weight = 12345678901234567890123": {refused},
		"weight = 9007199254740993.5":      {refused},
		"weight = 1e400":                   {refused},
		"weight = 1e-400":                  {refused},
		"weight = 1e100000000":             {refused},
		"weight = [1e100000000]":           {"Wrong type"},
	} {
		_, diags := loadFiles(t, map[string]string{"a.hcl": `provider "xds" {}
backend "b" {}
http_route "r" {
  rule "x" {
    forward {
      to = backend.b
      ` + text + `
    }
  }
}
`})
		var got []string
		for _, d := range diags {
			got = append(got, d.Summary)
			if d.Summary == refused && !strings.Contains(d.Detail, "9223372036854775807") {
				t.Errorf("%s: the limits are not named: %s", text, d.Detail)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s is refused as %q, want %q: %v", text, got, want, diags)
		}
	}
	_, diags := loadFiles(t, map[string]string{"a.hcl": "provider \"xds\" {}\noutput \"o\" { value = 1e100000000 }\n"})
	if got := summaries(diags); !slices.Equal(got, []string{"a.hcl:2,22: " + refused}) {
		t.Errorf("an output of a billion digits is refused as %q", got)
	}
}
