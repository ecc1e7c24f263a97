package translate_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/providers/xds/translate"
	"pgregory.net/rapid"
)

// TestRoutesComeAndGoAsIfTranslatedAnew edits routes alone, below listeners that
// share a port and hosts that are below others: all that is kept of the routes
// before is kept then. Tables come out as if there had been none.
func TestRoutesComeAndGoAsIfTranslatedAnew(t *testing.T) {
	around := parse(t, []byte(`
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: public, namespace: default}
spec:
  gatewayClassName: gwctl
  listeners:
  - {name: any, port: 80, protocol: HTTP}
  - {name: wild, port: 80, protocol: HTTP, hostname: "*.a.test"}
  - {name: other, port: 81, protocol: HTTP, hostname: "*.test"}
---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: Backend
metadata: {name: a, namespace: default}
spec: {endpoints: [{ip: {address: 127.0.0.1, port: 9001}}]}
---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: Backend
metadata: {name: b, namespace: default}
spec: {endpoints: [{ip: {address: 127.0.0.1, port: 9002}}]}`))
	rapid.Check(t, func(t *rapid.T) {
		d := draw{t}
		forms := map[string]func() *translate.Translator{
			"usual": translate.NewTranslator,
			"lists": func() *translate.Translator { return translate.NewTranslator().WithLists() },
			"trees": func() *translate.Translator { return translate.NewTranslator().WithTrees() },
		}
		fresh := forms[d.of("form", "trees", "trees", "lists", "usual")]
		warm, routes := fresh(), store{}
		for edits := range rapid.IntRange(2, 12).Draw(t, "edits") {
			for range 1 + 6*max(0, 1-edits) {
				o := anyRouteOfTable(d)
				if id := resource.IDOf(o.Object); d.odds("remove", 4) {
					delete(routes, id)
				} else {
					routes[id] = o
				}
			}
			list := append(routes.list(), around...)
			got, want := warm.Translate(list), fresh().Translate(list)
			if !reflect.DeepEqual(allOf(got), allOf(want)) {
				t.Fatalf("got %s\nwant %s", shown(got), shown(want))
			}
			if err := checkSnapshot(got.Gateways["default/public"]); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// anyRouteOfTable draws a route that has much in common with others.
func anyRouteOfTable(d draw) translate.Object {
	kind := d.of("kind", "HTTPRoute", "HTTPRoute", "HTTPRoute", "HTTPRoute", "HTTPRoute", "HTTPRoute", "GRPCRoute")
	parent := map[string]any{"name": "public"}
	if d.odds("section", 3) {
		parent["sectionName"] = d.of("listener", "any", "wild", "other")
	}
	match := func() any {
		m := map[string]any{}
		if kind == "HTTPRoute" {
			m["path"] = map[string]any{
				"type":  d.of("type", "PathPrefix", "PathPrefix", "PathPrefix", "Exact"),
				"value": d.of("path", "/a", "/a/b", "/a/b/c", "/ab", "/b", "/b/", "/"),
			}
			if d.odds("regex", 12) {
				m["path"] = map[string]any{"type": "RegularExpression", "value": "/[ab]/.*"}
			}
		}
		if d.odds("header", 3) {
			m["headers"] = []any{map[string]any{"name": "x-a", "value": "1"}}
		}
		return m
	}
	rule := func() any {
		return map[string]any{"matches": d.list("matches", 1, 3, match), "backendRefs": d.list("backends", 0, 2, func() any {
			return map[string]any{
				"group": "gateway.envoyproxy.io", "kind": "Backend", "name": d.of("backend", "a", "b", "missing"), "weight": int64(rapid.IntRange(0, 2).Draw(d.T, "weight")),
			}
		})}
	}
	spec := map[string]any{
		"parentRefs": []any{parent}, "rules": d.list("rules", 1, 2, rule),
		"hostnames": d.list("hostnames", 0, 3, func() any { return d.of("host", "a.test", "x.a.test", "y.a.test", "*.a.test", "*.test", "b.test") }),
	}
	o := &resource.Object{Object: map[string]any{
		"apiVersion": "gateway.networking.k8s.io/v1", "kind": kind,
		"metadata": map[string]any{"name": d.of("name", "a", "b", "c", "d", "e", "f"), "namespace": "default"}, "spec": spec,
	}}
	return translate.Object{Object: o, Created: time.Unix(int64(rapid.IntRange(0, 2).Draw(d.T, "created")), 0)}
}
