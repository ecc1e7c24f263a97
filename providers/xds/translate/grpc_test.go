package translate_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/gwctl/gwctl/providers/xds/translate"
)

func (w *world) testGRPC(t *testing.T) {
	const unimplemented, unavailable = "12", "14"
	for _, tc := range []struct {
		name, method string
		headers      []string
		want         string // backend, or a status of gRPC
	}{
		{"any method", "other.Service/Call", nil, "grpc-any"},
		{"a service", "shop.v1.Orders/Put", nil, "grpc-service"},
		{"not what begins alike", "shop.v1.OrdersOld/Put", nil, "grpc-any"},
		{"a method of any service", "other.Service/Refund", nil, "grpc-method"},
		{"the longer service before the method", "shop.v1.Orders/Refund", nil, "grpc-service"},
		{"a method of a service", "shop.v1.Orders/Get", nil, "grpc-both"},
		{"in its own case", "shop.v1.Orders/get", nil, "grpc-service"},
		{"a header as well", "shop.v1.Orders/Get", []string{"x-version: 2"}, "grpc-header"},
		{"by regular expressions", "shop.x/List", nil, "grpc-regex"},
		{"all of them", "myshop.x/List", nil, "grpc-any"},
		{"a backend that is not there", "shop.v1.Gone/Get", nil, unavailable},
		{"one of several", "shop.v1.HalfGone/Get", nil, unavailable},
		{"one without endpoints", "shop.v1.Empty/Get", nil, unavailable},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := w.ask(t, "8082", "POST grpc.test/"+tc.method, append(tc.headers, "content-type: application/grpc")...)
			got := a.seen.Backend
			if status := a.header.Get("grpc-status"); status != "0" {
				got = status
			}
			if got != tc.want || got == a.seen.Backend && !a.seen.HTTP2 {
				t.Errorf("got %s, want %s (status %d, over HTTP/2: %t)", got, tc.want, a.status, a.seen.HTTP2)
			}
		})
	}
	t.Run("mirrored", func(t *testing.T) {
		a := w.ask(t, "8082", "POST grpc.test/shop.v1.Mirrored/Get", "content-type: application/grpc+proto")
		if a.seen.Backend != "grpc-any" || a.seen.Header.Get("x-via") != "gwctl" {
			t.Errorf("%+v", a.seen)
		}
		if copied := w.backends.copied(t); copied.Backend != "shadow-grpc" || copied.URI != "/shop.v1.Mirrored/Get" || !copied.HTTP2 {
			t.Errorf("the copy is %+v", copied)
		}
	})
	if a := w.ask(t, "8082", "GET grpc.test/shop.v1.Orders/Get"); a.status != 404 {
		t.Errorf("what is not gRPC is answered with %d", a.status)
	}
	if a := w.ask(t, "80", "POST precedence.test/shop.v1.Orders/Get", "content-type: application/grpc"); a.seen.Backend != "root" {
		t.Errorf("an HTTPRoute does not take gRPC: %+v", a)
	}
	if a := w.ask(t, "80", "POST nowhere.test/shop.v1.Orders/Get", "content-type: application/grpc"); a.header.Get("grpc-status") != unimplemented {
		t.Errorf("what nobody takes has status %q", a.header.Get("grpc-status"))
	}
}

// TestRoutesOfTwoKindsShareNoHost holds listeners to GRPCRouteSpec.Hostnames.
func TestRoutesOfTwoKindsShareNoHost(t *testing.T) {
	route := func(kind, name, parent, hosts string) string {
		return fmt.Sprintf(`
---
apiVersion: gateway.networking.k8s.io/v1
kind: %s
metadata: {name: %s, namespace: default}
spec: {parentRefs: [%s], hostnames: %s, rules: [{}]}`, kind, name, parent, hosts)
	}
	const any, first = "{name: public}", "{name: public, sectionName: first}"
	for name, tc := range map[string]struct {
		routes string // each is younger than the one before
		want   map[string]bool
	}{
		"the older one":           {route("GRPCRoute", "b", any, "[a.test]") + route("HTTPRoute", "a", any, "[a.test]"), map[string]bool{"b": true, "a": false}},
		"a wildcard around":       {route("GRPCRoute", "b", any, `["*.test"]`) + route("HTTPRoute", "a", any, "[x.a.test]"), map[string]bool{"b": true, "a": false}},
		"a name below":            {route("HTTPRoute", "b", any, "[x.a.test]") + route("GRPCRoute", "a", any, `["*.test"]`), map[string]bool{"b": true, "a": false}},
		"any host":                {route("HTTPRoute", "b", any, "[x.a.test]") + route("GRPCRoute", "a", any, "[]"), map[string]bool{"b": true, "a": false}},
		"one host of two":         {route("HTTPRoute", "b", any, "[b.test]") + route("GRPCRoute", "a", any, "[a.test, b.test]"), map[string]bool{"b": true, "a": false}},
		"hosts of their own":      {route("HTTPRoute", "b", any, `["*.b.test"]`) + route("GRPCRoute", "a", any, "[b.test, a.test]"), map[string]bool{"b": true, "a": true}},
		"another listener is had": {route("HTTPRoute", "b", first, "[a.test]") + route("GRPCRoute", "a", any, "[a.test]"), map[string]bool{"b": true, "a": true}},
		"a loser takes nothing": {
			route("HTTPRoute", "a", any, "[a.test]") + route("GRPCRoute", "b", any, "[a.test, b.test]") + route("HTTPRoute", "c", any, "[b.test]"),
			map[string]bool{"a": true, "b": false, "c": true},
		},
	} {
		t.Run(name, func(t *testing.T) {
			objects := parse(t, []byte(`
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: public, namespace: default}
spec:
  gatewayClassName: gwctl
  listeners: [{name: first, port: 80, protocol: HTTP}, {name: second, port: 81, protocol: HTTP}]`+tc.routes))
			translator := translate.NewTranslator()
			for range 2 { // what is remembered makes no difference
				got := map[string]bool{}
				for id, s := range translator.Translate(objects).Status.All() {
					for _, p := range s.Parents {
						got[id.Name] = p.Conditions[0].Status
					}
				}
				if !maps.Equal(got, tc.want) {
					t.Errorf("accepted: %v, want %v", got, tc.want)
				}
				slices.Reverse(objects)
			}
		})
	}
}
