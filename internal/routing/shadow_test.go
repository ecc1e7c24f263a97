package routing_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/internal/routing"
	"sigs.k8s.io/yaml"
)

func world(t testing.TB, documents ...string) *routing.World {
	t.Helper()
	var objects []*resource.Object
	for _, text := range documents {
		o := &resource.Object{}
		if err := yaml.Unmarshal([]byte(text), &o.Object); err != nil {
			t.Fatalf("%v:\n%s", err, text)
		}
		o.SetAPIVersion("gateway.networking.k8s.io/v1")
		objects = append(objects, o)
	}
	w, err := routing.Read(objects)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// twoListeners has one for a part of the other's hosts.
const twoListeners = `{kind: Gateway, metadata: {name: public, namespace: infra}, spec: {listeners: [
  {name: http, port: 80, protocol: HTTP}, {name: narrow, port: 80, protocol: HTTP, hostname: "*.narrow.test"}]}}`

// routeOf writes a route; rules are "name: matches".
func routeOf(name, created, spec string, rules ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "{kind: HTTPRoute, metadata: {name: %s, namespace: infra, creationTimestamp: %q}, spec: {parentRefs: [{name: public}], %s rules: [", name, created, spec)
	for _, r := range rules {
		rule, matches, _ := strings.Cut(r, ": ")
		fmt.Fprintf(&b, "{name: %s, matches: [%s]}, ", rule, matches)
	}
	return b.String() + "]}}"
}

func TestRulesThatNeverGetARequest(t *testing.T) {
	const (
		older   = "2026-01-01T00:00:00Z"
		younger = "2026-01-02T00:00:00Z"
	)
	for _, tc := range []struct {
		name      string
		documents []string
		want      string // losers with winners and reasons
	}{
		{
			"the same match in a later rule",
			[]string{routeOf("r", "", "", "a: {path: {value: /x}}", "b: {path: {value: /x/}}")},
			"r/b by r/a: later_rule",
		},
		{
			"whatever the gateway", // which is not known here
			[]string{routeOf("r", "", "", "a: {}", "b: {path: {value: /}}, {path: {value: /}}", "c: {path: {value: /c}}")},
			"r/b by r/a: later_rule",
		},
		{
			"not where one of its matches lives",
			[]string{routeOf("r", "", "", "a: {path: {value: /x}}", "b: {path: {value: /x}}, {path: {value: /y}}")},
			"",
		},
		{
			"not where it is more specific",
			[]string{routeOf("r", "", "", "a: {}", "b: {path: {value: /b}}", "c: {method: GET}", "d: {headers: [{name: x, value: '1'}]}", "e: {path: {type: Exact, value: /}}")},
			"",
		},
		{
			"a value that an expression has as well",
			[]string{routeOf("r", "", "", "a: {headers: [{name: X, type: RegularExpression, value: '[0-9]'}]}", "b: {headers: [{name: x, value: '1'}]}", "c: {headers: [{name: x, value: '12'}]}")},
			"r/b by r/a: later_rule",
		},
		{
			"a method makes it another",
			[]string{routeOf("r", "", "", "a: {method: GET}", "b: {method: POST}", "c: {method: GET}")},
			"r/c by r/a: later_rule",
		},
		{
			"an expression for every path, before all prefixes",
			[]string{routeOf("r", "", "", "a: {path: {value: /x}}", "b: {path: {type: RegularExpression, value: /.*}}", "c: {path: {type: Exact, value: /x}}", "d: {path: {value: /x}, method: GET}")},
			"r/a by r/b: prefix_after_regex, r/d by r/b: prefix_after_regex",
		},
		{
			"another expression may be for other paths",
			[]string{routeOf("r", "", "", "a: {path: {value: /x}}", "b: {path: {type: RegularExpression, value: /x.*}}")},
			"",
		},
		{
			"the younger of two routes",
			[]string{twoListeners, routeOf("a", younger, "", "one: {path: {value: /x}}"), routeOf("b", older, "", "one: {path: {value: /x}}")},
			"a/one by b/one: younger",
		},
		{
			"or the later name",
			[]string{twoListeners, routeOf("a", "", "", "one: {path: {value: /x}}"), routeOf("b", "", "", "one: {path: {value: /x}}")},
			"b/one by a/one: later_name",
		},
		{
			"not at a gateway that is not known",
			[]string{routeOf("a", younger, "", "one: {path: {value: /x}}"), routeOf("b", older, "", "one: {path: {value: /x}}")},
			"",
		},
		{
			"not where it has another host too",
			[]string{twoListeners, routeOf("a", "", "hostnames: [a.test],", "one: {}"), routeOf("b", "", "hostnames: [a.test, b.test],", "one: {}")},
			"",
		},
		{
			"hosts that another listener takes do not count",
			[]string{
				twoListeners, routeOf("a", "", "hostnames: [a.test, x.narrow.test],", "one: {}"),
				routeOf("b", "", "hostnames: [a.test, y.narrow.test],", "one: {}"),
				routeOf("c", "", "hostnames: [x.narrow.test],", "one: {}"),
			},
			"c/one by a/one: later_name",
		},
		{
			"the wider hostname, where the listener leaves the same of both",
			[]string{
				`{kind: Gateway, metadata: {name: public, namespace: infra}, spec: {listeners: [{name: http, port: 80, protocol: HTTP, hostname: a.test}]}}`,
				routeOf("a", older, "", "one: {}"), routeOf("b", younger, "hostnames: [a.test],", "one: {}"),
			},
			"a/one by b/one: less_specific_host",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var got []string
			for _, s := range world(t, tc.documents...).Shadowed() {
				if s.Detail == "" {
					t.Errorf("nothing is said of %s", s.Lost.RuleName)
				}
				got = append(got, fmt.Sprintf("%s/%s by %s/%s: %s", s.Lost.Route.Name, s.Lost.RuleName, s.Won.Route.Name, s.Won.RuleName, s.Reason))
			}
			if strings.Join(got, ", ") != tc.want {
				t.Errorf("got %q, want %q", strings.Join(got, ", "), tc.want)
			}
		})
	}
}
