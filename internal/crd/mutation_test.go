package crd

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"sync"
	"testing"

	"github.com/gwctl/gwctl/internal/resource"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/objectmeta"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"pgregory.net/rapid"
)

// TestAnyObjectGetsTheServersVerdict puts any value in any place of a valid
// object, and compares with the API server's validators used in its own way.
func TestAnyObjectGetsTheServersVerdict(t *testing.T) {
	seeds := []*resource.Object{
		object(t, route),
		object(t, `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: orders, namespace: shop, labels: {a: b}, annotations: {c: d}}
spec:
  parentRefs: [{name: public, sectionName: http, namespace: infra}]
  rules:
  - matches: [{headers: [{name: a, value: b, type: Exact}], queryParams: [{name: a, value: b}]}]
    filters:
    - {type: RequestRedirect, requestRedirect: {port: 80, path: {type: ReplacePrefixMatch, replacePrefixMatch: /x}}}
    - {type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: a, value: b}], remove: [x]}}
    timeouts: {request: 1s, backendRequest: 1s}
`),
		object(t, `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: public, namespace: shop}
spec:
  gatewayClassName: c
  addresses: [{type: IPAddress, value: 1.2.3.4}]
  listeners:
  - {name: a, port: 80, protocol: HTTP, hostname: a.b, allowedRoutes: {namespaces: {from: Selector, selector: {matchLabels: {a: b}}}}}
  - {name: b, port: 443, protocol: HTTPS, tls: {mode: Terminate, certificateRefs: [{name: x}]}}
`),
		object(t, `
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: Backend
metadata: {name: orders, namespace: shop}
spec: {endpoints: [{ip: {address: 1.2.3.4, port: 80}}], tls: {minVersion: "1.2", insecureSkipVerify: true}}
`),
	}
	values := rapid.SampledFrom([]any{
		nil, "", "x", "a.b", "1s", int64(0), int64(-1), int64(1 << 40), 1.5, 1e300, true,
		[]any{},
		map[string]any{},
		[]any{nil},
		[]any{[]any{}},
		[]any{"x", "x"},
		map[string]any{"": nil},
		map[string]any{"name": []any{}},
		[]any{map[string]any{}},
	})
	rapid.Check(t, func(t *rapid.T) {
		o := rapid.SampledFrom(seeds).Draw(t, "seed").DeepCopy()
		for range rapid.IntRange(1, 4).Draw(t, "changes") {
			mutate(t, o.Object, values)
		}
		_, _ = Default(o)
		found, err := Validate(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := texts(found[0]), texts(tidy(serverVerdict(o))); !reflect.DeepEqual(got, want) {
			t.Fatalf("got  %v\nwant %v", got, want)
		}
		for _, problem := range found[0] {
			if problem.Type == "InternalError" {
				t.Fatalf("a validator gave up: %v", problem)
			}
		}
	})
}

// serverVerdict runs all validators, with all rules of the schema.
func serverVerdict(o *resource.Object) field.ErrorList {
	c := &candidate{}
	c.prepare(o)
	if c.decoded == nil {
		return c.problems
	}
	problems := append(c.problems, checkMetadata(c.object, c.def.namespaced)...)
	problems = append(problems, validation.ValidateCustomResource(nil, c.object, c.decoded.schema)...)
	problems = append(problems, objectmeta.Validate(context.Background(), nil, c.object, c.decoded.structural, false)...)
	problems = append(problems, listtype.ValidateListSetsAndMaps(nil, c.decoded.structural, c.object)...)
	if slices.ContainsFunc(problems, blocksRules) {
		return problems
	}
	all, _ := allRules.LoadOrStore(c.def.gvk, sync.OnceValue(func() *cel.Validator {
		return cel.NewValidator(c.decoded.structural, true, celconfig.PerCallLimit)
	}))
	more, _ := all.(func() *cel.Validator)().Validate(context.Background(), nil, c.decoded.structural, c.object, nil, celconfig.RuntimeCELCostBudget)
	return append(problems, more...)
}

var allRules sync.Map // schema.GroupVersionKind -> func() *cel.Validator

// mutate puts a value anywhere in v.
func mutate(t *rapid.T, v any, values *rapid.Generator[any]) {
	deeper := rapid.Float64Range(0, 1).Draw(t, "deeper") < 0.8
	switch v := v.(type) {
	case map[string]any:
		keys := append(slices.Sorted(maps.Keys(v)), "name", "value")
		key := rapid.SampledFrom(keys).Draw(t, "key")
		if isLeaf(v[key]) || !deeper {
			v[key] = copyValue(values.Draw(t, "value"))
			return
		}
		mutate(t, v[key], values)
	case []any:
		i := rapid.IntRange(0, len(v)-1).Draw(t, "index")
		if isLeaf(v[i]) || !deeper {
			v[i] = copyValue(values.Draw(t, "value"))
			return
		}
		mutate(t, v[i], values)
	}
}

func isLeaf(v any) bool {
	switch v := v.(type) {
	case map[string]any:
		return len(v) == 0
	case []any:
		return len(v) == 0
	}
	return true
}
