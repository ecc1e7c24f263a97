package topology_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/gwctl/gwctl/internal/attachment"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/internal/topology"
	"sigs.k8s.io/yaml"
)

// objects reads documents of YAML.
func objects(t testing.TB, text string) []*resource.Object {
	t.Helper()
	var out []*resource.Object
	for _, doc := range strings.Split(text, "\n---\n") {
		raw, err := yaml.YAMLToJSON([]byte(doc))
		if err != nil {
			t.Fatal(err)
		}
		o := &resource.Object{}
		if err := o.UnmarshalJSON(raw); err != nil {
			t.Fatalf("%v: %s", err, doc)
		}
		out = append(out, o)
	}
	return out
}

const shop = `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: public, namespace: infra, generation: 3}
spec:
  gatewayClassName: eg
  listeners:
  - {name: any, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: All}}}
  - {name: shop, port: 80, protocol: HTTP, hostname: "*.example.com", allowedRoutes: {namespaces: {from: Selector, selector: {matchLabels: {team: shop}}}}}
  - {name: taken, port: 81, protocol: HTTP, allowedRoutes: {namespaces: {from: All}}}
  - {name: infra, port: 82, protocol: HTTP}
status:
  listeners:
  - {name: any, attachedRoutes: 2, conditions: [{type: Accepted, status: "True", reason: Accepted, observedGeneration: 3}]}
  - {name: taken, attachedRoutes: 0, conditions: [{type: Accepted, status: "False", reason: PortUnavailable, message: port 81 is in use, observedGeneration: 3}]}
  - {name: infra, attachedRoutes: 0, conditions: [{type: Accepted, status: "False", reason: PortUnavailable, message: long ago, observedGeneration: 2}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: orders, namespace: shop, generation: 2}
spec:
  hostnames: [a.example.com, b.org]
  parentRefs:
  - {name: public, namespace: infra}
  - {name: public, namespace: infra, sectionName: typo}
  - {name: gone, namespace: infra}
  - {name: secret, namespace: infra}
  - {name: mesh, kind: Service, group: ""}
  rules:
  - backendRefs: [{name: orders, port: 8080}, {group: gateway.envoyproxy.io, kind: Backend, name: v2, namespace: other}]
    filters: [{type: RequestMirror, requestMirror: {backendRef: {name: copy, port: 1}}}]
status:
  parents:
  - parentRef: {name: public, namespace: infra}
    controllerName: example.com/gateway
    conditions:
    - {type: Accepted, status: "True", reason: Accepted, observedGeneration: 1, lastTransitionTime: "2026-11-20T10:00:00Z"}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: stray, namespace: other}
spec:
  parentRefs: [{name: public, namespace: infra, sectionName: shop}]
---
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {team: shop}}`

func id(kind, namespace, name string) resource.ID {
	group := topology.Gateway.Group
	if kind == "Service" || kind == "Namespace" {
		group = ""
	}
	return resource.ID{Group: group, Kind: kind, Namespace: namespace, Name: name}
}

func world(t testing.TB) (*topology.World, []*resource.Object) {
	t.Helper()
	all := objects(t, shop)
	w := &topology.World{}
	w.Add(all...)
	secret := id("Gateway", "infra", "secret")
	w.Asked([]resource.ID{id("Gateway", "infra", "gone"), secret}, map[resource.ID]error{secret: errors.New("this account may not")})
	return w, all
}

func TestARouteSaysWhereItAttachesAndWhyNotElsewhere(t *testing.T) {
	w, all := world(t)
	parents, err := topology.ParentsOf(all[1], w)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range parents {
		got = append(got, strings.TrimSpace(fmt.Sprintf("%s %s: %s %s", p.To.Name, p.SectionName, p.Verdict, p.Why)))
		for _, at := range p.Listeners {
			got = append(got, strings.TrimSpace(fmt.Sprintf("  %s: %s %q %s", at.Listener, at.Verdict, at.Hosts, at.Why)))
		}
	}
	want := `public : attached
any: attached ["b.org"] requests for a.example.com go to listener shop, whose hostname is more specific
shop: attached ["a.example.com"]
taken: not attached [] the listener is not served: PortUnavailable: port 81 is in use
infra: not attached [] it takes routes of namespace infra, and this one is of namespace shop
public typo: not attached Gateway infra/public has no listener typo; it has any (port 80), shop (port 80), taken (port 81), infra (port 82)
gone : not attached Gateway infra/gone does not exist
secret : unknown Gateway infra/secret cannot be read: this account may not
mesh : unknown a Service is no Gateway: its controller decides`
	if text := strings.Join(got, "\n"); text != want {
		t.Errorf("got\n%s", text)
	}
	if c := parents[0].Conditions; len(c) != 1 || !c[0].Stale || c[0].Since.IsZero() || parents[0].Controller != "example.com/gateway" {
		t.Errorf("the controller says %+v", c)
	}
	if len(parents[1].Conditions) != 0 {
		t.Errorf("nobody said anything of the second reference, but %+v", parents[1].Conditions)
	}
}

func TestAListenerThatChoosesByLabelsIsUnknownWhereTheyCannotBeRead(t *testing.T) {
	w, all := world(t)
	parents, err := topology.ParentsOf(all[2], w)
	if err != nil || parents[0].Verdict != topology.Unknown || !strings.Contains(parents[0].Listeners[0].Why, "labels of namespace other") {
		t.Errorf("got %+v, %v", parents, err)
	}
	w.Asked([]resource.ID{id("Namespace", "", "other")}, nil)
	if parents, _ = topology.ParentsOf(all[2], w); parents[0].Verdict != topology.NotAttached {
		t.Errorf("of a namespace without labels: %+v", parents)
	}
}

func TestARouteThatLostItsHostsToARivalIsNotAttached(t *testing.T) {
	var w topology.World
	w.Add(objects(t, shop)...)
	for status, want := range map[string]topology.Verdict{
		`{status: "False", reason: HostnameConflict, message: "GRPCRoute a/b is older", observedGeneration: 1}`: topology.NotAttached,
		`{status: "True", reason: Accepted, observedGeneration: 1}`:                                             topology.Attached,
		`{status: "False", reason: HostnameConflict, message: "as it was before", observedGeneration: 0}`:       topology.Attached,
	} {
		route := objects(t, `
apiVersion: gateway.networking.k8s.io/v1
kind: GRPCRoute
metadata: {name: calls, namespace: shop, generation: 1}
spec: {parentRefs: [{name: public, namespace: infra, sectionName: any}]}
status: {parents: [{parentRef: {name: public, namespace: infra, sectionName: any}, controllerName: c, conditions: [`+strings.Replace(status, "{", "{type: Accepted, ", 1)+`]}]}`)[0]
		parents, err := topology.ParentsOf(route, &w)
		if err != nil {
			t.Fatal(err)
		}
		if at := parents[0].Listeners[0]; at.Verdict != want || parents[0].Verdict != want || (at.Why == "GRPCRoute a/b is older") != (want == topology.NotAttached) {
			t.Errorf("with %s it is %+v", status, parents[0])
		}
	}
}

func TestAGatewayKnowsItsRoutes(t *testing.T) {
	w, all := world(t)
	w.Asked([]resource.ID{id("Namespace", "", "other")}, nil)
	claims := topology.Claims(all[0], w)
	if len(claims) != 2 || claims[0].Route != id("HTTPRoute", "other", "stray") || claims[1].Route != id("HTTPRoute", "shop", "orders") {
		t.Fatalf("the claims are %+v", claims)
	}
	if why := claims[0].Lost(); !strings.Contains(why, "team=shop") {
		t.Errorf("the stray route is lost because %q", why)
	}
	if why := claims[1].Lost(); why != "" {
		t.Errorf("the attached route is lost because %q", why)
	}
	if at, ok := claims[1].TakenBy(&topology.Listener{Listener: attachment.Listener{Owner: id("Gateway", "infra", "public"), Name: "shop"}}); !ok || at.Hosts[0] != "a.example.com" {
		t.Errorf("at its listener: %+v, %t", at, ok)
	}
	listeners, err := topology.ListenersOf(all[0])
	if err != nil {
		t.Fatal(err)
	}
	if listeners[0].Reported != 2 || listeners[1].Reported != -1 || listeners[2].Refused == "" || listeners[3].Refused != "" {
		t.Errorf("the listeners are %+v", listeners)
	}
	if !topology.NeedsNamespaces(all[0]) {
		t.Error("nobody looked at the selector")
	}
}

func TestReferences(t *testing.T) {
	_, all := world(t)
	var got []string
	for _, r := range topology.References(all[1]) {
		got = append(got, r.Path+" "+r.To.String())
	}
	want := `spec.parentRefs[0] Gateway infra/public
spec.parentRefs[1] Gateway infra/public
spec.parentRefs[2] Gateway infra/gone
spec.parentRefs[3] Gateway infra/secret
spec.parentRefs[4] Service shop/mesh
spec.rules[0].filters[0].requestMirror.backendRef Service shop/copy
spec.rules[0].backendRefs[0] Service shop/orders
spec.rules[0].backendRefs[1] Backend other/v2`
	if text := strings.Join(got, "\n"); text != want {
		t.Errorf("got\n%s", text)
	}
	if !topology.Related(all[0], all[1]) || !topology.Related(all[1], all[0]) || !topology.Related(all[3], all[1]) {
		t.Error("a route is not related to its gateway or its namespace")
	}
	if topology.Related(all[1], all[2]) {
		t.Error("two routes of one gateway are related")
	}
	if got := topology.ReferrersTo(id("Gateway", "infra", "public"), all); len(got) != 2 {
		t.Errorf("the gateway's referrers are %v", got)
	}
}

func TestOwnersAndManagers(t *testing.T) {
	o := objects(t, `
apiVersion: v1
kind: Service
metadata:
  name: a
  labels: {kustomize.toolkit.fluxcd.io/name: apps, kustomize.toolkit.fluxcd.io/namespace: flux-system}
  annotations: {gwctl.dev/name: shop, gwctl.dev/lineage: l1, gwctl.dev/address: backend.a backend.b}
  managedFields:
  - {manager: late, operation: Update, subresource: status, time: "2026-11-21T10:00:00Z", apiVersion: v1}
  - {manager: gwctl, operation: Apply, time: "2026-11-20T10:00:00Z", apiVersion: v1}`)[0]
	if owner, ok := topology.OwnerOf(o); !ok || owner.Name != "shop" || len(owner.Addresses) != 2 {
		t.Errorf("the owner is %+v", owner)
	}
	if tracker, ok := resource.TrackerOf(o); !ok || tracker != (resource.Tracker{Tool: "Flux", What: "Kustomization flux-system/apps"}) {
		t.Errorf("the tracker is %+v", tracker)
	}
	if m := topology.Managers(o); len(m) != 2 || m[0].Name != "gwctl" || m[0].Status || !m[1].Status {
		t.Errorf("the managers are %+v", m)
	}
	if _, ok := topology.OwnerOf(&resource.Object{Object: map[string]any{}}); ok {
		t.Error("nobody's object has an owner")
	}
}

func TestObjectsOfAnyFormArePassedOver(t *testing.T) {
	for _, text := range []string{
		`{kind: HTTPRoute, apiVersion: gateway.networking.k8s.io/v1, metadata: {name: x}, spec: {parentRefs: 7, rules: {}}, status: [1]}`,
		`{kind: HTTPRoute, apiVersion: gateway.networking.k8s.io/v1, metadata: {name: x}, spec: {parentRefs: [7, {name: [1]}], rules: [7, {backendRefs: 1, filters: [1]}]}, status: {parents: [7, {conditions: 1}]}}`,
		`{kind: Gateway, apiVersion: gateway.networking.k8s.io/v1, metadata: {name: x}, spec: {listeners: [7]}, status: {listeners: 1, conditions: [7]}}`,
		`{kind: Gateway, apiVersion: gateway.networking.k8s.io/v1, metadata: {name: x}}`,
	} {
		o := objects(t, text)[0]
		w := &topology.World{}
		w.Add(o)
		topology.References(o)
		topology.Conditions(o)
		topology.Claims(o, w)
		topology.NeedsNamespaces(o)
		_, _ = topology.ParentsOf(o, w)
		_, _ = topology.ListenersOf(o)
	}
}
