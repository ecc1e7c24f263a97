package functions

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// folder writes what the file functions read.
func folder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[string]string{
		"a.txt":       "alpha",
		"sub/b.txt":   "beta",
		"t.tpl":       "%{ for h in hosts ~}\n${upper(h)}\n%{ endfor ~}\n",
		"loop.tpl":    `${templatefile("loop.tpl", {})}`,
		"broken.tpl":  "one\n${x",
		"missing.tpl": "${nothing}",
		"binary":      "\xff\xfe",
		"deep.json":   strings.Repeat("[", 1<<20),
		"deep.tpl":    strings.Repeat(`${"`, 1<<16),
		"big":         strings.Repeat("x", maxFileBytes+1),
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func evaluate(t *testing.T, dir, source string) (cty.Value, hcl.Diagnostics) {
	t.Helper()
	expr, diags := hclsyntax.ParseExpression([]byte(source), "test", hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	return expr.Value(&hcl.EvalContext{
		Functions: Table(filepath.Join(dir, "sub"), dir),
		Variables: map[string]cty.Value{"secret": cty.StringVal("s3cret").Mark(Sensitive)},
	})
}

func TestFunctionsAnswerAsTerraforms(t *testing.T) {
	dir := folder(t)
	// Each expression equals the other one.
	for expression, want := range map[string]string{
		`alltrue([true, true])`:     `true`,
		`alltrue([true, false])`:    `false`,
		`alltrue([])`:               `true`,
		`alltrue([null])`:           `false`,
		`anytrue([false, true])`:    `true`,
		`anytrue([])`:               `false`,
		`anytrue([false, "false"])`: `false`,

		`base64decode(base64encode("größe"))`: `"größe"`,
		`base64sha256("a")`:                   `"ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs="`,
		`basename("a/b.txt")`:                 `"b.txt"`,
		`dirname("a/b.txt")`:                  `"a"`,
		`md5("a")`:                            `"0cc175b9c0f1b6a831c399e269772661"`,
		`sha1("a")`:                           `"86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"`,
		`sha256("a")`:                         `"ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"`,
		`substr(sha512("a"), 0, 8)`:           `"1f40fc92"`,
		`uuidv5("dns", "example.com")`:        `"cfbff0d1-9375-5685-968c-48ce8b15ae17"`,

		`cidrhost("10.0.0.0/8", 5)`:                                    `"10.0.0.5"`,
		`cidrnetmask("10.0.0.0/12")`:                                   `"255.240.0.0"`,
		`cidrsubnet("10.0.0.0/8", 8, 3)`:                               `"10.3.0.0/16"`,
		`cidrsubnets("10.0.0.0/8", 8, 8)`:                              `["10.0.0.0/16", "10.1.0.0/16"]`,
		`coalesce(null, "", "b")`:                                      `"b"`,
		`compact(["a", "", "b"])`:                                      `["a", "b"]`,
		`concat(["a"], ["b"])`:                                         `["a", "b"]`,
		`endswith("abc", "bc")`:                                        `true`,
		`startswith("abc", "bc")`:                                      `false`,
		`strcontains("abc", "b")`:                                      `true`,
		`format("%s-%03d", "a", 7)`:                                    `"a-007"`,
		`formatdate("YYYY", "2026-01-02T03:04:05Z")`:                   `"2026"`,
		`index(["a", "b"], "b")`:                                       `1`,
		`join(",", ["a", "b"])`:                                        `"a,b"`,
		`jsondecode("{\"a\": [1, 2]}")`:                                `{ a = [1, 2] }`,
		`jsonencode({ a = [1, true] })`:                                `"{\"a\":[1,true]}"`,
		`length("größe")`:                                              `5`,
		`length([1, 2])`:                                               `2`,
		`length({ a = 1 })`:                                            `1`,
		`length(toset(["a", "a"]))`:                                    `1`,
		`lookup({ a = 1 }, "a")`:                                       `1`,
		`lookup({ a = 1 }, "b", 2)`:                                    `2`,
		`lookup(tomap({ a = 1 }), "a")`:                                `1`,
		`matchkeys(["x", "y"], ["a", "b"], ["b"])`:                     `["y"]`,
		`matchkeys(["x"], ["a"], ["b"])`:                               `[]`,
		`merge({ a = 1 }, { b = 2 })`:                                  `{ a = 1, b = 2 }`,
		`one(["a"])`:                                                   `"a"`,
		`one([]) == null`:                                              `true`,
		`one(toset([]))  == null`:                                      `true`,
		`parseint("ff", 16)`:                                           `255`,
		`regex("([a-z]+)-([0-9]+)", "ab-12")`:                          `["ab", "12"]`,
		`regexall("[0-9]", "a1b2")`:                                    `["1", "2"]`,
		`replace("a.b.c", ".", "-")`:                                   `"a-b-c"`,
		`replace("a1b22", "/[0-9]+/", "_")`:                            `"a_b_"`,
		`setproduct(["a"], ["x", "y"])`:                                `[["a", "x"], ["a", "y"]]`,
		`strrev("abc")`:                                                `"cba"`,
		`sum([1, 2.5])`:                                                `3.5`,
		`sum([])`:                                                      `0`,
		`timeadd("2026-01-01T00:00:00Z", "1h")`:                        `"2026-01-01T01:00:00Z"`,
		`timecmp("2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00")`: `0`,
		`tolist(["a", "b"])`:                                           `["a", "b"]`,
		`tolist([1, "b"])`:                                             `["1", "b"]`,
		`toset(["b", "a", "b"])`:                                       `["a", "b"]`,
		`toset([])`:                                                    `[]`,
		`tomap({ a = 1, b = 2 })`:                                      `{ a = 1, b = 2 }`,
		`tomap({ a = 1, b = "x" })`:                                    `{ a = "1", b = "x" }`,
		`issensitive(toset(sensitive(["a"])))`:                         `true`,
		`tonumber("5")`:                                                `5`,
		`tostring(true)`:                                               `"true"`,
		`transpose({ a = ["x", "y"], b = ["y"] })`:                     `{ x = ["a"], y = ["a", "b"] }`,
		`try(jsondecode("{"), "fallback")`:                             `"fallback"`,
		`can(regex("[a-z]", "1"))`:                                     `false`,
		`urlencode("a b/c")`:                                           `"a+b%2Fc"`,
		`values({ b = 2, a = 1 })`:                                     `[1, 2]`,
		`yamldecode("a: [1, x]")`:                                      `{ a = [1, "x"] }`,
		`yamlencode({ a = "b" })`:                                      `"\"a\": \"b\"\n"`,
		`zipmap(["a"], [1])`:                                           `{ a = 1 }`,

		`issensitive(secret)`:                                  `true`,
		`issensitive("x")`:                                     `false`,
		`issensitive(upper(secret))`:                           `true`,
		`nonsensitive(secret)`:                                 `"s3cret"`,
		`nonsensitive(sensitive("x"))`:                         `"x"`,
		`nonsensitive({ a = secret }).a`:                       `"s3cret"`,
		`issensitive(base64encode(secret))`:                    `true`,
		`issensitive(templatestring("$${x}", { x = secret }))`: `true`,

		`file("a.txt")`:                                 `"alpha"`,
		`file("b.txt")`:                                 `"beta"`,
		`file("sub/b.txt")`:                             `"beta"`,
		`file("./sub/../a.txt")`:                        `"alpha"`,
		`file(abspath("a.txt"))`:                        `"alpha"`,
		`filebase64("a.txt")`:                           `"YWxwaGE="`,
		`filesha256("a.txt")`:                           `sha256("alpha")`,
		`filemd5("a.txt")`:                              `md5("alpha")`,
		`fileexists("a.txt")`:                           `true`,
		`fileexists("c.txt")`:                           `false`,
		`fileset(".", "**/*.txt")`:                      `["b.txt"]`,
		`fileset("..", "**/*.txt")`:                     `["a.txt", "sub/b.txt"]`,
		`fileset("sub", "*.nothing")`:                   `[]`,
		`templatefile("t.tpl", { hosts = ["a", "b"] })`: `"A\nB\n"`,
		`templatestring("$${n + 1}", { n = 1 })`:        `2`,
	} {
		t.Run(expression, func(t *testing.T) {
			got, diags := evaluate(t, dir, expression)
			if diags.HasErrors() {
				t.Fatal(diags)
			}
			wanted, diags := evaluate(t, dir, want)
			if diags.HasErrors() {
				t.Fatal(diags)
			}
			got, _ = got.UnmarkDeep()
			wanted, err := convert.Convert(wanted, got.Type())
			if err != nil {
				t.Fatalf("got %#v: %v", got, err)
			}
			if !got.RawEquals(wanted) {
				t.Errorf("got %#v, want %#v", got, wanted)
			}
		})
	}
}

func TestFunctionsRefuse(t *testing.T) {
	dir := folder(t)
	for expression, want := range map[string]string{
		`timestamp()`:                      "a plan must repeat",
		`uuid()`:                           "uuidv5 does not",
		`bcrypt("x", 4)`:                   "a plan must repeat",
		`base64decode("?")`:                "not base64",
		`base64decode("//8=")`:             "not UTF-8",
		`file("nothing.txt")`:              "relative to the module's folder",
		`file("sub")`:                      "is not a file",
		`file("binary")`:                   "filebase64",
		`file("big")`:                      "8 MB",
		`fileexists("sub")`:                "is not a file",
		`fileset(".", "[")`:                "pattern",
		`templatefile("loop.tpl", {})`:     "templatefile",
		`templatefile("broken.tpl", {})`:   "broken.tpl:1",
		`templatefile("missing.tpl", {})`:  "missing.tpl:1",
		`templatefile("deep.tpl", {})`:     "nested more than",
		`templatefile("t.tpl", [])`:        "must be an object",
		`templatestring("x", { "1" = 1 })`: "name of a variable",
		`jsondecode(file("deep.json"))`:    "nested more than",
		`yamldecode(file("deep.json"))`:    "nested more than",
		`one(["a", "b"])`:                  "at most one",
		`one(toset(["a", "b"]))`:           "at most one",
		`lookup({ a = 1 }, "b")`:           `has no "b"`,
		`lookup(tomap({ a = 1 }), "b")`:    `has no "b"`,
		`lookup(["a"], "b")`:               "map or an object",
		`lookup({}, "a", 1, 2)`:            "at most one default",
		`length(5)`:                        "length",
		`index(["a"], "b")`:                "does not have",
		`index({}, "b")`:                   "searches a list",
		`matchkeys(["a"], [], [])`:         "as many keys",
		`sum([null])`:                      "null",
		`transpose({ a = [null] })`:        "null",
		`timecmp("x", "y")`:                "not a time",
		`log(1, 1)`:                        "base other than 1",
		`log(-1, 10)`:                      "positive number",
		`pow(-1, 0.5)`:                     "negative number",
	} {
		t.Run(expression, func(t *testing.T) {
			_, diags := evaluate(t, dir, expression)
			if !diags.HasErrors() {
				t.Fatal("no error")
			}
			if got := diags[0].Detail; !strings.Contains(got, want) {
				t.Errorf("the error %q does not say %q", got, want)
			}
		})
	}
}

func TestPathExpand(t *testing.T) {
	t.Setenv("HOME", "/home/me")
	got, diags := evaluate(t, t.TempDir(), `[pathexpand("~/x"), pathexpand("~"), pathexpand("~you"), pathexpand("x")]`)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	for i, want := range []string{"/home/me/x", "/home/me", "~you", "x"} {
		if s := got.AsValueSlice()[i].AsString(); s != want {
			t.Errorf("%d: got %q, want %q", i, s, want)
		}
	}
}
