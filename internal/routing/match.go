package routing

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
)

// match is one match of a rule.
type match interface {
	// mismatch says why it is not for a request; 0 means that it is.
	mismatch(e *expressions, r *Request) (Reason, string)
	// covers reports whether it is certainly for each request that another
	// one is for.
	covers(other match) bool
	// meets reports whether one request may be for both, where no criterion of
	// theirs says which comes first. Where that is not known, it may.
	meets(other match) bool
	// field tells which matches may cover one another: they have the same, or
	// one of them is everywhere.
	field() string
	// String writes it as plans do.
	String() string
}

// everywhere is the field of matches that may cover all others.
const everywhere = "~"

// condition is a header or a query parameter that must have a value.
type condition struct {
	name, value string
	regex       bool
}

func (c condition) String() string {
	if c.regex {
		return fmt.Sprintf("%s~%s", c.name, c.value)
	}
	return fmt.Sprintf("%s=%s", c.name, c.value)
}

// firstOfName leaves out a name that was there already, as the specification
// wants.
func firstOfName(all []condition) []condition {
	seen := map[string]bool{}
	return slices.DeleteFunc(all, func(c condition) bool {
		twice := seen[c.name]
		seen[c.name] = true
		return twice
	})
}

func isRegex[T ~string](typ *T) bool { return typ != nil && *typ == "RegularExpression" }

// headerMismatch says which of the headers that are wanted was not sent.
func headerMismatch(e *expressions, wanted []condition, sent http.Header) (Reason, string) {
	for _, h := range wanted {
		if !slices.ContainsFunc(sent.Values(h.name), func(v string) bool { return e.equal(h, v) }) {
			return OtherHeader, "it wants header " + h.String()
		}
	}
	return 0, ""
}

// impliesAll reports whether what meets the conditions given meets all wanted.
func impliesAll(given, wanted []condition) bool {
	var e expressions
	for _, want := range wanted {
		if !slices.ContainsFunc(given, func(g condition) bool {
			return g == want || g.name == want.name && !g.regex && e.equal(want, g.value)
		}) {
			return false
		}
	}
	return true
}

// meets reports whether one value may meet both conditions.
func (c condition) meets(other condition) bool {
	var e expressions
	switch {
	case c.regex && other.regex:
		return true
	case c.regex:
		return e.equal(c, other.value)
	}
	return e.equal(other, c.value)
}

// expressions are regular expressions that were compiled.
type expressions struct {
	compiled map[string]*regexp.Regexp // nil where it is none, which nothing matches
}

// match reports whether all of s matches.
func (e *expressions) match(expression, s string) bool {
	re, ok := e.compiled[expression]
	if !ok {
		re, _ = regexp.Compile(`\A(?:` + expression + `)\z`)
		if e.compiled == nil {
			e.compiled = map[string]*regexp.Regexp{}
		}
		e.compiled[expression] = re
	}
	return re != nil && re.MatchString(s)
}

func (e *expressions) equal(c condition, got string) bool {
	if c.regex {
		return e.match(c.value, got)
	}
	return got == c.value
}

// value returns what p points to, or the default.
func value[T any](p *T, otherwise T) T {
	if p == nil {
		return otherwise
	}
	return *p
}
