package translate

import "strings"

// covers reports whether every host that b stands for is one of a's. "" stands
// for all hosts, "*.example.com" for all below example.com at any depth.
func covers(a, b string) bool {
	switch {
	case a == "" || a == b:
		return true
	case strings.HasPrefix(a, "*."):
		return strings.HasSuffix(strings.TrimPrefix(b, "*"), a[1:])
	}
	return false
}

// intersect returns the hosts that both stand for, and whether there are any.
func intersect(a, b string) (string, bool) {
	switch {
	case covers(a, b):
		return b, true
	case covers(b, a):
		return a, true
	}
	return "", false
}

// moreSpecific orders hostnames as the specification does: an exact name first,
// then the longer wildcard, "" last. Among those that stand for one host it is
// never undecided.
func moreSpecific(a, b string) int {
	if exactA, exactB := exact(a), exact(b); exactA != exactB {
		if exactA {
			return -1
		}
		return 1
	}
	return len(b) - len(a)
}

func exact(h string) bool { return h != "" && !strings.HasPrefix(h, "*") }

// around returns h and the wildcards around it, the most specific first, "" at
// the end.
func around(h string) []string {
	out := []string{h}
	for rest := strings.TrimPrefix(h, "*."); rest != ""; {
		_, parent, found := strings.Cut(rest, ".")
		if !found {
			break
		}
		out = append(out, "*."+parent)
		rest = parent
	}
	if h != "" {
		out = append(out, "")
	}
	return out
}
