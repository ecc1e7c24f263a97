package diag

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
)

// maxCompared bounds the names that Nearest looks at: a file with thousands of
// names may be wrong in thousands of places.
const maxCompared = 1000

// Nearest returns the name among allowed that was probably meant, or "".
func Nearest(name string, allowed []string) string {
	if len(allowed) > maxCompared {
		return ""
	}
	// Two exchanged letters are a distance of two; in a short name that would
	// match everything.
	best, distance := "", max(2, len(name)/3)+1
	if len(name) < 4 {
		distance = min(2, len(name)) // of a single letter nothing would be left
	}
	for _, candidate := range slices.Sorted(slices.Values(allowed)) {
		if abs(len(candidate)-len(name)) >= distance {
			continue
		}
		if d := levenshtein.Distance(strings.ToLower(name), strings.ToLower(candidate), nil); d < distance {
			best, distance = candidate, d
		}
	}
	return best
}

func abs(n int) int { return max(n, -n) }

// maxListed bounds what Allowed spells out; whoever has more names than that
// is helped by the nearest one alone.
const maxListed = 24

// Allowed tells people which names they may use: ` Did you mean "b"? Allowed
// are "a" and "b".` It starts with a space, so that it can follow a sentence,
// and is empty where nothing is allowed.
func Allowed(name string, allowed []string) string { return choice(name, allowed, "allowed") }

// Declared is Allowed for names that people declare themselves.
func Declared(name string, declared []string) string { return choice(name, declared, "declared") }

func choice(name string, names []string, what string) string {
	var text string
	if nearest := Nearest(name, names); nearest != "" && nearest != name {
		text = ` Did you mean "` + nearest + `"?`
	}
	switch {
	case len(names) == 0 || text != "" && len(names) > maxListed:
		return text
	case len(names) == 1:
		return text + " Only " + List(names) + " is " + what + "."
	}
	return text + " " + strings.ToUpper(what[:1]) + what[1:] + " are " + List(names) + "."
}

// List writes names out, sorted and in quotes: `"a", "b" and "c"`.
func List(names []string) string {
	if len(names) > maxCompared {
		return fmt.Sprintf("%d others", len(names))
	}
	sorted := slices.Compact(slices.Sorted(slices.Values(names)))
	var rest string
	if len(sorted) > maxListed {
		sorted, rest = sorted[:maxListed], " and others"
	}
	quoted := make([]string, len(sorted))
	for i, name := range sorted {
		quoted[i] = `"` + name + `"`
	}
	if n := len(quoted); n > 1 && rest == "" {
		quoted[n-2] += " and " + quoted[n-1]
		quoted = quoted[:n-1]
	}
	return strings.Join(quoted, ", ") + rest
}
