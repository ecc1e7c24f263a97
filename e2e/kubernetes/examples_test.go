package kubernetes

import (
	"os"
	"strings"
	"testing"
)

// examples are the folders of examples/ that are applied to a cluster, with
// their tests: those whose names begin so.
const prefix = "kubernetes"

var examples = map[string]func(*world){
	"kubernetes":             oneConfiguration,
	"kubernetes-backend-tls": backendsWithTLS,
	"kubernetes-protocols":   everyProtocol,
	"kubernetes-rate-limits": rateLimits,
	"kubernetes-teams":       threeTeams,
}

func TestExamples(t *testing.T) {
	folders, err := os.ReadDir("../../examples")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, entry := range folders {
		if !strings.HasPrefix(entry.Name(), prefix) {
			continue // e2e runs it
		}
		found[entry.Name()] = true
		t.Run(entry.Name(), func(t *testing.T) {
			test, ok := examples[entry.Name()]
			if !ok {
				t.Fatal("no entry in the table of examples says what this one must serve")
			}
			test(newWorld(t))
		})
	}
	for name := range examples {
		if !found[name] {
			t.Errorf("there is no examples/%s", name)
		}
	}
}

// An apply ends in requests that are answered with the declared split, so does
// a change of the weights, and so does the way back. Nothing is left to plan
// after any of them, and nothing is left after a destroy.
func oneConfiguration(w *world) {
	namespace := w.Namespace(w)
	w.service(namespace, "orders")
	w.service(namespace, "orders-v2")
	shop := w.example("kubernetes", "-var=namespace="+namespace).destroyed()
	shop.ok("validate")
	shop.ok("fmt", "-check")
	shop.ok("apply", "-auto-approve").says(w, "Apply complete! Resources: 3 added", "taken by their controllers")
	shop.inSync()
	url := w.URL(w, namespace, "public", 80)
	w.splits(url, "shop.example.com", "/", "orders-v2", 0.10)

	shop.ok("apply", "-auto-approve", "-var=v2_weight=50").says(w, "orders_v2 10% -> 50%", "0 added, 1 changed")
	shop.inSync("-var=v2_weight=50")
	w.splits(url, "shop.example.com", "/", "orders-v2", 0.50)

	shop.ok("rollback", "-auto-approve").says(w, "orders-v2:8080 { weight = 50 -> 10 }", "0 added, 1 changed")
	shop.ok("plan").says(w, "Plan: 0 to add, 0 to change, 0 to destroy.") // the output is still the last apply's
	w.splits(url, "shop.example.com", "/", "orders-v2", 0.10)

	shop.ok("destroy", "-auto-approve")
	if left := shop.ok("state", "list").stdout; left != "" {
		w.Errorf("the state still has:\n%s", left)
	}
	for _, typ := range []string{"httproutes", "gateways"} {
		if left := w.List(w, typ, namespace, ""); len(left) > 0 {
			w.Errorf("the cluster still has %d %s", len(left), typ)
		}
	}
	if w.Get(w, "gatewayclass", "", "eg") != nil {
		w.Error("the cluster still has the class")
	}
}
