package crd

import (
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Fields with rules that use more of CEL than is known here: objects that have
// them are validated all the same, only more slowly.
var leftToCEL = map[string]bool{
	"Gateway.spec.infrastructure.annotations": true, // split
	"Gateway.spec.infrastructure.labels":      true,
	"Backend.spec.tls":                        true, // a map of versions
}

func TestMostRulesAreDecidedWithoutCEL(t *testing.T) {
	for _, gvk := range []schema.GroupVersionKind{
		{Group: "gateway.networking.k8s.io", Version: "v1", Kind: "Gateway"},
		{Group: "gateway.networking.k8s.io", Version: "v1", Kind: "HTTPRoute"},
		{Group: "gateway.envoyproxy.io", Version: "v1alpha1", Kind: "Backend"},
	} {
		def, ok := lookup(gvk)
		if !ok {
			t.Fatalf("%s is not known", gvk)
		}
		decoded, err := def.decode()
		if err != nil {
			t.Fatal(err)
		}
		var visit func(*decider, string)
		visit = func(d *decider, path string) {
			if d == nil {
				return
			}
			if _, ok := d.rules(); ok == leftToCEL[path] {
				t.Errorf("%s is decided: %t", path, ok)
			}
			for name, sub := range d.properties {
				visit(sub, path+"."+name)
			}
			visit(d.items, path+"[]")
			visit(d.values, path+"{}")
		}
		visit(decoded.rules.decider, gvk.Kind)
	}
}
