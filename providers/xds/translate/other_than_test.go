package translate

import (
	"regexp"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestAllButSomeWords(t *testing.T) {
	word := rapid.StringMatching(`[ab:-]{1,4}`)
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(word, 1, 5).Draw(t, "words")
		others := regexp.MustCompile("^(?:" + otherThan(words) + ")$")
		for _, w := range append(slices.Clone(words), rapid.SliceOf(rapid.StringMatching(`[abc:-]{0,5}`)).Draw(t, "text")...) {
			if others.MatchString(w) == slices.Contains(words, w) {
				t.Fatalf("%q is taken for one of %q, or not: %s", w, words, others)
			}
		}
	})
}
