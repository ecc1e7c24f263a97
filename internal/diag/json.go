package diag

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// Diagnostic is Terraform's JSON form of a diagnostic, so that the editors and
// checks that read Terraform's read gwctl's.
type Diagnostic struct {
	Severity string   `json:"severity"` // "error" or "warning"
	Summary  string   `json:"summary"`
	Detail   string   `json:"detail"`
	Range    *Range   `json:"range,omitempty"`
	Snippet  *Snippet `json:"snippet,omitempty"`
}

// Range is a place in a file.
type Range struct {
	Filename string `json:"filename"`
	Start    Pos    `json:"start"`
	End      Pos    `json:"end"`
}

// Pos is a position: line and column count from one, bytes from zero.
type Pos struct {
	Line   int `json:"line"`
	Column int `json:"column"`
	Byte   int `json:"byte"`
}

// Snippet is the source at the place of the diagnostic.
type Snippet struct {
	Context              *string           `json:"context"` // headers of the blocks around it
	Code                 string            `json:"code"`
	StartLine            int               `json:"start_line"`
	HighlightStartOffset int               `json:"highlight_start_offset"` // bytes into Code
	HighlightEndOffset   int               `json:"highlight_end_offset"`
	Values               []ExpressionValue `json:"values"`
}

// ExpressionValue says what a variable of the expression was.
type ExpressionValue struct {
	Traversal string `json:"traversal"` // "var.weight"
	Statement string `json:"statement"` // "is 150", "has a sensitive value"
}

// JSON returns the diagnostics in Terraform's JSON form, never nil, so that an
// empty list encodes as one.
func JSON(diags hcl.Diagnostics, sources Sources) []Diagnostic {
	out := make([]Diagnostic, 0, len(diags))
	for _, d := range diags {
		j := Diagnostic{Severity: severity(d), Summary: d.Summary, Detail: d.Detail}
		if d.Subject != nil {
			j.Range = &Range{Filename: d.Subject.Filename, Start: Pos(d.Subject.Start), End: Pos(d.Subject.End)}
		}
		if s, ok := find(d, sources); ok {
			j.Snippet = s.json()
			j.Snippet.Values = append(j.Snippet.Values, values(d)...)
		}
		out = append(out, j)
	}
	return out
}

func severity(d *hcl.Diagnostic) string {
	if d.Severity == hcl.DiagWarning {
		return "warning"
	}
	return "error"
}

func (s snippet) json() *Snippet {
	j := &Snippet{Values: []ExpressionValue{}}
	if s.context != "" {
		j.Context = &s.context
	}
	var code strings.Builder
	first := true
	for i, l := range s.lines {
		if i == 0 {
			j.StartLine = l.number
		} else {
			code.WriteByte('\n')
		}
		if l.start < l.end {
			if first {
				j.HighlightStartOffset, first = code.Len()+l.start, false
			}
			j.HighlightEndOffset = code.Len() + l.end
		}
		code.WriteString(l.text)
	}
	j.Code = code.String()
	return j
}
