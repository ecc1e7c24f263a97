package crd

import (
	"context"
	"encoding/json"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/gwctl/gwctl/internal/resource"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"sigs.k8s.io/yaml"
)

func object(t testing.TB, text string) *resource.Object {
	t.Helper()
	o := &resource.Object{}
	if err := yaml.Unmarshal([]byte(text), &o.Object); err != nil {
		t.Fatal(err)
	}
	o.Object = copyValue(o.Object).(map[string]any)
	return o
}

const route = `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: orders, namespace: shop}
spec:
  parentRefs: [{name: public}]
  hostnames: [shop.example.com]
  rules:
  - name: api
    matches: [{path: {value: /api}, method: GET}]
    backendRefs: [{name: orders, port: 8080}]
`

func TestDefaultSetsWhatTheServerWouldStore(t *testing.T) {
	in := object(t, route)
	before := in.DeepCopy()
	got, err := Default(in)
	if err != nil {
		t.Fatal(err)
	}
	want := object(t, `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: orders, namespace: shop}
spec:
  parentRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: public}]
  hostnames: [shop.example.com]
  rules:
  - name: api
    matches: [{path: {type: PathPrefix, value: /api}, method: GET}]
    backendRefs: [{group: "", kind: Service, name: orders, port: 8080, weight: 1}]
`)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
	if !reflect.DeepEqual(in, before) {
		t.Error("the object given was changed")
	}
}

func TestDefaultRefusesWhatItDoesNotKnow(t *testing.T) {
	for name, o := range map[string]*resource.Object{
		"nothing":          nil,
		"an empty object":  {},
		"a Service":        object(t, `{apiVersion: v1, kind: Service}`),
		"a later version":  object(t, `{apiVersion: gateway.networking.k8s.io/v7, kind: HTTPRoute}`),
		"a type of number": object(t, `{apiVersion: 1, kind: 2}`),
	} {
		if _, err := Default(o); err == nil {
			t.Errorf("%s was defaulted", name)
		}
	}
}

// TestProblemsAreTheServers lists fields of a valid route that are replaced,
// and what is then wrong with it.
func TestProblemsAreTheServers(t *testing.T) {
	tests := map[string]struct {
		object string
		want   []string
	}{
		"a valid route": {route, nil},
		"a status is not the client's": {
			route + "status: {parents: 7, bogus: 1}\n", nil,
		},
		"an unknown method": {
			strings.Replace(route, "GET", "get", 1),
			[]string{`spec.rules[0].matches[0].method: Unsupported value: "get": supported values: "GET"`},
		},
		"a weight below zero": {
			strings.Replace(route, "port: 8080", "port: 8080, weight: -1", 1),
			[]string{`spec.rules[0].backendRefs[0].weight: Invalid value: -1: spec.rules[0].backendRefs[0].weight in body should be greater than or equal to 0`},
		},
		"a Service without port": {
			strings.Replace(route, ", port: 8080", "", 1),
			[]string{`spec.rules[0].backendRefs[0]: Invalid value: Must have port for Service reference`},
		},
		"a relative path": {
			strings.Replace(route, "/api", "api", 1),
			[]string{`spec.rules[0].matches[0].path: Invalid value: value must be an absolute path and start with '/' when type one of ['Exact', 'PathPrefix']`},
		},
		"an unknown field": {
			strings.Replace(route, "method: GET", "methode: GET", 1),
			[]string{`spec.rules[0].matches[0].methode: Forbidden: unknown field`},
		},
		"an unknown field at the top": {
			route + "specs: {}\n", []string{`specs: Forbidden: unknown field`},
		},
		"an unknown field of metadata": {
			strings.Replace(route, "namespace: shop", "namespace: shop, nane: x", 1),
			[]string{`metadata.nane: Forbidden: unknown field`},
		},
		"a name in capitals": {
			strings.Replace(route, "name: orders, namespace", "name: Orders, namespace", 1),
			[]string{`metadata.name: Invalid value: "Orders": a lowercase RFC 1123 subdomain`},
		},
		"no name": {
			strings.Replace(route, "name: orders, namespace", "namespace", 1),
			[]string{`metadata.name: Required value`},
		},
		"no namespace": {
			strings.Replace(route, ", namespace: shop", "", 1),
			[]string{`metadata.namespace: Required value`},
		},
		"a namespace where there is none": {
			`{apiVersion: gateway.networking.k8s.io/v1, kind: GatewayClass, metadata: {name: x, namespace: shop}, spec: {controllerName: a.b/c}}`,
			[]string{`metadata.namespace: Forbidden: not allowed on this type`},
		},
		"a label with a space": {
			strings.Replace(route, "namespace: shop", `namespace: shop, labels: {team: "a b"}`, 1),
			[]string{`metadata.labels: Invalid value: "a b": a valid label must be`},
		},
		"a label that is a number": {
			strings.Replace(route, "namespace: shop", `namespace: shop, labels: {team: 7}`, 1),
			[]string{`metadata: Invalid value`},
		},
		"no metadata":      {`{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, spec: {}}`, []string{`metadata: Required value`}},
		"a list as a spec": {`{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: a, namespace: b}, spec: []}`, []string{`spec: Invalid value: "array"`}},
		"a kind from nowhere": {
			`{apiVersion: example.com/v1, kind: Teapot, metadata: {name: a}}`,
			[]string{`kind: Invalid value: "Teapot": no definition is known of this kind in "example.com/v1"`},
		},
		"two listeners of one name": {
			`{apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: {name: a, namespace: b},
			  spec: {gatewayClassName: c, listeners: [{name: x, port: 80, protocol: HTTP}, {name: x, port: 81, protocol: HTTP}]}}`,
			[]string{`spec.listeners[1]: Duplicate value`, `spec.listeners: Invalid value: Listener name must be unique`},
		},
		"all of several problems": {
			strings.NewReplacer("GET", "get", "shop.example.com", "a b", "name: orders, namespace", "name: Orders, namespace").Replace(route),
			[]string{`spec.rules[0].matches[0].method`, `spec.hostnames[0]`, `metadata.name`},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			o := object(t, tt.object)
			before := o.DeepCopy()
			got, err := Validate(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range tt.want {
				if !contains(got[0], want) {
					t.Errorf("%q is missing in %v", want, got[0].ToAggregate())
				}
			}
			if len(got[0]) != len(tt.want) {
				t.Errorf("got %v", got[0].ToAggregate())
			}
			if !reflect.DeepEqual(o, before) {
				t.Error("the object given was changed")
			}
		})
	}
}

func contains(problems field.ErrorList, text string) bool {
	for _, p := range problems {
		if strings.HasPrefix(p.Error(), text) {
			return true
		}
	}
	return false
}

func TestManyObjectsKeepTheirProblems(t *testing.T) {
	var objects []*resource.Object
	good, bad := object(t, route), object(t, strings.Replace(route, "/api", "api", 1))
	for i := range 2*batch + 3 {
		if i%7 == 0 {
			objects = append(objects, bad)
		} else {
			objects = append(objects, good)
		}
	}
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			found, err := Validate(t.Context(), objects...)
			if err != nil {
				t.Error(err)
			}
			for i, problems := range found {
				if got, want := len(problems), (7-i%7)/7; got != want {
					t.Errorf("object %d has %d problems, want %d", i, got, want)
				}
			}
		})
	}
	wg.Wait()
}

func TestDeepObjectsGetAVerdict(t *testing.T) {
	for name, text := range map[string]string{
		"lists": strings.Repeat("[", 9000) + strings.Repeat("]", 9000),
		"maps":  strings.Repeat(`{"a":`, 9000) + "1" + strings.Repeat("}", 9000),
	} {
		for _, at := range []string{"hostnames", "rules", "parentRefs"} {
			o := object(t, route)
			var deep any
			if err := json.Unmarshal([]byte(text), &deep); err != nil {
				t.Fatal(err)
			}
			o.Object["spec"].(map[string]any)[at] = deep
			o.Object["metadata"].(map[string]any)["labels"] = deep
			found, err := (&Cache{valid: make(map[verdict]bool)}).Validate(t.Context(), o)
			if err != nil || len(found[0]) == 0 {
				t.Errorf("%s in %s: %v, %v", name, at, found, err)
			}
			for _, problem := range found[0] {
				if len(problem.Detail) > 10000 {
					t.Errorf("%s in %s: a problem of %d bytes", name, at, len(problem.Detail))
				}
			}
		}
	}
}

func TestValidationEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Validate(ctx, object(t, route)); err == nil {
		t.Error("no error")
	}
}

// TestRulesAreCompiledAsFarAsNeeded validates ever more of a route with one
// definition, and each time finds what all rules together find.
func TestRulesAreCompiledAsFarAsNeeded(t *testing.T) {
	gvk := schema.GroupVersionKind{Group: "gateway.networking.k8s.io", Version: "v1", Kind: "HTTPRoute"}
	fresh, err := decode(documents()[gvk.GroupKind()], gvk.Version)
	if err != nil {
		t.Fatal(err)
	}
	all := cel.NewValidator(fresh.structural, true, celconfig.PerCallLimit)
	for name, change := range map[string][2]string{
		"nothing":                {"", ""},
		"a relative path":        {"/api", "api"},
		"no port":                {", port: 8080", ""},
		"a filter without body":  {"    backendRefs", "    filters: [{type: RequestRedirect}]\n    backendRefs"},
		"the wrong body":         {"    backendRefs", "    filters: [{type: URLRewrite, requestRedirect: {port: 80}}]\n    backendRefs"},
		"a backend's filter":     {"port: 8080", "port: 8080, filters: [{type: CORS}]"},
		"two rules of one name":  {"spec:", "spec:\n  useDefaultGateways: All"},
		"a long backend timeout": {"    backendRefs", "    timeouts: {request: 1s, backendRequest: 2s}\n    backendRefs"},
		"one parent twice":       {"[{name: public}]", "[{name: public}, {name: public}]"},
		"a bad cookie":           {"    backendRefs", "    sessionPersistence: {type: Header, cookieConfig: {}}\n    backendRefs"},
	} {
		t.Run(name, func(t *testing.T) {
			o := object(t, strings.Replace(route, change[0], change[1], 1)).Object
			setDefaults(o, fresh)
			want, _ := all.Validate(t.Context(), nil, fresh.structural, o, nil, celconfig.RuntimeCELCostBudget)
			fresh.rules.fields.see(o)
			got := fresh.rules.check(t.Context(), o)
			if !reflect.DeepEqual(texts(got), texts(want)) {
				t.Errorf("got %v\nwant %v", texts(got), texts(want))
			}
		})
	}
}

func texts(problems field.ErrorList) map[string]int {
	out := make(map[string]int)
	for _, p := range problems {
		out[p.Error()]++
	}
	return out
}
