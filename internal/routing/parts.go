package routing

import (
	"fmt"
	"slices"

	"github.com/gwctl/gwctl/internal/resource"
)

// Tie is two rules of a route, by their positions, that can be for one request
// with equal rank: which of them gets it, their order decides or, were they in
// two routes, the age and the names of those.
type Tie struct{ First, Second int }

// Parts divides the rules of an HTTPRoute or a GRPCRoute among routes of at most
// so many, all with its parents and hostnames, so that every request meets the
// rule that it meets in the one route, whatever the age and the names of the
// others. Parts are filled one after the other, and have their rules in order.
// It is nil where rules that tie are too many for one route: then the tie is
// the one that is too much.
func Parts(o *resource.Object, most int) ([][]int, Tie, error) {
	var rules []rule
	var err error
	switch o.GetKind() {
	case "HTTPRoute":
		rules, err = rulesOf[httpMatch](o)
	case "GRPCRoute":
		rules, err = rulesOf[grpcMatch](o)
	default:
		err = fmt.Errorf("a %s has no rules that can be told apart", o.GetKind())
	}
	if err != nil {
		return nil, Tie{}, err
	}
	var parts [][]int
	for _, group := range bound(rules) {
		if len(group) > most {
			return nil, tieWith(rules, group[:most], group[most]), nil
		}
		i := slices.IndexFunc(parts, func(p []int) bool { return len(p)+len(group) <= most })
		if i < 0 {
			i, parts = len(parts), append(parts, nil)
		}
		parts[i] = append(parts[i], group...)
	}
	for _, p := range parts {
		slices.Sort(p)
	}
	return parts, Tie{}, nil
}

// bound groups rules that tie, or tie with what ties with them; in the order of
// their first rules, each in the order in which they come to the group.
func bound(rules []rule) [][]int {
	taken := make([]bool, len(rules))
	var out [][]int
	for i := range rules {
		if taken[i] {
			continue
		}
		taken[i] = true
		group := []int{i}
		for at := 0; at < len(group); at++ {
			for j := range rules {
				if !taken[j] && tied(&rules[group[at]], &rules[j]) {
					taken[j] = true
					group = append(group, j)
				}
			}
		}
		out = append(out, group)
	}
	return out
}

// tieWith finds the one among rules that another one ties with.
func tieWith(rules []rule, among []int, other int) Tie {
	for _, i := range among {
		if tied(&rules[i], &rules[other]) {
			return Tie{min(i, other), max(i, other)}
		}
	}
	return Tie{}
}

func tied(a, b *rule) bool {
	return slices.ContainsFunc(a.matches, func(m match) bool {
		return slices.ContainsFunc(b.matches, func(other match) bool { return equalRank(m, other) && m.meets(other) })
	})
}

// equalRank reports whether no criterion of the matches themselves decides.
func equalRank(a, b match) bool {
	for _, c := range criteria(a) {
		if c.reason >= Younger {
			break
		}
		if c.compare(&candidate{match: a}, &candidate{match: b}) != 0 {
			return false
		}
	}
	return true
}
