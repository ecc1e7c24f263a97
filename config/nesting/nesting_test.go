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
		"as deep as is allowed":   {strings.Repeat("!", Max), false},
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

func TestPlainValuesAreShallow(t *testing.T) {
	const many = 4 * Max
	for text, want := range map[string]bool{
		strings.Repeat("a = 1 # one\n", many):                                          true,
		"t = {\n" + strings.Repeat(`  a = { b = "c}", d = [1, -2] }`+"\n", many) + "}": true,
		"t = " + strings.Repeat("[", Max-1) + strings.Repeat("]", Max-1):               true,
		"t = " + strings.Repeat("[", Max+1) + strings.Repeat("]", Max+1):               false,
		"t = 1" + strings.Repeat("+1", many):                                           false,
		`t = "${x}"`:                                                                   false,
		"t = <<E\nE\n":                                                                 false,
		"t = 1 /* one */\n":                                                            false,
	} {
		if got := Shallow([]byte(text)); got != want {
			t.Errorf("Shallow(%.20q...) = %v, want %v", text, got, want)
		}
	}
}

// FuzzShallow looks for text that is deep and looks shallow.
func FuzzShallow(f *testing.F) {
	for _, text := range []string{
		`a = { b = "c}", d = [1, -2] }`, "a = 1 # [\n", `a = "${x["y"]}"`, "a {\n b = !!true ? 1 : 2\n}", "a = (1\n+1)", `a = "\""`, `a = "%{ if x }"`, "a = é[", "0!\xc9#!!0", `a = ["`, "a = 1\r\nb = [\r]",
	} {
		f.Add(text, 100)
	}
	f.Fuzz(func(t *testing.T, text string, times int) {
		src := []byte(strings.Repeat(text, min(max(times, 0), 1<<20/(len(text)+1))))
		if !Shallow(src) {
			return
		}
		tokens, _ := hclsyntax.LexConfig(src, "a.hcl", hcl.InitialPos)
		if at, deep := Check(tokens); deep {
			t.Errorf("%q %d times is deep at %s", text, times, at)
		}
	})
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
