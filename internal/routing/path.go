package routing

import (
	"regexp"
	"strings"
)

var (
	escape     = regexp.MustCompile(`%[0-9a-fA-F]{2}`)
	unreserved = regexp.MustCompile(`^[-._~0-9A-Za-z]$`)
	slashes    = regexp.MustCompile(`//+`)
)

// normalized returns a path as rules see it: escaped letters, digits, "-", ".",
// "_" and "~" come as themselves (RFC 3986, section 6.2.2.2), "." and ".." are
// followed (section 5.2.4), and several slashes are one. The specification leaves
// that open; gwctl does as Envoy's guide for edge proxies advises. escaped says
// that the path has slashes or backslashes that are escaped, and are slashes in
// what is returned. A path with a NUL is none.
func normalized(path string) (out string, escaped, ok bool) {
	ok = true
	path = escape.ReplaceAllStringFunc(path, func(e string) string {
		switch c := unescaped(e); {
		case c == "/" || c == `\`:
			escaped = true
			return "/"
		case unreserved.MatchString(c):
			return c
		default:
			ok = ok && c != "\x00"
			return e
		}
	})
	path = withoutDots(path)
	if merged := slashes.ReplaceAllString(path, "/"); merged != "/" {
		return merged, escaped, ok
	}
	return path[:min(len(path), 2)], escaped, ok // Envoy leaves two where there is nothing else
}

// withoutDots removes the segments "." and "..", and what those lead out of.
func withoutDots(path string) string {
	var kept []string
	segments := strings.Split(path[1:], "/")
	for i, s := range segments {
		switch {
		case s == "..":
			kept = kept[:max(0, len(kept)-1)]
		case s != ".":
			kept = append(kept, s)
			continue
		}
		if i == len(segments)-1 { // a folder
			kept = append(kept, "")
		}
	}
	return "/" + strings.Join(kept, "/")
}
