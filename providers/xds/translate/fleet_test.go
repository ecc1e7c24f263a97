package translate_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/providers/xds/translate"
)

// fleet makes a gateway, two backends and n routes of one rule each, in turn of
// one of the hosts.
func fleet(n, hosts int) []translate.Object {
	object := func(apiVersion, kind, name string, spec map[string]any) translate.Object {
		return translate.Object{Object: &resource.Object{Object: map[string]any{
			"apiVersion": apiVersion, "kind": kind,
			"metadata": map[string]any{"name": name, "namespace": "default"}, "spec": spec,
		}}}
	}
	const gatewayAPI, envoyGateway = "gateway.networking.k8s.io/v1", "gateway.envoyproxy.io/v1alpha1"
	out := []translate.Object{object(gatewayAPI, "Gateway", "public", map[string]any{
		"gatewayClassName": "gwctl",
		"listeners":        []any{map[string]any{"name": "http", "port": int64(8080), "protocol": "HTTP"}},
	})}
	for i, name := range []string{"stable", "candidate"} {
		out = append(out, object(envoyGateway, "Backend", name, map[string]any{
			"endpoints": []any{map[string]any{"ip": map[string]any{"address": "127.0.0.1", "port": int64(9001 + i)}}},
		}))
	}
	for i := range n {
		out = append(out, object(gatewayAPI, "HTTPRoute", fmt.Sprintf("route-%05d", i), map[string]any{
			"parentRefs": []any{map[string]any{"name": "public"}},
			"hostnames":  []any{fmt.Sprintf("tenant-%d.example.com", i%hosts)},
			"rules": []any{map[string]any{
				"matches":     []any{map[string]any{"path": map[string]any{"type": "PathPrefix", "value": fmt.Sprintf("/path-%d", i)}}},
				"backendRefs": split(90),
			}},
		}))
	}
	return out
}

func split(stable int64) []any {
	backend := func(name string, weight int64) any {
		return map[string]any{"group": "gateway.envoyproxy.io", "kind": "Backend", "name": name, "weight": weight}
	}
	return []any{backend("stable", stable), backend("candidate", 100-stable)}
}

// withWeight returns the objects with another weight in one route.
func withWeight(objects []translate.Object, i int, stable int64) []translate.Object {
	out := append([]translate.Object(nil), objects...)
	o := out[i].Object.DeepCopy()
	o.Object["spec"].(map[string]any)["rules"].([]any)[0].(map[string]any)["backendRefs"] = split(stable)
	out[i] = translate.Object{Object: o, Created: out[i].Created}
	return out
}

// BenchmarkWeight is the translation after one weight of one route changed. What
// of it puts tables together from what their messages consist of, and hashes
// them, is reported apart. Medians tell more than means where other work goes on.
func BenchmarkWeight(b *testing.B) {
	for _, shape := range []struct{ routes, hosts int }{{1_000, 1}, {10_000, 1}, {10_000, 1_000}, {10_000, 10_000}} {
		b.Run(fmt.Sprintf("routes=%d/hosts=%d", shape.routes, shape.hosts), func(b *testing.B) {
			objects := fleet(shape.routes, shape.hosts)
			t := translate.NewTranslator()
			t.Translate(objects)
			var weight int64
			var messages, marshalling []float64 // milliseconds
			for b.Loop() {
				weight = (weight + 1) % 100
				changed := withWeight(objects, len(objects)/2, weight)
				start := time.Now()
				t.Translate(changed)
				all := time.Since(start)
				start = time.Now()
				t.MarshalTables()
				bytes := time.Since(start)
				marshalling = append(marshalling, bytes.Seconds()*1e3)
				messages = append(messages, (all-bytes).Seconds()*1e3)
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(median(marshalling), "marshalling-ms")
			b.ReportMetric(median(messages), "messages-ms")
		})
	}
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}

// BenchmarkFirst is the translation of a fleet that is not known yet.
func BenchmarkFirst(b *testing.B) {
	for _, hosts := range []int{1, 1_000, 10_000} {
		b.Run(fmt.Sprintf("routes=10000/hosts=%d", hosts), func(b *testing.B) {
			objects := fleet(10_000, hosts)
			for b.Loop() {
				translate.Translate(objects)
			}
		})
	}
}
