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
	match match
}

// criterion is one rule of precedence: negative where a comes before b.
type criterion struct {
	reason  Reason
	compare func(a, b *candidate) int
	detail  func(winner, loser *candidate) string
}

// most is the criterion that the greatest of some number comes first; matches of
// one listener and host are all of one type.
func most[M match](reason Reason, number func(M) int, detail func(winner, loser M) string) criterion {
	return criterion{
		reason,
		func(a, b *candidate) int { return cmp.Compare(number(b.match.(M)), number(a.match.(M))) },
		func(w, l *candidate) string { return detail(w.match.(M), l.match.(M)) },
	}
}

// criteria are those for a match, in the order in which the specification has
// them: HTTPRouteSpec.Hostnames and HTTPRouteRule.Matches, and the same of
// GRPCRoutes.
func criteria(m match) []criterion {
	if _, grpc := m.(*grpcMatch); grpc {
		return ofGRPC
	}
	return ofHTTP
}

var (
	ofHTTP = slices.Concat([]criterion{closerHost}, closerRequest, earlier)
	ofGRPC = slices.Concat([]criterion{closerHost}, closerCall, earlier)
)

var closerHost = criterion{
	LessSpecificHost,
	func(a, b *candidate) int { return hostname.MoreSpecific(a.Hostname, b.Hostname) },
	func(w, l *candidate) string {
		return fmt.Sprintf("its hostname is %s, and %s is more specific", hostText(l.Hostname), hostText(w.Hostname))
	},
}

var closerRequest = []criterion{
	most(NotExact,
		func(m *httpMatch) int { return has(m, gatewayv1.PathMatchExact) },
		func(w, l *httpMatch) string {
			return fmt.Sprintf("its path is %s, and %s is exact", l.pathText(), w.pathText())
		}),
	most(RegexOrPrefix,
		func(m *httpMatch) int { return has(m, gatewayv1.PathMatchRegularExpression) },
		func(w, l *httpMatch) string {
			return fmt.Sprintf("its path is %s, and a regular expression comes before a prefix: %s", l.pathText(), w.pathText())
		}),
	most(ShorterPath,
		func(m *httpMatch) int { _, path := m.path(); return len(path) },
		func(w, l *httpMatch) string {
			return fmt.Sprintf("its path is %s, and %s is longer", l.pathText(), w.pathText())
		}),
	most(NoMethod,
		func(m *httpMatch) int {
			if m.Method == nil {
				return 0
			}
			return 1
		},
		func(w, _ *httpMatch) string {
			return fmt.Sprintf("it is for any method, and the other for %s alone", *w.Method)
		}),
	most(FewerHeaders,
		func(m *httpMatch) int { return len(m.headers()) },
		func(w, l *httpMatch) string { return fewer(len(l.headers()), len(w.headers()), "header") }),
	most(FewerQuery,
		func(m *httpMatch) int { return len(m.query()) },
		func(w, l *httpMatch) string { return fewer(len(l.query()), len(w.query()), "query parameter") }),
}

var closerCall = []criterion{
	most(ShorterService,
		func(m *grpcMatch) int { service, _ := m.names(); return len(service.value) },
		func(w, l *grpcMatch) string {
			ofWinner, _ := w.names()
			ofLoser, _ := l.names()
			return fmt.Sprintf("its service is %s, and %s is longer", nameText(ofLoser), nameText(ofWinner))
		}),
	most(ShorterMethod,
		func(m *grpcMatch) int { _, method := m.names(); return len(method.value) },
		func(w, l *grpcMatch) string {
			_, ofWinner := w.names()
			_, ofLoser := l.names()
			return fmt.Sprintf("its method is %s, and %s is longer", nameText(ofLoser), nameText(ofWinner))
		}),
	most(FewerHeaders,
		func(m *grpcMatch) int { return len(m.headers()) },
		func(w, l *grpcMatch) string { return fewer(len(l.headers()), len(w.headers()), "header") }),
}

// earlier decides between matches that say as much.
var earlier = []criterion{
	{
		Younger,
		func(a, b *candidate) int { return strings.Compare(a.route.age(), b.route.age()) },
		func(w, _ *candidate) string { return fmt.Sprintf("%s is older", w.Route) },
	},
	{
		LaterName,
		func(a, b *candidate) int { return strings.Compare(a.route.fullName(), b.route.fullName()) },
		func(w, _ *candidate) string {
			return fmt.Sprintf("neither route is older, and the name %s comes first", w.route.fullName())
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

// comesBefore reports whether b gets the requests that a is for as well.
func comesBefore(b, a *candidate) bool { return compare(b, a) < 0 }

func compare(a, b *candidate) int {
	for _, c := range criteria(a.match) {
		if order := c.compare(a, b); order != 0 {
			return order
		}
	}
	return 0
}

// rank puts the one that gets the request first.
func rank(all []*candidate) { slices.SortFunc(all, compare) }

// lossOf says by which criterion another one comes first.
func lossOf(winner, loser *candidate) Loss {
	for _, c := range criteria(loser.match) {
		if c.compare(winner, loser) != 0 {
			return Loss{loser.Match, c.reason, c.detail(winner, loser)}
		}
	}
	return Loss{Match: loser.Match}
}

// has is 1 for a match whose path is of a type, and else 0.
func has(m *httpMatch, want gatewayv1.PathMatchType) int {
	if typ, _ := m.path(); typ == want {
		return 1
	}
	return 0
}

func hostText(h string) string { return cmp.Or(h, "*") }

func fewer(loser, winner int, what string) string {
	return fmt.Sprintf("it wants %s, and the other %d", counted(loser, what), winner)
}

func counted(n int, what string) string {
	switch n {
	case 0:
		return "no " + what
	case 1:
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
