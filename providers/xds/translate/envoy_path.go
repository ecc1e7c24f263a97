package translate

import (
	"regexp"
	"strings"

	matcherv3 "github.com/envoyproxy/go-control-plane/envoy/type/matcher/v3"
)

// pathEdit says in Envoy's words how a path changes; at most one field is set.
type pathEdit struct {
	prefix string // replaces the prefix that matched
	regex  *matcherv3.RegexMatchAndSubstitute
}

// prefixEdit replaces one prefix by another so that slashes come out right:
// Envoy joins the new prefix and the rest as they are. Both come without
// slashes at their end.
func prefixEdit(prefix, replacement string) pathEdit {
	switch {
	case prefix == "" && replacement == "":
		return pathEdit{} // all stays as it is
	case prefix == "":
		return pathEdit{prefix: replacement + "/"} // Envoy's prefix is "/"
	case replacement == "":
		// /foo and /foo/ become /, /foo/bar becomes /bar.
		return pathEdit{regex: substitute("^"+regexp.QuoteMeta(prefix)+"/?", "/")}
	}
	return pathEdit{prefix: replacement}
}

// fullEdit replaces the path and leaves the query.
func fullEdit(path string) pathEdit {
	return pathEdit{regex: substitute("^.*$", strings.ReplaceAll(path, `\`, `\\`))}
}

func substitute(regex, substitution string) *matcherv3.RegexMatchAndSubstitute {
	return &matcherv3.RegexMatchAndSubstitute{
		Pattern: &matcherv3.RegexMatcher{Regex: regex}, Substitution: substitution,
	}
}
