package views

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/yaml"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/internal/topology"
)

// liveObjects reads documents of YAML.
func liveObjects(t testing.TB, text string) []*resource.Object {
	t.Helper()
	var out []*resource.Object
	for _, doc := range strings.Split(text, "\n---\n") {
		raw, err := yaml.YAMLToJSON([]byte(doc))
		if err != nil {
			t.Fatal(err)
		}
		o := &resource.Object{}
		if err := o.UnmarshalJSON(raw); err != nil {
			t.Fatal(err)
		}
		out = append(out, o)
	}
	return out
}

const liveGateway = `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: public, namespace: infra, creationTimestamp: "2026-11-20T12:00:00Z", generation: 4, annotations: {gwctl.dev/name: platform, gwctl.dev/address: gateway.public}, managedFields: [{manager: gwctl, operation: Apply, time: "2026-11-20T12:00:00Z"}, {manager: envoy-gateway, operation: Update, subresource: status, time: "2026-11-23T11:00:00Z"}]}
spec:
  gatewayClassName: eg
  listeners:
  - {name: http, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: All}}}
  - {name: https, port: 443, protocol: HTTPS, hostname: "*.example.com"}
status:
  addresses: [{value: 10.0.0.1}, {value: 10.0.0.2}, {value: 10.0.0.3}]
  conditions:
  - {type: Accepted, status: "True", reason: Accepted, observedGeneration: 4}
  - {type: Programmed, status: "True", reason: Programmed, observedGeneration: 3}
  listeners:
  - {name: http, attachedRoutes: 1, conditions: [{type: Accepted, status: "True", reason: Accepted}]}
  - {name: https, attachedRoutes: 0, conditions: [{type: Conflicted, status: "False", reason: NoConflicts}]}`

const liveRoute = `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: orders, namespace: shop, creationTimestamp: "2026-11-23T11:58:00Z", annotations: {argocd.argoproj.io/tracking-id: "shop:gateway.networking.k8s.io/HTTPRoute:shop/orders"}}
spec:
  hostnames: [a.example.com, b.example.com, c.example.com]
  parentRefs: [{name: public, namespace: infra}, {name: own, sectionName: http}]
  rules: [{backendRefs: [{name: orders, port: 8080}]}]
status:
  parents:
  - {parentRef: {name: public, namespace: infra}, controllerName: eg, conditions: [{type: Accepted, status: "True", reason: Accepted}]}
  - {parentRef: {name: own, sectionName: http}, controllerName: eg, conditions: [{type: Accepted, status: "False", reason: NoMatchingParent, message: "No\nlistener"}]}`

func TestTablesOfLiveObjects(t *testing.T) {
	tests := []struct {
		name, objects, plain, wide string
	}{
		{"a gateway whose controller is behind", liveGateway, `
NAMESPACE  NAME    CLASS  ADDRESSES                   PORTS   PROGRAMMED  AGE
infra      public  eg     10.0.0.1,10.0.0.2 + 1 more  80,443  Stale       3d
`, `
NAMESPACE  NAME    CLASS  ADDRESSES                   PORTS   PROGRAMMED  AGE  LISTENERS   ATTACHED ROUTES  OWNER
infra      public  eg     10.0.0.1,10.0.0.2 + 1 more  80,443  Stale       3d   http,https  1                platform
`},
		{"a route that one of two gateways takes", liveRoute, `
NAMESPACE  NAME    HOSTNAMES                             PARENT REFS            ACCEPTED  AGE
shop       orders  a.example.com,b.example.com + 1 more  infra/public,own:http  1 of 2    2m
`, `
NAMESPACE  NAME    HOSTNAMES                             PARENT REFS            ACCEPTED  AGE  RESOLVED REFS  BACKENDS  OWNER
shop       orders  a.example.com,b.example.com + 1 more  infra/public,own:http  1 of 2    2m   Unknown        orders    Argo CD application shop
`},
		{"a class that nobody has looked at", `
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: eg}
spec: {controllerName: example.com/gateway}`, `
NAME  CONTROLLER           ACCEPTED  AGE
eg    example.com/gateway  Unknown   <unknown>
`, `
NAME  CONTROLLER           ACCEPTED  AGE        DESCRIPTION  OWNER
eg    example.com/gateway  Unknown   <unknown>  -            -
`},
		{"backends of two types", `
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: Backend
metadata: {name: a, namespace: shop, creationTimestamp: "2026-11-23T11:59:59Z"}
spec: {endpoints: [{ip: {address: "0000:0000:0000:0000:0000:0000:0000:0001", port: 1}}, {fqdn: {hostname: a.internal, port: 2}}, {unix: {path: /x}}]}
---
apiVersion: v1
kind: Service
metadata: {name: b, namespace: shop, creationTimestamp: "2026-11-23T10:00:00Z"}
spec: {ports: [{port: 80, protocol: TCP}]}`, `
NAMESPACE  NAME  TYPE     ENDPOINTS                      AGE
shop       a     Backend  [::1]:1,a.internal:2 + 1 more  1s
shop       b     Service  80/TCP                         120m
`, ""},
		{"a policy that one of two gateways refuses", `
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: {name: orders, namespace: shop, creationTimestamp: "2026-11-23T11:59:59Z"}
spec:
  targetRefs: [{group: "", kind: Service, name: orders, sectionName: https}, {group: gateway.envoyproxy.io, kind: Backend, name: archive}]
  validation: {hostname: orders.internal}
status:
  ancestors:
  - {ancestorRef: {name: public, namespace: infra}, controllerName: eg, conditions: [{type: Accepted, status: "True", reason: Accepted}]}
  - {ancestorRef: {name: own}, controllerName: eg, conditions: [{type: Accepted, status: "False", reason: Conflicted}]}`, `
NAMESPACE  NAME    TARGETS                       HOSTNAME         ACCEPTED  AGE
shop       orders  Service orders:https,archive  orders.internal  1 of 2    1s
`, ""},
		{"a namespace", `
apiVersion: v1
kind: Namespace
metadata: {name: "shop\e[31m", creationTimestamp: "2025-11-23T12:00:00Z"}
status: {phase: Active}`, `
NAME       STATUS  AGE
shop�[31m  Active  365d
`, ""},
		{"objects of any form", `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: odd, namespace: shop}
spec: {hostnames: 7, parentRefs: {}, rules: [1]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: empty, namespace: shop}`, `
NAMESPACE  NAME   HOSTNAMES  PARENT REFS  ACCEPTED  AGE
shop       odd    -          -            Unknown   <unknown>
shop       empty  -          -            Unknown   <unknown>
`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var table FoundTypes
			for _, o := range liveObjects(t, tt.objects) {
				table.Types = []schema.GroupKind{resource.IDOf(o).GroupKind()}
				table.Objects = append(table.Objects, Found{Object: o})
			}
			get := func(format GetFormat) string {
				out, _ := shown(t, Options{}, func(o Options) error { return NewGet(o, format).Get([]FoundTypes{table}, false) })
				return "\n" + out
			}
			same(t, "the table", tt.plain, get(GetTable))
			if tt.wide != "" {
				same(t, "the wide table", tt.wide, get(GetWide))
			}
		})
	}
}

func TestDocumentsOfLiveObjects(t *testing.T) {
	o := liveObjects(t, `{apiVersion: v1, kind: Namespace, metadata: {name: shop, managedFields: [{manager: x}]}}`)[0]
	tables := []FoundTypes{{Types: []schema.GroupKind{topology.Namespace}, Objects: []Found{{Object: o}}}}
	show := func(format GetFormat, tables []FoundTypes, single bool) string {
		out, _ := shown(t, Options{}, func(o Options) error { return NewGet(o, format).Get(tables, single) })
		return out
	}
	same(t, "one object", "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n", show(GetYAML, tables, true))
	same(t, "a list", "apiVersion: v1\nitems:\n- apiVersion: v1\n  kind: Namespace\n  metadata:\n    name: shop\nkind: List\n", show(GetYAML, tables, false))
	same(t, "nothing", "{\n    \"apiVersion\": \"v1\",\n    \"items\": [],\n    \"kind\": \"List\"\n}\n", show(GetJSON, nil, false))
	tables[0].Objects[0].Provider = "kubernetes.eu"
	same(t, "of one of several targets", "apiVersion: v1\nkind: Namespace\nmetadata:\n  annotations:\n    gwctl.dev/provider: kubernetes.eu\n  name: shop\n", show(GetYAML, tables, true))
	same(t, "the table of one of several", "PROVIDER       NAME  STATUS  AGE\nkubernetes.eu  shop  -       <unknown>\n", show(GetTable, tables, false))
	if o.GetAnnotations() != nil || o.GetManagedFields() == nil {
		t.Error("the view changed the object")
	}
}
