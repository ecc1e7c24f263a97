package kinds

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gwctl/gwctl/internal/resource"
)

func pathsOf(rule *resource.Block) []string {
	var paths []string
	for _, m := range rule.Blocks {
		if m.Type == "match" {
			paths = append(paths, pathOf(m))
		}
	}
	if paths == nil {
		return []string{"/"}
	}
	return paths
}

func pathOf(m *resource.Block) string {
	path := "/"
	for _, p := range []struct{ arg, mark string }{{"path_exact", "="}, {"path_prefix", ""}, {"path_regex", "~"}} {
		if a := argument(m, p.arg); a != nil {
			text, _ := a.Value.(string)
			path = p.mark + text
		}
	}
	return path
}

// describeMatches returns the requests that a rule of an http_route is for, such
// as "GET /api [x-env=prod]". An exact path is written "=/old", a regular
// expression "~^/v[0-9]+", as proxies commonly do.
func describeMatches(rule *resource.Block) []string {
	matches := rule.BlocksOf("match")
	if len(matches) == 0 {
		return []string{"/"}
	}
	var out []string
	for _, m := range matches {
		path := pathOf(m)
		conditions := describeConditions(m)
		verbs := stringsOf(m.Attr("methods"))
		if a := argument(m, "method"); a != nil {
			verbs = []string{fmt.Sprint(a.Value)}
		}
		if len(verbs) == 0 {
			out = append(out, path+conditions)
		}
		for _, verb := range verbs {
			out = append(out, verb+" "+path+conditions)
		}
	}
	return out
}

// describeConditions returns " [x-env=prod ?page=1]", or "".
func describeConditions(m *resource.Block) string {
	var parts []string
	for _, c := range []struct{ arg, mark string }{{"headers", ""}, {"query", "?"}} {
		a := argument(m, c.arg)
		if a == nil {
			continue
		}
		conditions, _ := a.Value.(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(conditions)) {
			value, isRegex, _ := condition(conditions[name])
			op := "="
			if isRegex {
				op = "~"
			}
			parts = append(parts, c.mark+name+op+value)
		}
	}
	if parts == nil {
		return ""
	}
	return " [" + strings.Join(parts, " ") + "]"
}

// describeRedirect returns "redirect 301 to https://shop.example.com/new".
func describeRedirect(r *resource.Block) string {
	code := int64(302)
	if a := argument(r, "code"); a != nil {
		code, _ = whole(a.Value)
	}
	part := func(name string) string {
		if a := argument(r, name); a != nil {
			return fmt.Sprint(a.Value)
		}
		return ""
	}
	var to strings.Builder
	scheme, host, port := part("scheme"), part("hostname"), part("port")
	switch {
	case scheme != "" && host == "" && port == "" && part("path") == "" && part("path_prefix") == "":
		return fmt.Sprintf("redirect %d to %s", code, scheme)
	case scheme != "":
		to.WriteString(scheme + "://")
		if host == "" {
			host = "HOST"
		}
	}
	to.WriteString(host)
	if port != "" {
		to.WriteString(":" + port)
	}
	to.WriteString(part("path"))
	if prefix := part("path_prefix"); prefix != "" {
		to.WriteString(prefix + "...")
	}
	if to.Len() == 0 {
		return fmt.Sprintf("redirect %d", code)
	}
	return fmt.Sprintf("redirect %d to %s", code, to.String())
}
