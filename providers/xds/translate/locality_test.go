package translate_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/gwctl/gwctl/providers/xds/translate"
)

// TestWhatAChangeTouches changes one thing at a time: the less of Envoy's
// configuration moves, the less can fail.
func TestWhatAChangeTouches(t *testing.T) {
	const base = `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: public, namespace: default}
spec:
  gatewayClassName: gwctl
  addresses: [{value: 127.0.0.1}]
  listeners: [{name: http, port: 8080, protocol: HTTP}]
---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: Backend
metadata: {name: a, namespace: default}
spec: {endpoints: [{ip: {address: 127.0.0.1, port: 9001}}]}
---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: Backend
metadata: {name: b, namespace: default}
spec: {endpoints: [{ip: {address: 127.0.0.1, port: 9002}}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: r, namespace: default}
spec:
  parentRefs: [{name: public}]
  rules:
  - matches: [{path: {value: /x}}]
    backendRefs:
    - {group: gateway.envoyproxy.io, kind: Backend, name: a, weight: 90}
    - {group: gateway.envoyproxy.io, kind: Backend, name: b, weight: 10}
`
	for _, tc := range []struct{ name, old, new, want string }{
		{"nothing", "", "", ""},
		{"a weight", "weight: 90", "weight: 50", "~RDS"},
		{"a weight to 0", "weight: 10", "weight: 0", "~RDS"},
		{"a path", "value: /x", "value: /y", "~RDS"},
		{"a timeout", "  rules:\n  - matches", "  rules:\n  - timeouts: {request: 1s}\n    matches", "~RDS"},
		{"the first retry", "  rules:\n  - matches", "  rules:\n  - retry: {}\n    matches", "~RDS"},
		{"the first page of another origin", "  rules:\n  - matches", "  rules:\n  - filters: [{type: CORS, cors: {}}]\n    matches", "~RDS"},
		{"the first mirror", "  rules:\n  - matches", "  rules:\n  - filters: [{type: RequestMirror, requestMirror: {backendRef: {group: gateway.envoyproxy.io, kind: Backend, name: b}}}]\n    matches", "~RDS"},
		{"the first judge of requests", "  rules:\n  - matches", "  rules:\n  - filters: [{type: ExternalAuth, externalAuth: {protocol: GRPC, backendRef: {group: gateway.envoyproxy.io, kind: Backend, name: b}}}]\n    matches", "+CDS +EDS ~RDS"},
		{"the first session", "weight: 90}\n    - {group: gateway.envoyproxy.io, kind: Backend, name: b, weight: 10}", "weight: 0}\n    - {group: gateway.envoyproxy.io, kind: Backend, name: b, weight: 10}\n    sessionPersistence: {}", "~RDS"},
		{"an endpoint's port", "port: 9002", "port: 9003", "~EDS"},
		{"an endpoint more", "port: 9002}}]", "port: 9002}}, {ip: {address: 127.0.0.1, port: 9003}}]", "~EDS"},
		{"addresses to a name", "{ip: {address: 127.0.0.1, port: 9002}}", "{fqdn: {hostname: b.internal, port: 80}}", "+CDS -CDS -EDS ~RDS"},
		{"a listener's hostname", "protocol: HTTP}", "protocol: HTTP, hostname: a.test}", "~RDS"},
		{"a listener on another port", "protocol: HTTP}]", "protocol: HTTP}, {name: more, port: 8081, protocol: HTTP}]", "+LDS +RDS"},
		{"a port", "port: 8080", "port: 8081", "+LDS +RDS -LDS -RDS"},
		{"an address", "value: 127.0.0.1", "value: 127.0.0.2", "+LDS -LDS"},
		{"a backend nobody uses any more", "    - {group: gateway.envoyproxy.io, kind: Backend, name: b, weight: 10}\n", "", "-CDS -EDS ~RDS"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			changed := strings.Replace(base, tc.old, tc.new, 1)
			if changed == base && tc.old != "" {
				t.Fatal("the text to replace is not there")
			}
			translator := translate.NewTranslator()
			before := translator.Translate(parse(t, []byte(base))).Gateways["default/public"]
			after := translator.Translate(parse(t, []byte(changed))).Gateways["default/public"]
			if got := strings.Join(difference(before, after), " "); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

// difference tells of which types there are new, changed (~) and gone
// resources.
func difference(before, after *translate.Snapshot) []string {
	var out []string
	for _, change := range changesOf(before, after) {
		typ, _, _ := strings.Cut(change, " ")
		out = append(out, typ)
	}
	return slices.Compact(out)
}

// changesOf names new, changed (~) and gone resources.
func changesOf(before, after *translate.Snapshot) []string {
	var out []string
	for typ := range after.Resources {
		for name, r := range after.Resources[typ] {
			switch old := before.Resources[typ][name]; {
			case old == nil:
				out = append(out, "+"+string(typ)+" "+name)
			case old.Version != r.Version:
				out = append(out, "~"+string(typ)+" "+name)
			}
		}
		for name := range before.Resources[typ] {
			if after.Resources[typ][name] == nil {
				out = append(out, "-"+string(typ)+" "+name)
			}
		}
	}
	slices.Sort(out)
	return out
}
