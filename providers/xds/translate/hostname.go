package translate

import "strings"

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
