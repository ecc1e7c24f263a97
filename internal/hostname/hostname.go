// Package hostname compares hostnames as the Gateway API does: "" stands for
// all hosts, "*.example.com" for all below example.com at any depth.
package hostname

import "strings"

// Covers reports whether every host that b stands for is one of a's.
func Covers(a, b string) bool {
	switch {
	case a == "" || a == b:
		return true
	case strings.HasPrefix(a, "*."):
		return strings.HasSuffix(strings.TrimPrefix(b, "*"), a[1:])
	}
	return false
}

// Intersect returns the hosts that both stand for, and whether there are any.
func Intersect(a, b string) (string, bool) {
	switch {
	case Covers(a, b):
		return b, true
	case Covers(b, a):
		return a, true
	}
	return "", false
}

// MoreSpecific orders hostnames as the specification does: an exact name first,
// then the longer wildcard, "" last. Among those that stand for one host it is
// never undecided.
func MoreSpecific(a, b string) int {
	if exactA, exactB := Exact(a), Exact(b); exactA != exactB {
		if exactA {
			return -1
		}
		return 1
	}
	return len(b) - len(a)
}

// Exact reports whether h stands for one host.
func Exact(h string) bool { return h != "" && !strings.HasPrefix(h, "*") }
