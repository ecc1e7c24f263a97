package nesting

import (
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

func TestCheckRefusesDepthOnly(t *testing.T) {
	const many = 4 * Max
	tests := map[string]struct {
		src  string
		deep bool
	}{
		"parentheses":             {"a = " + strings.Repeat("(", many), true},
		"lists":                   {"a = " + strings.Repeat("[", many), true},
		"blocks":                  {strings.Repeat("a {\n", many), true},
		"sums":                    {"a = 1" + strings.Repeat("+1", many), true},
		"sums over lines":         {"a = (1" + strings.Repeat("\n+1", many) + ")", true},
		"negations":               {"a = " + strings.Repeat("!", many) + "true", true},
		"conditions":              {"a = " + strings.Repeat("x ? y : ", many) + "z", true},
		"indexes":                 {"a = x" + strings.Repeat("[0]", many), true},
		"templates":               {"a = " + strings.Repeat(`"${`, many), true},
		"directives":              {`a = "` + strings.Repeat("%{ if x }", many) + `"`, true},
		"many arguments":          {strings.Repeat("a = 1 + 1\n", many), false},
		"many commented lines":    {strings.Repeat("a = 1 # one\n", many), false},
		"many elements":           {"a = [" + strings.Repeat("1 + 1, ", many) + "]", false},
		"many lines of an object": {"a = {\n" + strings.Repeat("b = -1\n", many) + "}\n", false},
		"many blocks":             {strings.Repeat("a {\n b = [1]\n}\n", many), false},
		"many interpolations":     {`a = "` + strings.Repeat("${x.y}", many) + `"`, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			tokens, _ := hclsyntax.LexConfig([]byte(test.src), "a.hcl", hcl.InitialPos)
			if at, deep := Check(tokens); deep != test.deep {
				t.Errorf("deep = %v at %s, want %v", deep, at, test.deep)
			}
		})
	}
}

func TestDataTooDeep(t *testing.T) {
	const many = 4 * Max
	for text, want := range map[string]bool{
		strings.Repeat("[", many):               true,
		strings.Repeat(`{"a":`, many):           true,
		strings.Repeat("- ", many):              true,
		strings.Repeat(`{"a": [1]}`+"\n", many): false,
		strings.Repeat("- a: 1\n", many):        false,
	} {
		if got := DataTooDeep(text); got != want {
			t.Errorf("DataTooDeep(%.20q...) = %v, want %v", text, got, want)
		}
	}
}
