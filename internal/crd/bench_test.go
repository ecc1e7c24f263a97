package crd

import (
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/gwctl/gwctl/internal/resource"
)

// routes returns routes as a for_each makes them.
func routes(b *testing.B, n int) []*resource.Object {
	out := make([]*resource.Object, n)
	for i := range out {
		out[i] = object(b, strings.NewReplacer("shop.example.com", fmt.Sprintf("h%d.example.com", i), "name: orders, n", fmt.Sprintf("name: r%d, n", i), "/api", fmt.Sprintf("/api/%d", i)).Replace(`
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: orders, namespace: shop}
spec:
  parentRefs: [{name: public}]
  hostnames: [shop.example.com]
  rules:
  - name: api
    matches: [{path: {type: PathPrefix, value: /api}}]
    backendRefs:
    - {group: gateway.envoyproxy.io, kind: Backend, name: orders, weight: 90}
    - {group: gateway.envoyproxy.io, kind: Backend, name: orders-v2, weight: 10}
`))
	}
	return out
}

// forget makes the next use decode and compile again, as in a new process.
func forget() { definitions = sync.Map{} }

func BenchmarkValidateCold(b *testing.B) {
	for _, n := range []int{1, 1000} {
		objects := routes(b, n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				forget()
				if _, err := Validate(b.Context(), objects...); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkValidateWarm(b *testing.B) {
	objects := routes(b, 1000)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Validate(b.Context(), objects...); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkValidateKnown(b *testing.B) {
	objects := routes(b, 1000)
	c := LoadCache(filepath.Join(b.TempDir(), "validated"))
	if _, err := c.Validate(b.Context(), objects...); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Validate(b.Context(), objects...); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDefault(b *testing.B) {
	objects := routes(b, 1000)
	b.ReportAllocs()
	for b.Loop() {
		for _, o := range objects {
			if _, err := Default(o); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkDigest(b *testing.B) {
	objects := routes(b, 1000)
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		for _, o := range objects {
			_, buf, _ = digest(o, buf)
		}
	}
}
