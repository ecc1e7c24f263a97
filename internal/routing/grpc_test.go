package routing_test

import (
	"fmt"
	"strings"
	"testing"
)

// calls is a gateway for calls of gRPC. Of the routes for mixed.test the younger
// ones lose.
var calls = []string{
	`{kind: Gateway, metadata: {name: public, namespace: infra}, spec: {listeners: [
  {name: http, port: 80, protocol: HTTP}, {name: other, port: 81, protocol: HTTP}]}}`,
	`{kind: GRPCRoute, metadata: {name: shop, namespace: infra, creationTimestamp: "2026-01-01T00:00:00Z"}, spec: {
  parentRefs: [{name: public}], hostnames: [grpc.test], rules: [
  {name: any, filters: [{type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: x-set, value: "1"}]}}], backendRefs: [{name: web, port: 80}]},
  {name: service, matches: [{method: {service: shop.Orders}}], backendRefs: [{name: web, port: 80}]},
  {name: method, matches: [{method: {method: Refund}}], backendRefs: [{name: web, port: 80}]},
  {name: both, matches: [{method: {service: shop.Orders, method: Get}}], backendRefs: [{name: web, port: 80}]},
  {name: header, matches: [{method: {service: shop.Orders, method: Get}, headers: [{name: X-Env, value: test}]}], backendRefs: [{name: web, port: 80}]},
  {name: regex, matches: [{method: {type: RegularExpression, service: "shop[.].*", method: "L.*|W.*"}}], backendRefs: [{name: web, port: 80}]},
  {name: later, matches: [{method: {service: shop.Orders}}], backendRefs: [{name: web, port: 80}]},
  {name: nowhere, matches: [{method: {service: shop.Nowhere}}]},
  {name: gone, matches: [{method: {service: shop.Gone}}], backendRefs: [{name: gone, port: 80}]}]}}`,
	`{kind: HTTPRoute, metadata: {name: mixed, namespace: infra, creationTimestamp: "2026-01-01T00:00:00Z"}, spec: {
  parentRefs: [{name: public, sectionName: http}], hostnames: ["*.mixed.test"], rules: [{name: of-http}]}}`,
	`{kind: GRPCRoute, metadata: {name: younger, namespace: infra, creationTimestamp: "2026-01-02T00:00:00Z"}, spec: {
  parentRefs: [{name: public}], hostnames: [a.mixed.test, own.test], rules: [{name: of-grpc}]}}`,
	`{kind: HTTPRoute, metadata: {name: youngest, namespace: infra}, spec: {
  parentRefs: [{name: public}], hostnames: [own.test], rules: [{name: of-youngest}]}}`,
}

func TestWhichRuleAnswersACall(t *testing.T) {
	w := world(t, calls...)
	w.Partial = true
	grpc := "content-type: application/grpc+proto"
	for _, tc := range []struct {
		name    string
		port    int32
		request string
		headers []string
		want    string // name of the rule, or a status
	}{
		{"any method", 80, "POST grpc.test/other.Service/Call", []string{grpc}, "any"},
		{"a service", 80, "POST grpc.test/shop.Orders/Put", []string{grpc}, "service"},
		{"not what begins alike", 80, "POST grpc.test/shop.OrdersOld/Put", []string{grpc}, "any"},
		{"a method of any service", 80, "POST grpc.test/other.Service/Refund", []string{grpc}, "method"},
		{"the longer service before the method", 80, "POST grpc.test/shop.Orders/Refund", []string{grpc}, "service"},
		{"a method of a service", 80, "POST grpc.test/shop.Orders/Get", []string{grpc}, "both"},
		{"in its own case", 80, "POST grpc.test/shop.Orders/get", []string{grpc}, "service"},
		{"a header as well", 80, "POST grpc.test/shop.Orders/Get", []string{grpc, "x-env: test"}, "header"},
		{"by regular expressions", 80, "POST grpc.test/shop.x/List", []string{grpc}, "regex"},
		{"of the whole name", 80, "POST grpc.test/myshop.x/List", []string{grpc}, "any"},
		{"no backend", 80, "POST grpc.test/shop.Nowhere/Get", []string{grpc}, "503"},
		{"what is not gRPC", 80, "POST grpc.test/shop.Orders/Get", []string{"content-type: application/grpc-web"}, "404"},
		{"an older HTTPRoute takes the host, and calls with it", 80, "POST a.mixed.test/x.Y/Z", []string{grpc}, "of-http"},
		{"and with it all hosts of the other route", 80, "POST own.test/x.Y/Z", []string{grpc}, "of-youngest"},
		{"which has other listeners still", 81, "POST a.mixed.test/x.Y/Z", []string{grpc}, "of-grpc"},
		{"and keeps younger ones out there", 81, "GET own.test/", nil, "404"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := w.Explain(public, request("http", tc.port, tc.request, tc.headers...))
			got := fmt.Sprint(a.Status)
			if a.Won != nil && (a.Status == 0 || strings.HasPrefix(a.Won.RuleName, "of-")) {
				got = a.Won.RuleName
			}
			if got != tc.want {
				t.Errorf("got %s (%s), want %s", got, a.Why, tc.want)
			}
		})
	}
}

func TestWhyOtherRulesLoseACall(t *testing.T) {
	w := world(t, calls...)
	a := w.Explain(public, request("http", 80, "POST grpc.test/shop.Orders/Get", "content-type: application/grpc", "x-env: test"))
	if a.Text != "grpc shop.Orders/Get [x-env=test]" {
		t.Errorf("the match is %q", a.Text)
	}
	if len(a.Backends) != 1 || a.Backends[0].Status != 503 {
		t.Errorf("a backend that is not there: %+v", a.Backends)
	}
	got := map[string]string{}
	for _, l := range a.Lost {
		got[l.RuleName] = l.Reason.String() + ": " + l.Detail
	}
	for rule, want := range map[string]string{
		"both":    "fewer_headers: it wants no header, and the other 1",
		"service": "shorter_method: its method is *, and Get is longer",
		"any":     "shorter_service: its service is *, and shop.Orders is longer",
		"method":  "other_method: its method is Refund",
		"regex":   "other_method: its method is ~L.*|W.*",
		"gone":    "other_service: its service is shop.Gone",
	} {
		if got[rule] != want {
			t.Errorf("%s: got %q, want %q", rule, got[rule], want)
		}
	}
	a = w.Explain(public, request("http", 80, "GET grpc.test/shop.Orders/Get"))
	if l := a.Lost[0]; l.Reason.String() != "not_grpc" || a.Won != nil {
		t.Errorf("what is no call: %+v", l)
	}
}

func TestOfTwoKindsAListenerTakesOne(t *testing.T) {
	w := world(t, calls...)
	for _, l := range w.Explain(public, request("http", 80, "GET a.mixed.test/")).Lost {
		if l.Route.Name == "younger" && (l.Reason.String() != "rival" || l.Detail != "a listener takes one kind of route for a host, and HTTPRoute infra/mixed is older") {
			t.Errorf("got %s: %s", l.Reason, l.Detail)
		}
	}
	named := func(kind, name string) string {
		return fmt.Sprintf(`{kind: %s, metadata: {name: %s, namespace: infra}, spec: {parentRefs: [{name: public}], rules: [{name: r}]}}`, kind, name)
	}
	for _, tc := range []struct{ one, other, want string }{
		{named("HTTPRoute", "a"), named("GRPCRoute", "b"), "HTTPRoute"},
		{named("HTTPRoute", "b"), named("GRPCRoute", "a"), "GRPCRoute"},
		{named("HTTPRoute", "a"), named("GRPCRoute", "a"), "GRPCRoute"},
	} {
		w := world(t, calls[0], tc.one, tc.other)
		a := w.Explain(public, request("http", 80, "POST a.test/x.Y/Z", "content-type: application/grpc"))
		if a.Won == nil || a.Won.Route.Kind != tc.want {
			t.Errorf("%s and %s: got %+v", tc.one, tc.other, a.Won)
		}
		if !strings.HasSuffix(a.Lost[0].Detail, "comes first by its name") {
			t.Errorf("got %q", a.Lost[0].Detail)
		}
	}
}

func TestRulesOfGRPCThatNeverGetACall(t *testing.T) {
	w := world(t, calls...)
	var got []string
	for _, s := range w.Shadowed() {
		got = append(got, fmt.Sprintf("%s by %s: %s", s.Lost.RuleName, s.Won.RuleName, s.Reason))
	}
	if want := "later by service: later_rule"; strings.Join(got, ", ") != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
