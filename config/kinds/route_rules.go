package kinds

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/internal/routing"
)

// maxRules is how many rules the schema lets a route have.
const maxRules = 16

// refuseRules says of a route with more rules than one can have how to divide
// them, so that every request meets the rule that it would meet here, and leaves
// out what is too much.
func (r route) refuseRules(rules []*resource.Block, spec Field) {
	parts, tie, err := routing.Parts(&resource.Object{Object: map[string]any{"kind": r.object.Kind, "spec": spec.m}}, maxRules)
	written, _ := spec.m["rules"].([]any)
	spec.m["rules"] = written[:maxRules]
	var how string
	switch {
	case err != nil: // it is for the schema to say what is wrong
		how = "Put some of them into a second route with the same gateway and hostnames."
	case parts == nil:
		how = fmt.Sprintf("They cannot be divided without a difference: %s and %s can be for one request%s, neither is more specific, and in two routes the older route would win. Make one of them more specific, by %s, or make them one rule with several match blocks.",
			ruleAt(rules, tie.First), ruleAt(rules, tie.Second), twice(rules[tie.First], rules[tie.Second]), r.specific)
	default:
		var moves []string
		for _, part := range parts[1:] {
			moves = append(moves, runsOf(rules, part)+" into one more route")
		}
		how = fmt.Sprintf("With the gateway and the hostnames of this one, put %s: then every request meets the rule that it meets here, whichever route is older.", inOne(moves))
	}
	spec.f.Errorf(rules[maxRules].Range, "Too many rules", "The Gateway API takes at most %d rules in one route, and here are %d. %s", maxRules, len(rules), how)
}

// twice says how rules with other values of headers are for one request.
func twice(a, b *resource.Block) string {
	headers := func(n *resource.Block) bool {
		return slices.ContainsFunc(n.BlocksOf("match"), func(m *resource.Block) bool { return argument(m, "headers") != nil })
	}
	if headers(a) && headers(b) {
		return ", which may have a header twice"
	}
	return ""
}

// runsOf lists rules; of those that follow one another it names the first and
// the last.
func runsOf(rules []*resource.Block, part []int) string {
	var runs []string
	for begin := 0; begin < len(part); {
		end := begin
		for end+1 < len(part) && part[end+1] == part[end]+1 {
			end++
		}
		text := ruleAt(rules, part[begin])
		if end > begin {
			text += " to " + ruleAt(rules, part[end])
		}
		runs = append(runs, text)
		begin = end + 1
	}
	return inOne(runs)
}

func inOne(parts []string) string {
	last := len(parts) - 1
	if last < 1 {
		return strings.Join(parts, "")
	}
	return strings.Join(parts[:last], ", ") + " and " + parts[last]
}

// ruleAt names a rule, with its line.
func ruleAt(rules []*resource.Block, i int) string {
	name := fmt.Sprintf("rule %d", i+1)
	if rules[i].Label != "" {
		name = title(rules[i])
	}
	return fmt.Sprintf("%s (%s)", name, place(rules[i].Range))
}
