package topology_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/internal/topology"
)

const sets = `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: public, namespace: infra}
spec:
  allowedListeners: {namespaces: {from: Selector, selector: {matchLabels: {team: shop}}}}
  listeners:
  - {name: any, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: All}}}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {team: shop}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: ListenerSet
metadata: {name: shop, namespace: shop, creationTimestamp: "2026-01-02T00:00:00Z"}
spec:
  parentRef: {name: public, namespace: infra}
  listeners:
  - {name: web, port: 80, protocol: HTTP, hostname: shop.test}
  - {name: any, port: 81, protocol: HTTP}
status:
  listeners: [{name: web, attachedRoutes: 2}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: ListenerSet
metadata: {name: said, namespace: shop, generation: 2, creationTimestamp: "2026-01-01T00:00:00Z"}
spec: {parentRef: {name: public, namespace: infra}, listeners: [{name: web, port: 81, protocol: HTTP}]}
status:
  conditions: [{type: Accepted, status: "False", reason: ListenersNotValid, message: No listener is valid., observedGeneration: 2}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: ListenerSet
metadata: {name: uninvited, namespace: other, generation: 2}
spec: {parentRef: {name: public, namespace: infra}, listeners: [{name: web, port: 82, protocol: HTTP}]}
status:
  conditions: [{type: Accepted, status: "True", reason: Accepted, observedGeneration: 1}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: ListenerSet
metadata: {name: lost, namespace: shop}
spec: {parentRef: {name: gone, namespace: infra}, listeners: [{name: web, port: 82, protocol: HTTP}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  hostnames: [shop.test, b.test]
  parentRefs:
  - {kind: ListenerSet, name: shop}
  - {name: public, namespace: infra}
  - {kind: ListenerSet, name: shop, sectionName: typo}
  - {kind: ListenerSet, name: said}
  - {kind: ListenerSet, name: uninvited, namespace: other}
  - {kind: ListenerSet, name: lost}
  - {kind: ListenerSet, name: missing}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: elsewhere, namespace: other}
spec: {parentRefs: [{kind: ListenerSet, name: uninvited}]}`

func TestARouteAtTheListenersOfSets(t *testing.T) {
	all := objects(t, sets)
	w := &topology.World{}
	w.Add(all...)
	w.Asked([]resource.ID{id("Gateway", "infra", "gone"), id("ListenerSet", "shop", "missing"), id("Namespace", "", "other")}, nil)
	parents, err := topology.ParentsOf(all[6], w)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range parents {
		got = append(got, strings.TrimSpace(fmt.Sprintf("%s %s: %s %s", p.To, p.SectionName, p.Verdict, p.Why)))
		for _, at := range p.Listeners {
			got = append(got, strings.TrimSpace(fmt.Sprintf("  %s: %s %q %s", at.Listener, at.Verdict, at.Hosts, at.Why)))
		}
	}
	want := `ListenerSet shop/shop : attached
web: attached ["shop.test"]
any: attached ["shop.test" "b.test"]
Gateway infra/public : attached
any: attached ["b.test"] requests for shop.test go to listener web of ListenerSet shop/shop, whose hostname is more specific
ListenerSet shop/shop typo: not attached ListenerSet shop/shop has no listener typo; it has web (port 80), any (port 81)
ListenerSet shop/said : not attached ListenerSet shop/said is not taken by Gateway infra/public: ListenersNotValid: No listener is valid.
ListenerSet other/uninvited : not attached ListenerSet other/uninvited is not taken by Gateway infra/public: the gateway takes no listeners of namespace other
ListenerSet shop/lost : not attached ListenerSet shop/lost adds to a gateway, and Gateway infra/gone does not exist
ListenerSet shop/missing : not attached ListenerSet shop/missing does not exist`
	if text := strings.Join(got, "\n"); text != want {
		t.Errorf("got\n%s", text)
	}
}

func TestAGatewayKnowsItsSets(t *testing.T) {
	all := objects(t, sets)
	w := &topology.World{}
	w.Add(all...)
	var got []string
	for _, s := range w.SetsOf(all[0]) {
		got = append(got, strings.TrimSpace(s.ID.Name+" "+s.Refused))
	}
	want := "said ListenersNotValid: No listener is valid., shop, uninvited the labels of namespace other, by which the gateway chooses, cannot be read"
	if text := strings.Join(got, ", "); text != want {
		t.Errorf("the sets are %s", text)
	}
	listeners, err := w.Merged(all[0])
	if err != nil || len(listeners) != 3 || listeners[1].Owner.Name != "shop" || listeners[1].Reported != 2 || listeners[2].Reported != -1 {
		t.Errorf("the listeners are %+v, %v", listeners, err)
	}
	claims := topology.Claims(all[0], w)
	if len(claims) != 1 || claims[0].Route.Name != "web" || claims[0].Lost() != "" {
		t.Errorf("of the gateway and its sets are %+v", claims)
	}
	for _, l := range listeners {
		at, ok := claims[0].TakenBy(l)
		if own := slices.Contains(at.Hosts, "shop.test"); !ok || own != (l.Owner.Kind == "ListenerSet") {
			t.Errorf("listener %s of %s takes the route: %+v", l.Name, l.Owner, at)
		}
	}
	if claims := topology.Claims(all[4], w); len(claims) != 2 || claims[0].Lost() == "" {
		t.Errorf("of a set that is not taken are %+v", claims)
	}
	if !topology.TakesSets(all[0]) || !topology.NeedsNamespaces(all[0]) || topology.TakesSets(objects(t, shop)[0]) {
		t.Error("whether a gateway takes sets is not seen")
	}
}
