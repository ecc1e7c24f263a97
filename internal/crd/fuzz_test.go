package crd

import (
	"encoding/json"
	"testing"

	"github.com/gwctl/gwctl/internal/resource"
	"sigs.k8s.io/yaml"
)

// FuzzValidate feeds any JSON, as the admin API receives it, and wants a
// verdict that is the same twice, and the same with a cache.
func FuzzValidate(f *testing.F) {
	for _, seed := range []string{
		route,
		`{"apiVersion":"gateway.networking.k8s.io/v1","kind":"Gateway","metadata":{"name":"a","namespace":"b"},"spec":{"gatewayClassName":"c","listeners":[{"name":"x","port":80,"protocol":"HTTP","hostname":"*.a.b"}]}}`,
		`{"apiVersion":"gateway.envoyproxy.io/v1alpha1","kind":"Backend","metadata":{"name":"a","namespace":"b","labels":{"x":null}},"spec":{"endpoints":[{"ip":{"address":"1.2.3.4","port":1e3}},{"fqdn":[]}]}}`,
		`{"apiVersion":"gateway.networking.k8s.io/v1","kind":"HTTPRoute","metadata":[],"spec":{"rules":null}}`,
		`{"apiVersion":"gateway.networking.k8s.io/v1","kind":"HTTPRoute","metadata":{"name":7},"spec":{"rules":[null,[],{"matches":[{"path":null}]}]}}`,
		`{"apiVersion":7,"kind":{}}`, `[]`, `null`, `{"metadata":{"ownerReferences":[{}]}}`,
	} {
		text, err := yaml.YAMLToJSON([]byte(seed))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		o := &resource.Object{}
		if json.Unmarshal(text, &o.Object) != nil {
			return
		}
		_, _ = Default(o)
		first, err := Validate(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		for _, problem := range first[0] {
			if problem.Type == "InternalError" {
				t.Errorf("a validator gave up: %v", problem)
			}
		}
		c := &Cache{valid: make(map[verdict]bool)}
		for range 2 {
			again, err := c.Validate(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			if len(again[0]) != len(first[0]) {
				t.Errorf("first %v, then %v", first[0], again[0])
			}
		}
	})
}
