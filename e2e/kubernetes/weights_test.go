package kubernetes

import (
	"fmt"
	"testing"

	"github.com/gwctl/gwctl/internal/load"
)

// A change of a weight is one write of one object, so that requests have to
// bear no more than what Envoy Gateway makes of that. How many fail meanwhile
// is noted, beside those of the same change made by kubectl.
func TestAWeightIsOneWrite(t *testing.T) {
	w := newWorld(t)
	namespace := w.Namespace(t)
	w.service(namespace, "orders")
	w.service(namespace, "orders-v2")
	shop := w.example("kubernetes", "-var=namespace="+namespace).destroyed()
	shop.ok("apply", "-auto-approve")
	url := w.URL(t, namespace, "public", 80)
	w.splits(url, "shop.example.com", "/", "orders-v2", 0.10)
	generations := func() [3]int64 {
		return [3]int64{
			w.Get(t, "httproute", namespace, "orders").GetGeneration(),
			w.Get(t, "gateway", namespace, "public").GetGeneration(),
			w.Get(t, "gatewayclass", "", "eg").GetGeneration(),
		}
	}
	change := func(weight int, do func()) load.Snapshot {
		before := generations()
		g := w.load(url, 500, load.Request{Host: "shop.example.com"})
		do()
		w.splits(url, "shop.example.com", "/", "orders-v2", float64(weight)/100)
		after := generations()
		before[0]++
		if after != before {
			t.Errorf("the generations of route, gateway and class are %v, want %v", after, before)
		}
		return g.Stop()
	}
	for _, weight := range []int{50, 90} {
		s := change(weight, func() { shop.ok("apply", "-auto-approve", fmt.Sprintf("-var=v2_weight=%d", weight)) })
		t.Logf("gwctl: to %d%%: %d of %d requests failed: %v", weight, s.Failed, s.Requests, s.Failures)
	}
	for _, weight := range []int{50, 90} {
		s := change(weight, func() {
			w.Kubectl(t, "", "patch", "httproute", "orders", "-n", namespace, "--type=json", "-p", fmt.Sprintf(
				`[{"op": "replace", "path": "/spec/rules/0/backendRefs/0/weight", "value": %d}, {"op": "replace", "path": "/spec/rules/0/backendRefs/1/weight", "value": %d}]`, 100-weight, weight))
		})
		t.Logf("kubectl: to %d%%: %d of %d requests failed: %v", weight, s.Failed, s.Requests, s.Failures)
	}

	// What kubectl did is drift, and whose fields they are is said.
	shop.ends(1, "plan", "-var=v2_weight=10").says(w, "Fields are managed by somebody else", `spec.rules by "kubectl-patch"`)
	shop.ok("apply", "-auto-approve", "-var=v2_weight=10", "-force-conflicts=http_route.orders")
	shop.inSync("-var=v2_weight=10")
}
