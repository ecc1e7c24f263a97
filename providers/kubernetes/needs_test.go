package kubernetes_test

import (
	"testing"
	"time"

	"github.com/gwctl/gwctl/internal/kubernetes/kubernetestest"
	"github.com/gwctl/gwctl/providers"
)

// whole has a type and a namespace with what lives by them, and no depends_on.
const whole = `
manifest "a" {
  object = {
    apiVersion = "widgets.example.com/v1"
    kind       = "Widget"
    metadata   = { namespace = "NAMESPACE-new" }
    spec       = { size = 3 }
  }
}
manifest "type" {
  object = {
    apiVersion = "apiextensions.k8s.io/v1"
    kind       = "CustomResourceDefinition"
    metadata   = { name = "widgets.widgets.example.com" }
    spec = {
      group = "widgets.example.com"
      scope = "Namespaced"
      names = { kind = "Widget", plural = "widgets", singular = "widget" }
      versions = [{
        name    = "v1"
        served  = true
        storage = true
        schema  = { openAPIV3Schema = { type = "object", properties = { spec = { type = "object", properties = { size = { type = "integer" } } } } } }
      }]
    }
  }
}
manifest "z" {
  object = {
    apiVersion = "v1"
    kind       = "Namespace"
    metadata   = { name = "NAMESPACE-new" }
  }
}`

// TestNamespacesAndTypesComeBeforeWhatLivesByThem also without depends_on, and
// go after it.
func TestNamespacesAndTypesComeBeforeWhatLivesByThem(t *testing.T) {
	w := newWorldOn(t, kubernetestest.Start(t, kubernetestest.Options{}))
	w.apply(whole)
	w.settled(whole)

	proxy := w.plane.Proxy(t, kubernetestest.Account{})
	w.kubeconfig = proxy.Kubeconfig()
	// Nothing empties and removes namespaces here: the last step stays open.
	err := w.try(w.planned(""), providers.ApplyOptions{WaitFor: "none", WaitTimeout: time.Second})
	if err == nil {
		t.Error("the namespace is said to be gone")
	}
	var order []string
	for _, r := range proxy.Requests() {
		if r.Verb == "delete" {
			order = append(order, r.Resource)
		}
	}
	if len(order) < 2 || order[0] != "widgets.widgets.example.com" {
		t.Errorf("deleted in the order %q", order)
	}
}
