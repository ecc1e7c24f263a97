package kinds

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gwctl/gwctl/internal/resource"
)

// routeTraffic returns one flow for each place, hostname and match:
// "shop.example.com GET /api [x-env=prod]". An exact path is written "=/old",
// a regular expression "~^/v[0-9]+", as proxies commonly do.
func routeTraffic(_ resource.Address, id resource.ID, b *resource.Block, find resource.Find) resource.Traffic {
	spots, problems := spotsOf(id, b, find)
	t := resource.Traffic{Problems: problems}
	for _, rule := range b.BlocksOf("rule") {
		to, answer, missing := outcome(rule, find)
		for _, p := range missing {
			if !slices.Contains(t.Problems, p) {
				t.Problems = append(t.Problems, p)
			}
		}
		matches, paths := describeMatches(rule), pathsOf(rule)
		for _, s := range spots {
			host := hostText(s.host)
			var claims []string
			for _, path := range paths {
				claims = append(claims, host+" "+path, "* "+path)
			}
			for _, match := range matches {
				t.Flows = append(t.Flows, resource.ServedFlow{
					Flow:    resource.Flow{Match: host + " " + match, To: to, Answer: answer},
					Gateway: s.gateway, Port: s.port, Ports: s.ports, Host: host, Own: s.own, Claims: claims,
				})
			}
		}
	}
	return t
}

// routeClaims lists the hosts and paths of a route, without a look at its
// gateways: routes whose flows meet have a claim in common.
func routeClaims(b *resource.Block) []string {
	hosts := stringsOf(b.Attr("hostnames"))
	if len(hosts) == 0 {
		hosts = []string{""}
	}
	var claims []string
	for _, rule := range b.Blocks {
		if rule.Type != "rule" {
			continue
		}
		for _, path := range pathsOf(rule) {
			for _, h := range hosts {
				claims = append(claims, hostText(h)+" "+path)
			}
		}
	}
	return claims
}

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

// outcome says what happens to the requests of a rule, and which of its
// backends do not exist.
func outcome(rule *resource.Block, find resource.Find) (to map[string]float64, answer string, missing []resource.TrafficProblem) {
	for _, r := range rule.BlocksOf("redirect") {
		return nil, describeRedirect(r), nil
	}
	missing = missingMirrors(rule, find)
	weights := make(map[string]float64)
	var sum float64
	for _, f := range rule.BlocksOf("forward") {
		weight := int64(1)
		if a := argument(f, "weight"); a != nil {
			weight, _ = whole(a.Value)
		}
		if weight <= 0 {
			continue
		}
		name := backendName(f)
		if id, known := missingBackend(f, find); known {
			missing = append(missing, resource.TrafficProblem{Of: id, Text: fmt.Sprintf("%s %s/%s does not exist, so its share of the requests is answered with 500", strings.ToLower(id.Kind), id.Namespace, id.Name)})
			name = "500 (no backend " + name + ")"
		}
		missing = append(missing, missingMirrors(f, find)...)
		weights[name] += float64(weight)
		sum += float64(weight)
	}
	if sum == 0 {
		return nil, "500", missing // as the Gateway API says of a rule that leads nowhere
	}
	for name := range weights {
		weights[name] /= sum
	}
	return weights, "", missing
}

// missingMirrors says which backends that copies go to do not exist.
func missingMirrors(b *resource.Block, find resource.Find) (missing []resource.TrafficProblem) {
	for _, m := range b.BlocksOf("mirror") {
		if id, known := missingBackend(m, find); known {
			missing = append(missing, resource.TrafficProblem{Of: id, Text: fmt.Sprintf("%s %s/%s does not exist, so it gets no copies of requests", strings.ToLower(id.Kind), id.Namespace, id.Name)})
		}
	}
	return missing
}

// missingBackend returns what a forward or a mirror leads to, and whether it is known not
// to exist.
func missingBackend(forward *resource.Block, find resource.Find) (resource.ID, bool) {
	a := argument(forward, "to")
	if a == nil {
		return resource.ID{}, false
	}
	ref, ok := a.Value.(resource.Ref)
	if !ok {
		return resource.ID{}, false
	}
	o, known := find(ref.ID)
	return ref.ID, known && o == nil
}

// backendName returns the name that users gave the backend of a forward, behind
// those of the modules that it is in.
func backendName(forward *resource.Block) string {
	if a := argument(forward, "to"); a != nil {
		if ref, ok := a.Value.(resource.Ref); ok {
			if to := ref.Address; !to.IsZero() {
				return shortName(to)
			}
			return ref.String()
		}
	}
	return forward.Key
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

func stringsOf(a *resource.Attr) []string {
	if a == nil {
		return nil
	}
	list, _ := a.Value.([]any)
	out := make([]string, 0, len(list))
	for _, v := range list {
		if s, ok := v.(string); ok {
			out = append(out, s)
		}
	}
	return out
}
