package crd_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gwctl/gwctl/internal/crd"
	"github.com/gwctl/gwctl/internal/resource"
)

// TestDefaultAtomic fills in what belongs to its field manager anyway: the
// references of a route, and not the listeners of a gateway, which may have
// several.
func TestDefaultAtomic(t *testing.T) {
	tests := map[string]struct{ object, want map[string]any }{
		"route": {
			map[string]any{
				"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "metadata": map[string]any{"name": "a"},
				"spec": map[string]any{"parentRefs": []any{map[string]any{"name": "public"}}},
			},
			map[string]any{"parentRefs": []any{map[string]any{"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "public"}}},
		},
		"gateway": {
			map[string]any{
				"apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway", "metadata": map[string]any{"name": "a"},
				"spec": map[string]any{"gatewayClassName": "eg", "listeners": []any{map[string]any{"name": "http", "port": int64(80), "protocol": "HTTP"}}},
			},
			map[string]any{"gatewayClassName": "eg", "listeners": []any{map[string]any{"name": "http", "port": int64(80), "protocol": "HTTP"}}},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := crd.DefaultAtomic(&resource.Object{Object: test.object})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got.Object["spec"]); diff != "" {
				t.Error(diff)
			}
		})
	}
}
