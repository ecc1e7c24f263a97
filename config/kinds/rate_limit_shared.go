package kinds

import (
	"maps"
	"slices"
	"strings"

	"github.com/gwctl/gwctl/internal/policy"
	"github.com/gwctl/gwctl/internal/resource"
)

// sharedLimits says how the blocks for one target share its policy: each has
// rules of its own, and an annotation tells whose they are.
var sharedLimits = &Sharing{
	Appends: []string{rulesField(policy.Global), rulesField(policy.Local), "metadata.annotations." + policy.AnnotationRateLimits},
	Part:    partOfLimits,
	Begin: func(o *resource.Object, a resource.Address, list string) int {
		for _, scope := range scopes {
			if list == rulesField(scope) {
				return max(0, slices.IndexFunc(policy.Origins(o, scope), func(at policy.Origin) bool { return at.Address == a }))
			}
		}
		return 0
	},
}

// rulesField is the list of the rules of a scope.
func rulesField(scope string) string { return "spec.rateLimit." + scope + ".rules" }

// partOfLimits leaves of a shared policy the rules of one block. What nobody is
// said to have made is shown with the first. An object of one block is all that
// one's, whatever it is called now.
func partOfLimits(o *resource.Object, a resource.Address) *resource.Object {
	all := slices.Concat(policy.Origins(o, policy.Global), policy.Origins(o, policy.Local))
	if len(all) == 0 || !slices.ContainsFunc(all, func(at policy.Origin) bool { return at.Address != all[0].Address }) {
		return o
	}
	first := slices.MinFunc(all, func(a, b policy.Origin) int { return a.Address.Compare(b.Address) }).Address
	out := &resource.Object{Object: maps.Clone(o.Object)}
	limits := map[string]any{}
	var lines []string
	for _, scope := range scopes {
		origins := policy.Origins(o, scope)
		var rules []any
		for i, rule := range limitRules(o.Object, scope) {
			switch {
			case i < len(origins) && origins[i].Address == a:
				lines = append(lines, origins[i].String())
			case i < len(origins) || a != first:
				continue
			}
			rules = append(rules, rule)
		}
		if len(rules) > 0 {
			limits[scope] = map[string]any{"rules": rules}
		}
	}
	spec := with(o.Object["spec"], "rateLimit", limits)
	if refusals := policy.Origins(o, policy.Refusal); slices.ContainsFunc(refusals, func(at policy.Origin) bool { return at.Address == a }) {
		lines = append(lines, policy.Origin{Scope: policy.Refusal, Address: a, Rule: policy.Unnamed}.String())
	} else if len(refusals) > 0 || a != first {
		delete(spec, "responseOverride")
	}
	out.Object["spec"] = spec
	meta, _ := o.Object["metadata"].(map[string]any)
	annotations := with(meta["annotations"], policy.AnnotationRateLimits, strings.Join(lines, "\n"))
	out.Object["metadata"] = with(meta, "annotations", annotations)
	return out
}

// with returns a copy of a map with one more value in it.
func with(v any, key string, value any) map[string]any {
	m, _ := v.(map[string]any)
	out := make(map[string]any, len(m)+1)
	maps.Copy(out, m)
	out[key] = value
	return out
}
