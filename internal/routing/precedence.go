package routing

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/gwctl/gwctl/internal/hostname"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// candidate is a match that is for the request.
type candidate struct {
	Match
	route *route
	match *gatewayv1.HTTPRouteMatch
}

// criterion is one rule of precedence: negative where a comes before b.
type criterion struct {
	reason  Reason
	compare func(a, b *candidate) int
	detail  func(winner, loser *candidate) string
}

// criteria are those of HTTPRouteSpec.Hostnames and HTTPRouteRule.Matches, in
// the order in which the specification has them.
var criteria = []criterion{
	{
		LessSpecificHost,
		func(a, b *candidate) int { return hostname.MoreSpecific(a.Hostname, b.Hostname) },
		func(w, l *candidate) string {
			return fmt.Sprintf("its hostname is %s, and %s is more specific", hostText(l.Hostname), hostText(w.Hostname))
		},
	},
	{
		NotExact,
		func(a, b *candidate) int {
			return cmp.Compare(notOf(a, gatewayv1.PathMatchExact), notOf(b, gatewayv1.PathMatchExact))
		},
		func(w, l *candidate) string {
			return fmt.Sprintf("its path is %s, and %s is exact", pathText(l.match), pathText(w.match))
		},
	},
	{
		RegexOrPrefix,
		func(a, b *candidate) int {
			return cmp.Compare(notOf(a, gatewayv1.PathMatchRegularExpression), notOf(b, gatewayv1.PathMatchRegularExpression))
		},
		func(w, l *candidate) string {
			return fmt.Sprintf("its path is %s, and a regular expression comes before a prefix: %s", pathText(l.match), pathText(w.match))
		},
	},
	{
		ShorterPath,
		func(a, b *candidate) int { return cmp.Compare(pathLength(b), pathLength(a)) },
		func(w, l *candidate) string {
			return fmt.Sprintf("its path is %s, and %s is longer", pathText(l.match), pathText(w.match))
		},
	},
	{
		NoMethod,
		func(a, b *candidate) int { return cmp.Compare(anyMethod(a), anyMethod(b)) },
		func(w, _ *candidate) string {
			return fmt.Sprintf("it is for any method, and the other for %s alone", *w.match.Method)
		},
	},
	{
		FewerHeaders,
		func(a, b *candidate) int { return cmp.Compare(len(headersOf(b.match)), len(headersOf(a.match))) },
		func(w, l *candidate) string {
			return fmt.Sprintf("it wants %s, and the other %d", counted(len(headersOf(l.match)), "header"), len(headersOf(w.match)))
		},
	},
	{
		FewerQuery,
		func(a, b *candidate) int { return cmp.Compare(len(queryOf(b.match)), len(queryOf(a.match))) },
		func(w, l *candidate) string {
			return fmt.Sprintf("it wants %s, and the other %d", counted(len(queryOf(l.match)), "query parameter"), len(queryOf(w.match)))
		},
	},
	{
		Younger,
		func(a, b *candidate) int { return cmp.Compare(age(a), age(b)) },
		func(w, _ *candidate) string { return fmt.Sprintf("%s is older", w.Route) },
	},
	{
		LaterName,
		func(a, b *candidate) int { return strings.Compare(fullName(a), fullName(b)) },
		func(w, _ *candidate) string {
			return fmt.Sprintf("neither route is older, and the name %s comes first", fullName(w))
		},
	},
	{
		LaterRule,
		func(a, b *candidate) int {
			return cmp.Or(cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Position, b.Position))
		},
		func(w, l *candidate) string {
			if w.Rule == l.Rule {
				return "an earlier match of the rule says as much"
			}
			return "an earlier rule of the route says as much"
		},
	},
}

// rank puts the one that gets the request first.
func rank(all []*candidate) {
	slices.SortFunc(all, func(a, b *candidate) int {
		for _, c := range criteria {
			if order := c.compare(a, b); order != 0 {
				return order
			}
		}
		return 0
	})
}

// lossOf says by which criterion another one comes first.
func lossOf(winner, loser *candidate) Loss {
	for _, c := range criteria {
		if c.compare(winner, loser) != 0 {
			return Loss{loser.Match, c.reason, c.detail(winner, loser)}
		}
	}
	return Loss{Match: loser.Match}
}

func notOf(c *candidate, want gatewayv1.PathMatchType) int {
	if typ, _ := pathOf(c.match); typ == want {
		return 0
	}
	return 1
}

func pathLength(c *candidate) int {
	_, path := pathOf(c.match)
	return len(path)
}

func anyMethod(c *candidate) int {
	if c.match.Method == nil {
		return 1
	}
	return 0
}

// age sorts what is yet to be made last.
func age(c *candidate) string { return cmp.Or(c.route.created, "~") }

func fullName(c *candidate) string { return c.Route.Namespace + "/" + c.Route.Name }

func hostText(h string) string { return cmp.Or(h, "*") }

func counted(n int, what string) string {
	switch n {
	case 0:
		return "no " + what
	case 1:
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
