package routing_test

import (
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/internal/routing"
	"pgregory.net/rapid"
	"sigs.k8s.io/yaml"
)

func TestRulesThatTieStayTogether(t *testing.T) {
	for _, tc := range []struct {
		name    string
		kind    string
		matches []string // of each rule
		want    [][]int  // of two rules each
		tie     routing.Tie
	}{
		{
			"by their paths", "HTTPRoute",
			[]string{"{path: {value: /a}}", "{path: {value: /b}}", "{path: {value: /a/}}", "{path: {type: Exact, value: /a}}", "{path: {value: /}}"},
			[][]int{{0, 2}, {1, 3}, {4}},
			routing.Tie{},
		},
		{
			"unless a method is more specific, or another one", "HTTPRoute",
			[]string{"{method: GET}", "{method: POST}", "{}", "{method: GET, queryParams: [{name: a, value: b}]}"},
			[][]int{{0, 1}, {2, 3}},
			routing.Tie{},
		},
		{
			"by headers, since all of them may be sent", "HTTPRoute",
			[]string{"{headers: [{name: a, value: '1'}]}", "{path: {value: /x}}", "{headers: [{name: a, value: '2'}]}"},
			[][]int{{0, 2}, {1}},
			routing.Tie{},
		},
		{
			"by query parameters, of which the first value counts", "HTTPRoute",
			[]string{"{queryParams: [{name: q, value: '1'}]}", "{queryParams: [{name: q, value: '2'}]}", "{queryParams: [{name: q, type: RegularExpression, value: '[2-9]'}]}", "{queryParams: [{name: q, value: '3'}]}"},
			nil,
			routing.Tie{First: 2, Second: 3},
		},
		{
			"by expressions of one length, of which little is known", "HTTPRoute",
			[]string{"{path: {type: RegularExpression, value: /a.*}}", "{path: {type: RegularExpression, value: /b/.*}}", "{path: {type: RegularExpression, value: /c.*}}"},
			[][]int{{0, 2}, {1}},
			routing.Tie{},
		},
		{
			"in a chain", "HTTPRoute",
			[]string{"{path: {value: /a}}", "{path: {value: /b}}", "{path: {value: /a}}, {path: {value: /b}}"},
			nil,
			routing.Tie{First: 1, Second: 2},
		},
		{
			"calls by their services and methods", "GRPCRoute",
			[]string{"{method: {service: a.B}}", "{method: {service: a.C}}", "{method: {type: RegularExpression, service: '.*B'}}", "{method: {service: a.B, method: Get}}", "{method: {service: a.B, method: Put}}"},
			[][]int{{0, 2}, {1, 3}, {4}},
			routing.Tie{},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			parts, tie, err := routing.Parts(routeWith(t, tc.kind, tc.matches), 2)
			if err != nil || !reflect.DeepEqual(parts, tc.want) || tie != tc.tie {
				t.Errorf("got %v, %v, %v", parts, tie, err)
			}
		})
	}
}

func routeWith(t rapid.TB, kind string, matches []string) *resource.Object {
	text := fmt.Sprintf("{kind: %s, metadata: {name: r, namespace: infra}, spec: {parentRefs: [{name: public}], rules: [", kind)
	for _, m := range matches {
		text += fmt.Sprintf("{matches: [%s]}, ", m)
	}
	o := &resource.Object{}
	if err := yaml.Unmarshal([]byte(text+"]}}"), &o.Object); err != nil {
		t.Fatal(err)
	}
	o.SetAPIVersion("gateway.networking.k8s.io/v1")
	return o
}

// Whatever the age and the names of the routes that a route is divided into,
// every request meets the rule that it met.
func TestADividedRouteAnswersAsOne(t *testing.T) {
	gateway := &resource.Object{}
	if err := yaml.Unmarshal([]byte(`{apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: {name: public, namespace: infra}, spec: {listeners: [{name: http, port: 80, protocol: HTTP}]}}`), &gateway.Object); err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		of := func(label string, from ...string) string { return rapid.SampledFrom(from).Draw(t, label) }
		kind := of("kind", "HTTPRoute", "GRPCRoute")
		match := func() string {
			headers := of("headers", "", "headers: [{name: x-a, value: '1'}]", "headers: [{name: x-a, value: '2'}]")
			if kind == "GRPCRoute" {
				method := fmt.Sprintf("method: {type: %s, service: %q, method: %q}", of("type", "Exact", "RegularExpression"), of("service", "", "a.B", "a.C", "a.*"), of("method", "Get", "Put", "G.*"))
				return "{" + joined(method, headers) + "}"
			}
			path := fmt.Sprintf("path: {type: %s, value: %q}", of("type", "PathPrefix", "RegularExpression", "Exact"), of("path", "/a", "/b", "/.", "/"))
			query := of("query", "", "queryParams: [{name: q, value: '1'}]", "queryParams: [{name: q, value: '2'}]", "queryParams: [{name: q, type: RegularExpression, value: '[12]'}]")
			return "{" + joined(path, of("verb", "", "", "method: GET", "method: POST"), headers, query) + "}"
		}
		var matches []string
		for range rapid.IntRange(3, 12).Draw(t, "rules") {
			m := match()
			if of("more", "no", "yes") == "yes" {
				m += ", " + match()
			}
			matches = append(matches, m)
		}
		parts, tie, err := routing.Parts(routeWith(t, kind, matches), rapid.IntRange(1, 4).Draw(t, "most"))
		if err != nil {
			t.Fatal(err)
		}
		if parts == nil {
			if tie.First >= tie.Second {
				t.Fatalf("no tie: %v", tie)
			}
			return
		}
		one, err := routing.Read([]*resource.Object{gateway, routeWith(t, kind, matches)})
		if err != nil {
			t.Fatal(err)
		}
		objects := []*resource.Object{gateway}
		names := rapid.Permutation([]string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"}).Draw(t, "names")
		places := map[string][]int{} // rules by the names of routes
		for i, part := range parts {
			var own []string
			for _, rule := range part {
				own = append(own, matches[rule])
			}
			o := routeWith(t, kind, own)
			o.SetName(names[i])
			metadata := o.Object["metadata"].(map[string]any)
			metadata["creationTimestamp"] = of("created", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z")
			objects, places[names[i]] = append(objects, o), part
		}
		several, err := routing.Read(objects)
		if err != nil {
			t.Fatal(err)
		}
		paths := []string{"/a", "/b", "/c", "/a/b"}
		if kind == "GRPCRoute" {
			paths = []string{"/a.B/Get", "/a.C/Get", "/a.B/Put"}
		}
		for range 30 {
			r := request("http", 80, of("method", "GET", "POST")+" a.test"+of("path", paths...)+"?"+of("query", "", "q=1", "q=2", "q=1&q=2"))
			r.Header = http.Header{}
			r.Header["X-A"] = rapid.SliceOfN(rapid.SampledFrom([]string{"1", "2"}), 0, 2).Draw(t, "X-A")
			if kind == "GRPCRoute" {
				r.Header.Set("Content-Type", "application/grpc")
			}
			want, got := one.Explain(public, r).Won, several.Explain(public, r).Won
			switch {
			case (want == nil) != (got == nil):
				t.Fatalf("%v: %+v became %+v", r, want, got)
			case want != nil && (places[got.Route.Name][got.Rule] != want.Rule || got.Position != want.Position):
				t.Fatalf("%v of rule %d of one meets rule %d of %v", r, want.Rule, got.Rule, places[got.Route.Name])
			}
		}
	})
}

// joined leaves out what is empty.
func joined(fields ...string) string {
	return strings.Join(slices.DeleteFunc(fields, func(f string) bool { return f == "" }), ", ")
}
