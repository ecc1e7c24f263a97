// Package nesting refuses text that is nested so deeply that a recursive
// parser or evaluator would run out of stack, which Go cannot recover from.
package nesting

import (
	"bytes"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Max is how deep an expression may be: brackets, and operators in a row,
// since `1 + 1 + 1` nests too.
const Max = 2000

// level is an open bracket.
type level struct {
	start int  // depth of what stands in it
	after int  // depth once it is closed
	lines bool // a new line starts a new item
}

// Check returns the place where tokens nest more deeply than Max.
func Check(tokens hclsyntax.Tokens) (hcl.Range, bool) {
	levels := []level{{lines: true}}
	depth := 0
	for _, t := range tokens {
		top := levels[len(levels)-1]
		switch t.Type {
		case hclsyntax.TokenOBrace:
			depth++
			levels = append(levels, level{start: depth, after: depth, lines: true})
		case hclsyntax.TokenOParen, hclsyntax.TokenOBrack, hclsyntax.TokenTemplateControl:
			// What is closed may be indexed again, x[0][0], and what follows
			// a directive belongs to it.
			depth++
			levels = append(levels, level{start: depth, after: depth})
		case hclsyntax.TokenOQuote, hclsyntax.TokenOHeredoc, hclsyntax.TokenTemplateInterp:
			levels = append(levels, level{start: depth + 1, after: depth})
			depth++
		case hclsyntax.TokenCBrace, hclsyntax.TokenCParen, hclsyntax.TokenCBrack,
			hclsyntax.TokenCQuote, hclsyntax.TokenCHeredoc, hclsyntax.TokenTemplateSeqEnd:
			if len(levels) > 1 {
				depth, levels = top.after, levels[:len(levels)-1]
			}
		case hclsyntax.TokenComma:
			depth = top.start
		case hclsyntax.TokenNewline, hclsyntax.TokenComment:
			// A comment to the end of the line includes that end.
			if top.lines && bytes.HasSuffix(t.Bytes, []byte("\n")) {
				depth = top.start
			}
		case hclsyntax.TokenIdent, hclsyntax.TokenNumberLit, hclsyntax.TokenStringLit, hclsyntax.TokenQuotedLit, hclsyntax.TokenEOF:
		default:
			depth++
		}
		if depth > Max {
			return t.Range, true
		}
	}
	return hcl.Range{}, false
}

// DataTooDeep reports whether JSON or YAML text nests more deeply than Max. It
// counts brackets inside of strings too: no text that people write has so many.
func DataTooDeep(text string) bool {
	depth, inline := 0, 0
	for i := range len(text) {
		switch text[i] {
		case '[', '{':
			depth++
		case ']', '}':
			depth--
		case '\n':
			inline = 0
		case '-', '?', ':':
			// In YAML, "- - - x" on one line is three lists deep.
			if strings.HasPrefix(text[i+1:], " ") {
				inline++
			}
		}
		if depth+inline > Max {
			return true
		}
	}
	return false
}
