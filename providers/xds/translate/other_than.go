package translate

import (
	"regexp"
	"slices"
	"strings"
)

// otherThan returns a regular expression for all text but some words, which
// RE2 has no operator for: text that leaves the words' common beginnings at
// some character, or ends before they do.
func otherThan(words []string) string {
	byFirst := map[string][]string{}
	var firsts []string
	ended := false
	for _, w := range words {
		if w == "" {
			ended = true
			continue
		}
		if byFirst[w[:1]] == nil {
			firsts = append(firsts, w[:1])
		}
		byFirst[w[:1]] = append(byFirst[w[:1]], w[1:])
	}
	if len(firsts) == 0 {
		return ".+" // only what goes on is another word
	}
	slices.Sort(firsts)
	var ways []string
	for _, c := range firsts {
		ways = append(ways, regexp.QuoteMeta(c)+otherThan(byFirst[c]))
	}
	class := strings.Join(firsts, "")
	if i := strings.Index(class, "-"); i >= 0 { // a range nowhere but at the end
		class = class[:i] + class[i+1:] + "-"
	}
	ways = append(ways, "[^"+class+"].*")
	if !ended {
		ways = append(ways, "")
	}
	return "(?:" + strings.Join(ways, "|") + ")"
}
