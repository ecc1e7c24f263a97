package translate_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/gwctl/gwctl/internal/envoy"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/providers/xds/translate"
)

const blamed = `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: public, namespace: default}
spec:
  gatewayClassName: gwctl
  listeners:
  - {name: http, port: 8080, protocol: HTTP}
  - {name: admin, port: 9901, protocol: HTTP}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: orders, namespace: default}
spec:
  parentRefs: [{name: public, sectionName: http}]
  rules:
  - matches: [{path: {type: RegularExpression, value: "/ok/[0-9]+"}}]
  - matches:
    - {path: {type: PathPrefix, value: /v}}
    - {path: {type: RegularExpression, value: "/v(1"}}
  - matches: [{headers: [{name: x-env, type: RegularExpression, value: "prod**"}]}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: fine, namespace: default}
spec:
  parentRefs: [{name: public, sectionName: http}]
  rules: [{matches: [{path: {value: /fine}}]}]
`

func TestBlame(t *testing.T) {
	objects := parse(t, []byte(blamed))
	snapshot := translate.Translate(objects).Gateways["default/public"]
	routes := []*translate.Resource{snapshot.Resources[translate.Route]["default/public/8080"]}
	var listeners []*translate.Resource
	for _, name := range sortedKeys(snapshot.Resources[translate.Listener]) {
		listeners = append(listeners, snapshot.Resources[translate.Listener][name])
	}
	gateway, orders, fine := objects[0].Object, objects[1].Object, objects[2].Object
	var all []translate.Edit
	for _, o := range objects {
		all = append(all, translate.Edits(nil, o.Object)...)
	}
	for _, tc := range []struct {
		name    string
		text    string
		refused []*translate.Resource
		edits   []translate.Edit
		want    []string
	}{
		{
			"a regular expression that is quoted", "missing ): /v(1", routes, all,
			[]string{"HTTPRoute default/orders spec.rules[1].matches[1].path.value"},
		},
		{
			"a part of one", "bad repetition operator: **", routes, all,
			[]string{"HTTPRoute default/orders spec.rules[2].matches[0].headers[0].value"},
		},
		{
			"the port that is taken",
			"Error adding/updating listener(s) default/public/9901: cannot bind '0.0.0.0:9901': Address already in use", listeners, all,
			[]string{"Gateway default/public spec.listeners[1].port"},
		},
		{
			"the port, without a name", "cannot bind '0.0.0.0:9901': Address already in use", listeners, all,
			[]string{"Gateway default/public spec.listeners[1].port"},
		},
		{
			"nothing is quoted: what was changed", "something is wrong", routes,
			[]translate.Edit{
				{Origin: translate.Origin{ID: resource.IDOf(fine), Path: "spec.rules[0].matches[0].path.value"}, Value: "/fine"},
				{Origin: translate.Origin{ID: resource.IDOf(gateway), Path: "spec.gatewayClassName"}, Value: "other"},
			},
			[]string{"HTTPRoute default/fine spec.rules[0].matches[0].path.value"},
		},
		{
			"too much was changed: the rules", "something is wrong", routes, translate.Edits(nil, orders),
			[]string{
				"HTTPRoute default/orders spec.rules[0]", "HTTPRoute default/orders spec.rules[1]",
				"HTTPRoute default/orders spec.rules[2]",
			},
		},
		{
			"nothing was changed: all there is", "something is wrong", listeners[:1], nil,
			[]string{"Gateway default/public spec.listeners[0]"},
		},
		{"nothing is known", "something is wrong", nil, nil, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var got []string
			for _, o := range translate.Blame(tc.text, tc.refused, tc.edits) {
				got = append(got, o.ID.String()+" "+o.Path)
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

// TestBlameFollowsEnvoy asks Envoy itself for the text.
func TestBlameFollowsEnvoy(t *testing.T) {
	for _, tc := range []struct{ name, rule, want string }{
		{"path", `{matches: [{path: {type: RegularExpression, value: "/v(1"}}]}`, "matches[0].path.value"},
		{"class", `{matches: [{path: {type: RegularExpression, value: "/[z-a]"}}]}`, "matches[0].path.value"},
		{"header", `{matches: [{headers: [{name: x, type: RegularExpression, value: "a{2000}"}]}]}`, "matches[0].headers[0].value"},
		{"query", `{matches: [{queryParams: [{name: x, type: RegularExpression, value: "*"}]}]}`, "matches[0].queryParams[0].value"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			objects := parse(t, fmt.Appendf(nil, `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: public, namespace: default}
spec: {gatewayClassName: gwctl, listeners: [{name: http, port: 8080, protocol: HTTP}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: orders, namespace: default}
spec:
  parentRefs: [{name: public}]
  hostnames: [shop.example.com]
  rules:
  - {matches: [{path: {value: /other}}]}
  - %s
`, tc.rule))
			snapshot := translate.Translate(objects).Gateways["default/public"]
			err := envoy.Validate(t.Context(), "", staticBootstrap(t, snapshot))
			if err == nil {
				t.Fatal("Envoy takes it")
			}
			refused := []*translate.Resource{snapshot.Resources[translate.Route]["default/public/8080"]}
			got := translate.Blame(err.Error(), refused, translate.Edits(nil, objects[1].Object))
			if len(got) != 1 || got[0].Path != "spec.rules[1]."+tc.want {
				t.Errorf("%v\nblamed: %v", err, got)
			}
		})
	}
}

func TestBlameTellsAddressesFromNames(t *testing.T) {
	objects := parse(t, []byte(`
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: public, namespace: default}
spec:
  gatewayClassName: gwctl
  addresses: [{value: 127.0.0.1}, {value: 10.9.8.7}]
  listeners: [{name: http, port: 8080, protocol: HTTP}]
`))
	listeners := translate.Translate(objects).Gateways["default/public"].Resources[translate.Listener]
	refused := []*translate.Resource{listeners["default/public/127.0.0.1:8080"], listeners["default/public/10.9.8.7:8080"]}
	text := "Error adding/updating listener(s) default/public/10.9.8.7:8080: cannot bind '10.9.8.7:8080': Cannot assign requested address"
	var got []string
	for _, o := range translate.Blame(text, refused, translate.Edits(nil, objects[0].Object)) {
		got = append(got, o.Path)
	}
	if want := []string{"spec.addresses[1].value", "spec.listeners[0].port"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestEdits(t *testing.T) {
	objects := parse(t, []byte(blamed))
	before, after := objects[0].Object, objects[0].Object.DeepCopy()
	listeners := after.Object["spec"].(map[string]any)["listeners"].([]any)
	listeners[0].(map[string]any)["port"] = int64(8081)
	after.Object["spec"].(map[string]any)["listeners"] = listeners[:1]
	after.SetLabels(map[string]string{"not": "spec"})
	after.SetAnnotations(map[string]string{"gwctl.dev/not": "a file", resource.AnnotationKeyFile: "tls/shop.key"})
	var got []string
	for _, e := range translate.Edits(before, after) {
		got = append(got, fmt.Sprintf("%s=%v", e.Path, e.Value))
	}
	want := []string{
		"metadata.annotations[tls.gwctl.dev/key-file]=tls/shop.key", "spec.listeners[0].port=8081", "spec.listeners[1].name=<nil>",
		"spec.listeners[1].port=<nil>", "spec.listeners[1].protocol=<nil>",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := translate.Edits(before, before); len(got) != 0 {
		t.Errorf("no edit: %v", got)
	}
}
