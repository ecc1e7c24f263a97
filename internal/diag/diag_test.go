package diag

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// parse returns sources with one file and the range of the first occurrence
// of each text.
func parse(t *testing.T, src string, texts ...string) (Sources, []hcl.Range) {
	t.Helper()
	file, diags := hclsyntax.ParseConfig([]byte(src), "gateway.hcl", hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	var ranges []hcl.Range
	for _, text := range texts {
		at := strings.Index(src, text)
		if at < 0 {
			t.Fatalf("the source has no %q", text)
		}
		pos := func(offset int) hcl.Pos {
			before := src[:offset]
			return hcl.Pos{
				Line:   1 + strings.Count(before, "\n"),
				Column: 1 + len(before) - (strings.LastIndex(before, "\n") + 1),
				Byte:   offset,
			}
		}
		ranges = append(ranges, hcl.Range{Filename: "gateway.hcl", Start: pos(at), End: pos(at + len(text))})
	}
	return Sources{"gateway.hcl": file}, ranges
}

const gateway = `gateway "public" {
  listener "admin" {
	port     = 9901
    hostname = "größe.example" # wide
  }
}
`

func TestWriteShowsTheSource(t *testing.T) {
	sources, r := parse(t, gateway, "9901", `"größe.example"`, "{\n\tport     = 9901\n    hostname")
	tests := map[string]struct {
		diag *hcl.Diagnostic
		want string
	}{
		"nested block, tab": {
			&hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Envoy refused the change", Detail: "cannot bind: Address already in use.", Subject: &r[0]},
			`Error: Envoy refused the change

  on gateway.hcl line 3, in gateway "public", listener "admin":
   3: 	port     = 9901
      	           ^^^^

cannot bind: Address already in use.
`,
		},
		"letters of several bytes": {
			&hcl.Diagnostic{Severity: hcl.DiagWarning, Summary: "Odd name", Subject: &r[1]},
			`Warning: Odd name

  on gateway.hcl line 4, in gateway "public", listener "admin":
   4:     hostname = "größe.example" # wide
                     ^^^^^^^^^^^^^^^
`,
		},
		"several lines": {
			&hcl.Diagnostic{Severity: hcl.DiagError, Summary: "All of it", Subject: &r[2]},
			`Error: All of it

  on gateway.hcl line 2, in gateway "public", listener "admin":
   2:   listener "admin" {
                         ^
   3: 	port     = 9901
      	^^^^^^^^^^^^^^^
   4:     hostname = "größe.example" # wide
          ^^^^^^^^
`,
		},
		"no place": {
			&hcl.Diagnostic{Severity: hcl.DiagError, Summary: "No server", Detail: "Start it."},
			"Error: No server\n\nStart it.\n",
		},
		"unknown file": {
			&hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Gone", Subject: &hcl.Range{Filename: "old.hcl", Start: hcl.Pos{Line: 7}}},
			"Error: Gone\n\n  on old.hcl line 7\n",
		},
		"a range that is older than the file": {
			&hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Stale", Subject: &hcl.Range{
				Filename: "gateway.hcl", Start: hcl.Pos{Line: 90, Column: 3, Byte: 4000}, End: hcl.Pos{Line: 90, Column: 5, Byte: 4002},
			}},
			"Error: Stale\n\n  on gateway.hcl line 90:\n  90:\n      ^\n",
		},
		"a secret": {
			&hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Not to be read", Subject: &r[0], Extra: Hidden{}},
			"Error: Not to be read\n\n  on gateway.hcl line 3, in gateway \"public\", listener \"admin\"\n",
		},
		"escape codes": {
			&hcl.Diagnostic{Severity: hcl.DiagError, Summary: "a\x1b[31mb", Detail: "c\x07"},
			"Error: a\uFFFD[31mb\n\nc\uFFFD\n",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, Text(hcl.Diagnostics{test.diag}, sources)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWriteCutsLongLines(t *testing.T) {
	sources, r := parse(t, `x = "`+strings.Repeat("a", 5000)+"HERE"+strings.Repeat("b", 5000)+"\"\n", "HERE")
	text := Text(hcl.Diagnostics{{Severity: hcl.DiagError, Summary: "Long", Subject: &r[0]}}, sources)
	lines := strings.Split(text, "\n")
	if len(lines[3]) > 300 || !strings.Contains(lines[3], "HERE") {
		t.Errorf("line 3 has %d bytes: %s", len(lines[3]), lines[3])
	}
	if strings.Index(lines[3], "HERE") != strings.Index(lines[4], "^^^^") {
		t.Errorf("marks are off:\n%s\n%s", lines[3], lines[4])
	}
}

// evaluated returns a diagnostic about an expression with its variables.
func evaluated(t *testing.T) (hcl.Diagnostics, Sources) {
	t.Helper()
	sources, r := parse(t, "condition = var.weight <= local.max && var.token != \"\" && each.key == var.weight\n", "var.weight <= local.max")
	body := sources["gateway.hcl"].Body.(*hclsyntax.Body)
	return hcl.Diagnostics{{
		Severity: hcl.DiagError, Summary: "Invalid value", Subject: &r[0],
		Expression: body.Attributes["condition"].Expr,
		EvalContext: &hcl.EvalContext{Variables: map[string]cty.Value{
			"var":   cty.ObjectVal(map[string]cty.Value{"weight": cty.NumberIntVal(150), "token": cty.StringVal("s3cret").Mark("sensitive")}),
			"local": cty.ObjectVal(map[string]cty.Value{"max": cty.NullVal(cty.Number)}),
			"each":  cty.ObjectVal(map[string]cty.Value{"key": cty.StringVal("blue")}),
		}},
	}}, sources
}

func TestWriteShowsValuesButNoSecrets(t *testing.T) {
	diags, sources := evaluated(t)
	want := `Error: Invalid value

  on gateway.hcl line 1:
   1: condition = var.weight <= local.max && var.token != "" && each.key == var.weight
                  ^^^^^^^^^^^^^^^^^^^^^^^
      each.key is "blue"
      local.max is null
      var.token has a sensitive value
      var.weight is 150
`
	if diff := cmp.Diff(want, Text(diags, sources)); diff != "" {
		t.Error(diff)
	}
}

func TestWritePaintsAndWraps(t *testing.T) {
	sources, r := parse(t, gateway, "9901")
	tag := func(name string) func(string) string {
		return func(s string) string { return "<" + name + ">" + s + "</" + name + ">" }
	}
	var b strings.Builder
	err := Write(&b, hcl.Diagnostics{
		{Severity: hcl.DiagError, Summary: "One", Detail: "four words stand here\n  a table stays as wide as it is", Subject: &r[0]},
		{Severity: hcl.DiagWarning, Summary: "Two"},
	}, sources, Style{Error: tag("e"), Warning: tag("w"), Summary: tag("s"), Location: tag("l"), Highlight: tag("h"), Width: 12})
	if err != nil {
		t.Fatal(err)
	}
	want := `<e>Error:</e> <s>One</s>

  <l>on gateway.hcl line 3, in gateway "public", listener "admin":</l>
   3: 	port     = <h>9901</h>
      	           <h>^^^^</h>

four words
stand here
  a table stays as wide as it is

<w>Warning:</w> <s>Two</s>
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
}

func TestJSONIsTerraforms(t *testing.T) {
	diags, sources := evaluated(t)
	got, err := json.Marshal(JSON(diags, sources))
	if err != nil {
		t.Fatal(err)
	}
	want := `[{"severity":"error","summary":"Invalid value","detail":"",` +
		`"range":{"filename":"gateway.hcl","start":{"line":1,"column":13,"byte":12},"end":{"line":1,"column":36,"byte":35}},` +
		`"snippet":{"context":null,"code":"condition = var.weight \u003c= local.max \u0026\u0026 var.token != \"\" \u0026\u0026 each.key == var.weight",` +
		`"start_line":1,"highlight_start_offset":12,"highlight_end_offset":35,"values":[` +
		`{"traversal":"each.key","statement":"is \"blue\""},{"traversal":"local.max","statement":"is null"},` +
		`{"traversal":"var.token","statement":"has a sensitive value"},{"traversal":"var.weight","statement":"is 150"}]}}]`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
	diags[0].Extra = Hidden{}
	if secret := JSON(diags, sources)[0]; secret.Snippet != nil {
		t.Errorf("a secret is shown: %v", secret.Snippet)
	}
	if got, _ := json.Marshal(JSON(nil, nil)); string(got) != "[]" {
		t.Errorf("no diagnostics encode as %s", got)
	}
}

func TestErrorsAndDiagnosticsAreEachOther(t *testing.T) {
	invalid := &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Invalid"}
	warning := &hcl.Diagnostic{Severity: hcl.DiagWarning, Summary: "Careful"}

	if err := AsError(hcl.Diagnostics{warning}); err != nil {
		t.Errorf("a warning became the error %v", err)
	}
	err := fmt.Errorf("load: %w", AsError(hcl.Diagnostics{invalid, warning}))
	if got := FromError(err); len(got) != 2 || got[0] != invalid || got[1] != warning {
		t.Errorf("FromError(AsError(diags)) = %v", got)
	}
	if d, ok := errors.AsType[*hcl.Diagnostic](err); !ok || d != invalid {
		t.Errorf("errors.As found %v", d)
	}

	err = AsError(FromError(fmt.Errorf("read state: %w", fs.ErrNotExist)))
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v has lost its cause", err)
	}

	joined := errors.Join(AsError(hcl.Diagnostics{invalid}), errors.New("first\nsecond"))
	got := FromError(joined)
	if len(got) != 2 || got[0] != invalid || got[1].Summary != "first" || got[1].Detail != "second" {
		t.Errorf("FromError of a joined error = %v", got)
	}
	if FromError(nil) != nil {
		t.Error("no error became a diagnostic")
	}
}

func TestTidySortsAndDropsRepetitions(t *testing.T) {
	at := func(file string, offset int) *hcl.Range {
		return &hcl.Range{Filename: file, Start: hcl.Pos{Line: 1, Byte: offset}}
	}
	var got []string
	for _, d := range Tidy(hcl.Diagnostics{
		{Severity: hcl.DiagWarning, Summary: "w", Subject: at("a.hcl", 0)},
		{Severity: hcl.DiagError, Summary: "b9", Subject: at("b.hcl", 9)},
		{Severity: hcl.DiagError, Summary: "a2", Subject: at("a.hcl", 2)},
		{Severity: hcl.DiagError, Summary: "b9", Subject: at("b.hcl", 9)},
		nil,
		{Severity: hcl.DiagError, Summary: "nowhere"},
	}) {
		got = append(got, d.Summary)
	}
	if diff := cmp.Diff([]string{"nowhere", "a2", "b9", "w"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestTidyBoundsWhatIsAlike(t *testing.T) {
	at := &hcl.Range{Filename: "a.hcl", Start: hcl.Pos{Line: 1, Byte: 3}}
	var many hcl.Diagnostics
	for i := range 100 {
		many = append(many, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Wrong type", Detail: fmt.Sprintf("for %03d", i), Subject: at})
	}
	got := Tidy(many)
	if len(got) != maxAlike {
		t.Fatalf("%d diagnostics, want %d", len(got), maxAlike)
	}
	if want := "for 004\n\nThere are 95 more like this in the same place."; got[maxAlike-1].Detail != want {
		t.Errorf("the last says %q, want %q", got[maxAlike-1].Detail, want)
	}
	if many[4].Detail != "for 004" {
		t.Error("the diagnostics given were changed")
	}
}

func TestNearest(t *testing.T) {
	kinds := []string{"gateway", "http_route", "backend", "rate_limit"}
	for name, want := range map[string]string{
		"gatway": "gateway", "http_rout": "http_route", "HTTP_Route": "http_route", "backends": "backend",
		"database": "", "x": "", "": "",
	} {
		if got := Nearest(name, kinds); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestAllowed(t *testing.T) {
	for _, test := range []struct {
		name    string
		allowed []string
		want    string
	}{
		{"prot", []string{"protocol", "port"}, ` Did you mean "port"? Allowed are "port" and "protocol".`},
		{"zzz", []string{"c", "a", "b"}, ` Allowed are "a", "b" and "c".`},
		{"zzz", []string{"a"}, ` Only "a" is allowed.`},
		{"zzz", nil, ``},
	} {
		if got := Allowed(test.name, test.allowed); got != test.want {
			t.Errorf("Allowed(%q) = %q, want %q", test.name, got, test.want)
		}
	}
}
