package routing_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/internal/routing"
	"sigs.k8s.io/yaml"
)

// Sets of three teams add to a gateway that does not take those of the last.
const teams = `
kind: Gateway
metadata: {name: public, namespace: infra}
spec:
  allowedListeners: {namespaces: {from: Selector, selector: {matchLabels: {listeners: public}}}}
  listeners:
  - {name: any, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: All}}}
  - {name: raw, port: 81, protocol: TCP}
---
kind: Namespace
metadata: {name: shop, labels: {listeners: public}}
---
kind: Namespace
metadata: {name: mail, labels: {listeners: public}}
---
kind: ListenerSet
metadata: {name: late, namespace: mail, creationTimestamp: "2026-01-02T00:00:00Z"}
spec:
  parentRef: {name: public, namespace: infra}
  listeners:
  - {name: taken, port: 80, protocol: HTTP, hostname: shop.test}
  - {name: free, port: 80, protocol: HTTP, hostname: mail.test}
  - {name: raw, port: 81, protocol: HTTP}
---
kind: ListenerSet
metadata: {name: early, namespace: shop, creationTimestamp: "2026-01-01T00:00:00Z"}
spec:
  parentRef: {name: public, namespace: infra}
  listeners:
  - {name: shop, port: 80, protocol: HTTP, hostname: shop.test}
  - {name: twice, port: 80, protocol: HTTP, hostname: twice.test}
  - {name: again, port: 80, protocol: HTTP, hostname: twice.test}
---
kind: ListenerSet
metadata: {name: uninvited, namespace: other}
spec:
  parentRef: {name: public, namespace: infra}
  listeners: [{name: other, port: 80, protocol: HTTP, hostname: other.test}]
---
kind: HTTPRoute
metadata: {name: gateway, namespace: shop}
spec: {parentRefs: [{name: public, namespace: infra}], rules: [{name: of the gateway}]}
---
kind: HTTPRoute
metadata: {name: shop, namespace: shop}
spec: {parentRefs: [{kind: ListenerSet, name: early}], rules: [{name: of the shop}]}
---
kind: HTTPRoute
metadata: {name: mail, namespace: mail}
spec: {parentRefs: [{kind: ListenerSet, name: late}], rules: [{name: of the mail}]}
---
kind: HTTPRoute
metadata: {name: other, namespace: other}
spec: {parentRefs: [{kind: ListenerSet, name: uninvited}], rules: [{name: of the other}]}
`

func TestListenersOfSetsTakeRequests(t *testing.T) {
	var objects []*resource.Object
	for document := range strings.SplitSeq(teams, "\n---\n") {
		o := &resource.Object{}
		if err := yaml.Unmarshal([]byte(document), &o.Object); err != nil {
			t.Fatal(err)
		}
		version := "gateway.networking.k8s.io/v1"
		if o.GetKind() == "Namespace" {
			version = "v1"
		}
		o.SetAPIVersion(version)
		objects = append(objects, o)
	}
	w, err := routing.Read(objects)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		host, owner, rule string
		shop, mail        string // why their routes lose
	}{
		{host: "any.test", owner: "public/any", rule: "of the gateway", shop: "other_listener", mail: "other_listener"},
		{host: "shop.test", owner: "early/shop", rule: "of the shop", mail: "other_listener"},
		{host: "mail.test", owner: "late/free", rule: "of the mail", shop: "other_listener"},
		{host: "twice.test", owner: "public/any", rule: "of the gateway", shop: "other_listener", mail: "other_listener"},
		{host: "other.test", owner: "public/any", rule: "of the gateway", shop: "other_listener", mail: "other_listener"},
	} {
		a := w.Explain(public, request("http", 80, "GET "+tc.host+"/"))
		if got := a.Owner.Name + "/" + a.Listener; got != tc.owner || a.Won == nil || a.Won.RuleName != tc.rule {
			t.Errorf("%s is answered at %s by %+v", tc.host, got, a.Won)
		}
		lost := map[string]string{}
		for _, l := range a.Lost {
			lost[l.Route.Name] = l.Reason.String()
		}
		if lost["shop"] != tc.shop || lost["mail"] != tc.mail || lost["other"] != "" {
			t.Errorf("for %s the others lose by %v", tc.host, lost)
		}
	}
	if got := fmt.Sprint(w.Listeners()); got != "[http on 80]" {
		t.Errorf("listened is for %s", got)
	}
}
