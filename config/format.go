package config

import (
	"fmt"
	"unicode/utf8"

	"github.com/gwctl/gwctl/config/nesting"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
)

// Format returns a file in the canonical style. A file that does not parse is
// returned as it is, with what is wrong with it.
func Format(src []byte, filename string) ([]byte, hcl.Diagnostics) {
	at := hcl.Range{Filename: filename, Start: hcl.InitialPos, End: hcl.InitialPos}
	fail := func(at hcl.Range, summary, detail string) ([]byte, hcl.Diagnostics) {
		return src, hcl.Diagnostics{problem(at, summary, "%s", detail)}
	}
	if len(src) > maxFileBytes {
		return fail(at, "File too big", fmt.Sprintf("%s has more than %d MB, which is the limit for a file.", filename, maxFileBytes>>20))
	}
	if !utf8.Valid(src) {
		return fail(invalidByte(filename, src), "File is not UTF-8", "Save the file with the encoding UTF-8.")
	}
	tokens, _ := hclsyntax.LexConfig(src, filename, hcl.InitialPos)
	if at, deep := nesting.Check(tokens); deep {
		return fail(at, "Nested too deeply", fmt.Sprintf("Expressions and blocks may nest %d deep at most.", nesting.Max))
	}
	if _, diags := hclsyntax.ParseConfig(src, filename, hcl.InitialPos); diags.HasErrors() {
		return src, diags
	}
	return hclwrite.Format(src), nil
}
