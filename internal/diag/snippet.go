package diag

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
)

// A snippet shows at most so many lines, and so many bytes of each.
const (
	maxLines     = 10
	maxLineBytes = 240
)

// Hidden is the Extra of a diagnostic whose source is not shown: what stands
// there is a secret.
type Hidden struct{}

// snippet is the part of a file that a diagnostic points at.
type snippet struct {
	context string // headers of the blocks around it: `gateway "public", listener "admin"`
	lines   []line
	more    bool // the range goes on after the last line
}

// line is one line of source with the part that is meant.
type line struct {
	number     int
	text       string
	start, end int // highlighted bytes of text; equal when there are none
}

// find returns what the diagnostic points at, or false where the file is not
// known. Ranges may be older than the file, so they are cut to fit.
func find(d *hcl.Diagnostic, sources Sources) (snippet, bool) {
	if d.Subject == nil {
		return snippet{}, false
	}
	file := sources[d.Subject.Filename]
	if file == nil || file.Bytes == nil {
		return snippet{}, false
	}
	shown := *d.Subject
	if c := d.Context; c != nil && c.Filename == shown.Filename && c.End.Line-c.Start.Line < maxLines {
		shown = hcl.RangeOver(shown, *c)
	}
	s := snippet{context: headers(file, d.Subject.Start)}
	if _, hidden := hcl.DiagnosticExtra[Hidden](d); hidden {
		return s, false
	}

	src := file.Bytes
	from, to := clamp(d.Subject.Start.Byte, len(src)), clamp(d.Subject.End.Byte, len(src))
	if to <= from {
		to = from + 1 // nothing is missing at a point: show the point
	}
	start := clamp(shown.Start.Byte, len(src))
	start = bytes.LastIndexByte(src[:start], '\n') + 1
	end := max(clamp(shown.End.Byte, len(src)), min(to, len(src)))
	for number := shown.Start.Line; ; number++ {
		if len(s.lines) == maxLines {
			s.more = true
			return s, true
		}
		stop := len(src)
		if i := bytes.IndexByte(src[start:], '\n'); i >= 0 {
			stop = start + i
		}
		text := bytes.TrimSuffix(src[start:stop], []byte("\r"))
		l := line{number: number, text: string(text), start: max(from-start, 0), end: min(to-start, len(text))}
		if l.start >= l.end && from >= start && from <= stop {
			// A range at the end of a line points behind its last byte.
			l.start = min(l.start, len(text))
			l.text += " "
			l.end = l.start + 1
		}
		s.lines = append(s.lines, l.cut())
		start = stop + 1
		if start >= end || start > len(src) {
			return s, true
		}
	}
}

// cut shortens a line that nobody could read to what surrounds the highlight.
func (l line) cut() line {
	if l.start >= l.end {
		l.start, l.end = 0, 0
	}
	if len(l.text) <= maxLineBytes {
		return l
	}
	const dots = "..."
	from := runeStart(l.text, max(0, l.start-maxLineBytes/4))
	to := runeStart(l.text, min(len(l.text), from+maxLineBytes))
	text := l.text[from:to]
	l.start, l.end = min(l.start-from, len(text)), min(l.end-from, len(text))
	if from > 0 {
		text = dots + text
		l.start, l.end = l.start+len(dots), l.end+len(dots)
	}
	if to < len(l.text) {
		text += dots
	}
	l.text = text
	return l
}

// headers names the blocks around a position, the outermost first.
func headers(file *hcl.File, pos hcl.Pos) string {
	var names []string
	for _, block := range file.BlocksAtPos(pos) {
		name := block.Type
		for _, label := range block.Labels {
			name += ` "` + label + `"`
		}
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}

// runeStart returns the start of the character that byte i belongs to.
func runeStart(s string, i int) int {
	for i > 0 && i < len(s) && !utf8.RuneStart(s[i]) {
		i--
	}
	return i
}

func clamp(n, limit int) int { return max(0, min(n, limit)) }
