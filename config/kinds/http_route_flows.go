package kinds

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gwctl/gwctl/internal/resource"
)

// routeFlows returns one flow for each hostname and match:
// "shop.example.com GET /api [x-env=prod]". An exact path is written "=/old",
// a regular expression "~^/v[0-9]+", as proxies commonly do.
func routeFlows(b *resource.Block) []resource.Flow {
	hosts := stringsOf(b.Attr("hostnames"))
	if len(hosts) == 0 {
		hosts = []string{"*"}
	}
	var flows []resource.Flow
	for _, host := range hosts {
		for _, rule := range b.BlocksOf("rule") {
			to, answer := outcome(rule)
			for _, match := range describeMatches(rule) {
				flows = append(flows, resource.Flow{Match: host + " " + match, To: to, Answer: answer})
			}
		}
	}
	return flows
}

func describeMatches(rule *resource.Block) []string {
	matches := rule.BlocksOf("match")
	if len(matches) == 0 {
		return []string{"/"}
	}
	var out []string
	for _, m := range matches {
		path := "/"
		for _, p := range []struct{ arg, mark string }{{"path_exact", "="}, {"path_prefix", ""}, {"path_regex", "~"}} {
			if a := argument(m, p.arg); a != nil {
				path = p.mark + fmt.Sprint(a.Value)
			}
		}
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

// outcome says what happens to the requests of a rule.
func outcome(rule *resource.Block) (to map[string]float64, answer string) {
	for _, r := range rule.BlocksOf("redirect") {
		return nil, describeRedirect(r)
	}
	weights := make(map[string]float64)
	var sum float64
	for _, f := range rule.BlocksOf("forward") {
		weight := int64(1)
		if a := argument(f, "weight"); a != nil {
			weight, _ = whole(a.Value)
		}
		if weight > 0 {
			weights[backendName(f)] += float64(weight)
			sum += float64(weight)
		}
	}
	if sum == 0 {
		return nil, "500" // as the Gateway API says of a rule that leads nowhere
	}
	for name := range weights {
		weights[name] /= sum
	}
	return weights, ""
}

// backendName returns the name that users gave the backend of a forward, behind
// those of the modules that it is in.
func backendName(forward *resource.Block) string {
	if a := argument(forward, "to"); a != nil {
		if ref, ok := a.Value.(resource.Ref); ok {
			if to := ref.Address; !to.IsZero() {
				return strings.Join(append(moduleSteps(to.Module), to.Name+to.Key), ".")
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
