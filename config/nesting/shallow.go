package nesting

import "unicode/utf8"

// Shallow reports whether text surely does not nest more deeply than Max, at a
// glance: most files of values are long lists of plain literals, of which
// reading the tokens twice would take a third of the time that loading them
// takes. It counts as Check does, and gives up on templates, escapes, heredocs
// and comments that do not begin with #.
func Shallow(src []byte) bool {
	if !utf8.Valid(src) {
		return false // such bytes take the next ones along into one token
	}
	levels := []level{{lines: true}}
	depth := 0
	for i := 0; i < len(src); i++ {
		top := levels[len(levels)-1]
		switch c := src[i]; c {
		case '{', '(', '[':
			depth++
			levels = append(levels, level{start: depth, after: depth, lines: c == '{'})
		case '}', ')', ']':
			if len(levels) > 1 {
				depth, levels = top.after, levels[:len(levels)-1]
			}
		case ',':
			depth = top.start
		case '\n':
			if top.lines {
				depth = top.start
			}
		case '"':
			length := literal(src[i+1:])
			if length < 0 || depth+1 > Max {
				return false
			}
			i += length + 1
		case '#':
			i = endOfLine(src, i)
		case '\r':
			// Alone it is a character that does not belong there.
			if i+1 == len(src) || src[i+1] != '\n' {
				depth++
			}
		case '/', '<':
			return false // a comment of another kind, or a heredoc
		default:
			if !isPlain(c) {
				depth++
			}
		}
		if depth > Max {
			return false
		}
	}
	return true
}

// literal returns the length of a string without templates and escapes, which
// src is what follows the quotation mark of; -1 if it is none.
func literal(src []byte) int {
	for i, c := range src {
		switch c {
		case '"':
			return i
		case '\\', '\n', '$', '%':
			return -1
		}
	}
	return -1
}

// endOfLine returns the index of the last byte before the end of the line that
// i is in.
func endOfLine(src []byte, i int) int {
	for i+1 < len(src) && src[i+1] != '\n' {
		i++
	}
	return i
}

// isPlain reports whether a byte is a part of words and numbers, or nothing.
func isPlain(c byte) bool {
	return c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == ' ' || c == '\t'
}
