package views

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/internal/topology"
)

// described is an object with what its surroundings make of it.
func described(t testing.TB, text string, around ...string) Description {
	t.Helper()
	o := liveObjects(t, text)[0]
	w := &topology.World{}
	w.Add(o)
	for _, other := range around {
		w.Add(liveObjects(t, other)...)
	}
	d := Description{Found: Found{Object: o}}
	var err error
	if o.GetKind() == "Gateway" {
		d.Listeners, err = topology.ListenersOf(o)
		d.Claims = topology.Claims(o, w)
	} else {
		w.Asked([]resource.ID{{Group: topology.Gateway.Group, Kind: "Gateway", Namespace: "shop", Name: "own"}}, nil)
		d.Parents, err = topology.ParentsOf(o, w)
		for _, r := range topology.Backends(o) {
			d.Backends = append(d.Backends, BackendReference{Reference: r, Problem: "does not exist"})
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestADescribedRoute(t *testing.T) {
	d := described(t, liveRoute, liveGateway)
	d.Flows = []resource.ServedFlow{{Flow: resource.Flow{Match: "a.example.com /", To: map[string]float64{"orders": 1}}}}
	d.Block = &resource.Block{Type: "http_route", Label: "orders", Attrs: []resource.Attr{{Name: "listener", Value: "http"}}}
	d.Unknown = []string{"Its events cannot be read: forbidden"}
	out, _ := shown(t, Options{}, func(o Options) error { return NewDescribe(o).Describe([]Description{d}) })
	same(t, "for people", `Name:       orders
Namespace:  shop
Kind:       HTTPRoute (gateway.networking.k8s.io/v1)
Created:    2026-11-23T11:58:00Z (2m ago)
Owner:      Argo CD, application shop
Parents:
  Gateway infra/public
    attached      listener http, port 80    for a.example.com, b.example.com, c.example.com
    not attached  listener https, port 443  it takes routes of namespace infra, and this one is of namespace shop
    eg says:
      Accepted  True  Accepted
  Gateway shop/own, listener http
    not attached  Gateway shop/own does not exist
    eg says:
      Accepted  False  NoMatchingParent  No listener
Traffic:
  a.example.com /  orders
Backends:
  Service shop/orders:8080  does not exist
In HCL:
  http_route "orders" {
    listener = "http"
  }
Unknown:
  Its events cannot be read: forbidden
`, out)
}

func TestADescribedGateway(t *testing.T) {
	d := described(t, liveGateway, liveRoute, strings.NewReplacer("name: orders, namespace: shop", "name: stray, namespace: shop", "namespace: infra}, {name: own", "namespace: infra, port: 443}, {name: own").Replace(liveRoute))
	d.Events = []Occurrence{{Time: clock().Add(-time.Minute), Count: 3, Warning: true, Reason: "Failed", Message: "no\naddress", By: "eg"}}
	out, _ := shown(t, Options{}, func(o Options) error { return NewDescribe(o).Describe([]Description{d}) })
	same(t, "for people", `Name:       public
Namespace:  infra
Kind:       Gateway (gateway.networking.k8s.io/v1)
Created:    2026-11-20T12:00:00Z (3d ago)
Owner:      gwctl, configuration platform: gateway.public
Managers:   gwctl (Apply of its fields, 3d ago)
            envoy-gateway (Update of its status, 60m ago)
Conditions:
  Accepted    True  Accepted
  Programmed  True  Programmed  (stale: of generation 3, and the object is at 4)
Listeners:
  http: HTTP on port 80, any host; takes routes of all namespaces
    attached  HTTPRoute shop/orders  for a.example.com, b.example.com, c.example.com
    Accepted  True  Accepted
  https: HTTPS on port 443, *.example.com; takes routes of namespace infra
    Conflicted  False  NoConflicts
Routes that refer to it and do not attach:
  HTTPRoute shop/stray  listener https: it takes routes of namespace infra, and this one is of namespace shop
Spec:
  gatewayClassName: eg
  listeners:
  - allowedRoutes:
      namespaces:
        from: All
    name: http
    port: 80
    protocol: HTTP
  - hostname: '*.example.com'
    name: https
    port: 443
    protocol: HTTPS
Events:
  TYPE     REASON  AGE       FROM  MESSAGE
  Warning  Failed  60s (x3)  eg    no address
`, out)
}

func TestDescriptionsForMachinesAreOneDocument(t *testing.T) {
	for name, descriptions := range map[string][]Description{
		"none": nil, "two": {described(t, liveRoute, liveGateway), described(t, liveGateway, liveRoute)},
	} {
		out, _ := shown(t, Options{JSON: true}, func(o Options) error { return NewDescribe(o).Describe(descriptions) })
		var doc struct {
			Objects []struct {
				Object  map[string]any
				Parents []struct{ Verdict string }
			}
		}
		if err := json.Unmarshal([]byte(out), &doc); err != nil || len(doc.Objects) != len(descriptions) {
			t.Errorf("%s: %v: %s", name, err, out)
		}
		if len(doc.Objects) > 0 && doc.Objects[0].Parents[1].Verdict != "not attached" {
			t.Errorf("the parents are %+v", doc.Objects[0].Parents)
		}
	}
}

func TestADescribedRouteSaysItsLimitsAndWhereTheyComeFrom(t *testing.T) {
	const limits = `
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: BackendTrafficPolicy
metadata: {name: limits, namespace: infra, annotations: {gwctl.dev/rate-limits: global rate_limit.public key}}
spec:
  targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: public}]
  rateLimit: {global: {rules: [{clientSelectors: [{headers: [{name: x-api-key, type: Distinct}]}], limit: {requests: 100, unit: Minute}}]}}
`
	w := &topology.World{}
	w.Add(liveObjects(t, liveGateway)...)
	w.Add(liveObjects(t, limits)...)
	d := described(t, liveRoute, liveGateway)
	d.Limits = topology.ReadLimits(w).OfRoute(d.Object)
	out, _ := shown(t, Options{}, func(o Options) error { return NewDescribe(o).Describe([]Description{d}) })
	if want := "Rate limits:\n  100/minute per x-api-key  global  rate_limit.public, rule \"key\"\n"; !strings.Contains(out, want) {
		t.Errorf("it says\n%s", out)
	}
	out, _ = shown(t, Options{JSON: true}, func(o Options) error { return NewDescribe(o).Describe([]Description{d}) })
	var doc struct {
		Objects []struct {
			Limits []topology.LimitsAt `json:"rate_limits"`
		} `json:"objects"`
	}
	if err := json.Unmarshal([]byte(out), &doc); err != nil || len(doc.Objects[0].Limits) != 1 || doc.Objects[0].Limits[0].Limits[0].Block != "rate_limit.public" {
		t.Errorf("%v: %s", err, out)
	}
}
