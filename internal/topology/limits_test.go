package topology_test

import (
	"strings"
	"testing"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/internal/topology"
	"sigs.k8s.io/yaml"
)

const limited = `
kind: Gateway
apiVersion: gateway.networking.k8s.io/v1
metadata: {name: public, namespace: shop}
spec:
  listeners: [{name: http, port: 80, protocol: HTTP}, {name: https, port: 443, protocol: HTTPS}]
---
kind: HTTPRoute
apiVersion: gateway.networking.k8s.io/v1
metadata: {name: orders, namespace: shop}
spec:
  parentRefs: [{name: public}]
  rules: [{name: api}, {name: all}]
---
kind: HTTPRoute
apiVersion: gateway.networking.k8s.io/v1
metadata: {name: cart, namespace: shop}
spec:
  parentRefs: [{name: public}]
  rules: [{}, {name: all}]
---
kind: HTTPRoute
apiVersion: gateway.networking.k8s.io/v1
metadata: {name: elsewhere, namespace: shop}
spec:
  parentRefs: [{name: another}]
---
kind: BackendTrafficPolicy
apiVersion: gateway.envoyproxy.io/v1alpha1
metadata: {name: gateway-public, namespace: shop, annotations: {gwctl.dev/rate-limits: "local rate_limit.public all"}}
spec:
  targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: public}]
  rateLimit:
    local: {rules: [{clientSelectors: [{path: {value: /}}], limit: {requests: 1000, unit: Second}}]}
---
kind: BackendTrafficPolicy
apiVersion: gateway.envoyproxy.io/v1alpha1
metadata: {name: https, namespace: shop}
spec:
  targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: public, sectionName: https}]
  rateLimit:
    local: {rules: [{limit: {requests: 5, unit: Second}, shadowMode: true}]}
---
kind: BackendTrafficPolicy
apiVersion: gateway.envoyproxy.io/v1alpha1
metadata: {name: orders-api, namespace: shop, annotations: {gwctl.dev/rate-limits: "global rate_limit.api key\nglobal rate_limit.api client\nglobal rate_limit.api client"}}
spec:
  mergeType: StrategicMerge
  targetRefs: [{group: gateway.networking.k8s.io, kind: HTTPRoute, name: orders, sectionName: api}]
  rateLimit:
    global:
      rules:
      - clientSelectors:
        - methods: [{value: GET}, {value: HEAD}]
          path: {type: RegularExpression, value: '/a\.b(\?.*)?'}
          headers: [{name: x-api-key, type: Distinct}, {name: ":path", type: RegularExpression, value: '/health([/?].*)?', invert: true}, {name: x-env, value: prod}]
          queryParams: [{name: user, type: Distinct}]
        limit: {requests: 10, unit: Hour}
        shared: true
      - {clientSelectors: [{sourceCIDR: {type: Distinct, value: 0.0.0.0/0}}], limit: {requests: 7, unit: Day}}
      - {clientSelectors: [{sourceCIDR: {type: Distinct, value: "::/0"}}], limit: {requests: 7, unit: Day}}
---
kind: BackendTrafficPolicy
apiVersion: gateway.envoyproxy.io/v1alpha1
metadata: {name: cart-limits, namespace: shop}
spec:
  targetRefs: [{group: gateway.networking.k8s.io, kind: HTTPRoute, name: cart}]
  rateLimit:
    global: {rules: [{limit: {requests: 3, unit: Minute}}]}
`

func TestLimitsHoldWhereTheirPoliciesDo(t *testing.T) {
	w := &topology.World{}
	objects := map[string]*resource.Object{}
	for text := range strings.SplitSeq(limited, "---\n") {
		o := &resource.Object{}
		json, err := yaml.YAMLToJSON([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if err := o.UnmarshalJSON(json); err != nil {
			t.Fatal(err)
		}
		objects[o.GetName()] = o
		w.Add(o)
	}
	limits := topology.ReadLimits(w)
	say := func(all []topology.LimitsAt) string {
		var out strings.Builder
		for _, at := range all {
			for _, l := range at.Limits {
				out.WriteString(strings.TrimPrefix(at.String()+": ", ": ") + l.Text + " (" + l.Scope + ", " + l.From() + ")\n")
			}
		}
		return out.String()
	}
	const http, https = `1000/second (local, rate_limit.public, rule "all")`, "5/second, in shadow (local, BackendTrafficPolicy shop/https)"
	const api = `10/hour per x-api-key and ?user of GET|HEAD /a.b x-env: prod but /health/*, shared by routes (global, rate_limit.api, rule "key")`
	const client = `7/day per client (global, rate_limit.api, rule "client")`
	for name, want := range map[string]string{
		"public": "listener http: " + http + "\nlistener https: " + https + "\n",
		"orders": "listener http, rule api: " + http + "\nlistener http, rule api: " + api + "\nlistener http, rule api: " + client + "\n" +
			"listener http, rule all: " + http + "\n" +
			"listener https, rule api: " + https + "\nlistener https, rule api: " + api + "\nlistener https, rule api: " + client + "\n" +
			"listener https, rule all: " + https + "\n",
		"cart":      "3/minute (global, BackendTrafficPolicy shop/cart-limits)\n",
		"elsewhere": "",
	} {
		got := say(limits.OfRoute(objects[name]))
		if objects[name].GetKind() == "Gateway" {
			got = say(limits.OfGateway(objects[name]))
		}
		if got != want {
			t.Errorf("of %s:\n%s, and not\n%s", name, got, want)
		}
	}
	if !topology.ReadLimits(&topology.World{}).None() {
		t.Error("a world without policies has limits")
	}
}
