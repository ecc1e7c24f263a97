package translate_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	endpointv3 "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	"github.com/gwctl/gwctl/providers/xds/translate"
)

const serviceWorld = `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: public, namespace: default}
spec: {gatewayClassName: gwctl, listeners: [{name: http, port: 80, protocol: HTTP}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: orders, namespace: default}
spec:
  parentRefs: [{name: public}]
  rules:
  - backendRefs: [{name: orders, port: PORT}]
---
apiVersion: v1
kind: Service
metadata: {name: orders, namespace: default}
spec:
  ports:
  - {name: web, port: 8080, targetPort: 3000}
  - {name: fast, port: 8081, targetPort: 3001, appProtocol: kubernetes.io/h2c}
  - {name: secret, port: 8443, targetPort: 3002, appProtocol: kubernetes.io/wss}
  - {name: shouted, port: 8444, targetPort: 3002, appProtocol: HTTPS}
  - {name: names, port: 53, protocol: UDP}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: orders-b, namespace: default, labels: {kubernetes.io/service-name: orders}}
addressType: IPv4
ports: [{name: web, port: 3000}, {name: fast, port: 3001}, {name: secret, port: 3002}]
endpoints:
- {addresses: [10.0.0.2], conditions: {ready: true}}
- {addresses: [10.0.0.3], conditions: {ready: false}}
- {addresses: [10.0.0.1]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: orders-a, namespace: default, labels: {kubernetes.io/service-name: orders}}
addressType: IPv4
ports: [{name: web, port: 3100}]
endpoints: [{addresses: [10.0.0.1]}, {addresses: [10.0.0.1]}]
`

func translateServices(t *testing.T, text string) translate.Result {
	t.Helper()
	translator := translate.NewTranslator()
	translator.Services = true
	return translator.Translate(parse(t, []byte(text)))
}

// resolvedRefs returns the reason of the route's condition of that name.
func resolvedRefs(t *testing.T, result translate.Result) string {
	t.Helper()
	for id, s := range result.Status.All() {
		if id.Kind == "HTTPRoute" {
			for _, c := range s.Parents[0].Conditions {
				if c.Type == "ResolvedRefs" {
					return c.Reason
				}
			}
		}
	}
	t.Fatal("the route has no condition ResolvedRefs")
	return ""
}

func TestServicesLeadToTheirReadyEndpoints(t *testing.T) {
	tests := []struct{ port, reason, endpoints, protocol string }{
		{"8080", "ResolvedRefs", "10.0.0.1:3000 10.0.0.1:3100 10.0.0.2:3000", "HTTP/1.1"},
		{"8081", "ResolvedRefs", "10.0.0.1:3001 10.0.0.2:3001", "HTTP/2"},
		{"8443", "UnsupportedProtocol", "", ""},
		{"8444", "UnsupportedProtocol", "", ""},
		{"8082", "BackendNotFound", "", ""},
		{"53", "BackendNotFound", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.port, func(t *testing.T) {
			result := translateServices(t, strings.Replace(serviceWorld, "PORT", tt.port, 1))
			if got := resolvedRefs(t, result); got != tt.reason {
				t.Errorf("the reason is %s and not %s", got, tt.reason)
			}
			var endpoints []string
			snapshot := result.Gateways["default/public"]
			for _, r := range snapshot.Of(translate.Endpoint) {
				for _, l := range decodeResource(t, r).(*endpointv3.ClusterLoadAssignment).Endpoints {
					for _, e := range l.LbEndpoints {
						a := e.GetEndpoint().GetAddress().GetSocketAddress()
						endpoints = append(endpoints, a.Address+":"+strconv.Itoa(int(a.GetPortValue())))
					}
				}
			}
			if got := strings.Join(endpoints, " "); got != tt.endpoints {
				t.Errorf("the endpoints are %q and not %q", got, tt.endpoints)
			}
			var protocol string
			for _, r := range snapshot.Of(translate.Cluster) {
				protocol = "HTTP/1.1"
				if len(decodeResource(t, r).(*clusterv3.Cluster).TypedExtensionProtocolOptions) > 0 {
					protocol = "HTTP/2"
				}
			}
			if protocol != tt.protocol {
				t.Errorf("requests are sent by %q and not by %q", protocol, tt.protocol)
			}
		})
	}
}

func TestAnEndpointThatComesChangesNoCluster(t *testing.T) {
	translator := translate.NewTranslator()
	translator.Services = true
	text := strings.Replace(serviceWorld, "PORT", "8080", 1)
	before := translator.Translate(parse(t, []byte(text))).Gateways["default/public"]
	after := translator.Translate(parse(t, []byte(strings.Replace(text, "ready: false", "ready: true", 1)))).Gateways["default/public"]
	for _, typ := range translate.Types {
		changed := false
		for name, r := range after.Of(typ) {
			old := before.Of(typ)[name]
			changed = changed || old == nil || old.Version != r.Version
		}
		if changed != (typ == translate.Endpoint) {
			t.Errorf("%s changed: %t", typ, changed)
		}
	}
}

func TestServicesAreRefusedWhereTheyAreNoSource(t *testing.T) {
	result := translate.Translate(parse(t, []byte(strings.Replace(serviceWorld, "PORT", "8080", 1))))
	if got := resolvedRefs(t, result); got != "BackendNotFound" {
		t.Errorf("the reason is %s", got)
	}
	var refused []string
	for _, p := range result.Problems {
		refused = append(refused, p.ID.Kind+" "+p.Path)
	}
	slices.Sort(refused)
	if got := strings.Join(refused, ", "); got != "EndpointSlice kind, EndpointSlice kind, Service kind" {
		t.Errorf("refused are: %s", got)
	}
}
