package rule

import "strings"

type kind int

const (
	isEnd kind = iota
	isWord
	isNumber
	isText
	isSymbol
)

type token struct {
	kind kind
	text string // of a text: what it says
}

// symbols: those of two characters first.
var symbols = []string{"&&", "||", "==", "!=", "<=", ">=", "<", ">", "!", "?", ":", "+", "(", ")", "[", "]", ".", ","}

// scan splits a rule into tokens.
func scan(s string) ([]token, bool) {
	var tokens []token
	for {
		s = strings.TrimLeft(s, " \t\r\n")
		if s == "" {
			return tokens, true
		}
		t, length := next(s)
		if length == 0 {
			return nil, false
		}
		tokens, s = append(tokens, t), s[length:]
	}
}

// next returns the token that s begins with, and how long it is written; 0 if
// it is none that is known.
func next(s string) (token, int) {
	raw := strings.HasPrefix(s, "r\"") || strings.HasPrefix(s, "r'")
	switch {
	case raw:
		t, length := quoted(s[1:], true)
		return t, length + min(length, 1)
	case s[0] == '"' || s[0] == '\'':
		return quoted(s, false)
	case isLetter(s[0]):
		length := run(s, func(c byte) bool { return isLetter(c) || isDigit(c) })
		return token{isWord, s[:length]}, length
	case isDigit(s[0]):
		length := run(s, func(c byte) bool { return isDigit(c) || isLetter(c) || c == '.' }) // 1.5, 0x1f, 1u: no number known here
		return token{isNumber, s[:length]}, length
	}
	for _, known := range symbols {
		if strings.HasPrefix(s, known) {
			return token{isSymbol, known}, len(known)
		}
	}
	return token{}, 0
}

// quoted reads a string, in one or three quotation marks. Only a raw one may
// have backslashes.
func quoted(s string, raw bool) (token, int) {
	mark := s[:1]
	if three := strings.Repeat(mark, 3); strings.HasPrefix(s, three) {
		mark = three
	}
	inside, _, closed := strings.Cut(s[len(mark):], mark)
	if !closed || !raw && strings.Contains(inside, `\`) || len(mark) == 1 && strings.ContainsAny(inside, "\r\n") {
		return token{}, 0
	}
	return token{isText, inside}, len(inside) + 2*len(mark)
}

func run(s string, in func(byte) bool) int {
	for i := range len(s) {
		if !in(s[i]) {
			return i
		}
	}
	return len(s)
}

func isLetter(c byte) bool { return c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
