package kubernetes_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/gwctl/gwctl/planner"
	"github.com/gwctl/gwctl/providers"
)

const shop = `
gateway "public" {
  listener "http" {
    port = 8080
  }
}

backend "orders" {
  endpoints = ["10.0.0.1:9001"]
}

backend "orders_v2" {
  endpoints = ["10.0.0.2:9001"]
}

http_route "orders" {
  gateway   = gateway.public
  hostnames = ["shop.example.com"]

  rule "api" {
    match { path_prefix = "/api" }
    forward {
      to     = backend.orders
      weight = 90
    }
    forward {
      to     = backend.orders_v2
      weight = 10
    }
  }
}
`

func TestPlanAfterApplyIsEmpty(t *testing.T) {
	w := newWorld(t)
	plan := w.apply(shop)
	if c := plan.Counts(); c.Add != 4 {
		t.Fatalf("%+v", c)
	}
	w.apply(strings.Replace(shop, "weight = 90", "weight = 50", 1))
	w.apply("")
	if left := w.plane.List(t, "httproutes", w.namespace, ""); len(left) != 0 {
		t.Fatalf("still there: %v", left)
	}
}

// TestWhatOthersWriteIsNoDrift has others write status, labels, annotations and
// fields of their own.
func TestWhatOthersWriteIsNoDrift(t *testing.T) {
	w := newWorld(t)
	w.apply(shop)
	w.plane.Patch(t, "envoy-gateway", "gateways", w.namespace, "public", `{"status": {"conditions": [{"type": "Accepted", "status": "True", "reason": "Accepted", "message": "", "lastTransitionTime": "2026-11-25T00:00:00Z", "observedGeneration": 1}]}}`, "status")
	w.plane.Patch(t, "cost-tool", "httproutes", w.namespace, "orders", `{"metadata": {"labels": {"cost": "42"}, "annotations": {"note": "theirs"}}}`)
	w.plane.Apply(t, "net-tool", `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: public, namespace: `+w.namespace+`}
spec:
  gatewayClassName: eg
  infrastructure: {labels: {zone: a}}
  listeners:
  - {name: theirs, port: 9090, protocol: HTTP}
`)
	w.settled(shop)
	plan := w.apply(strings.Replace(shop, "port = 8080", "port = 8081", 1))
	if c := plan.Counts(); c.Change != 1 {
		t.Fatalf("%+v\n%s", c, show(plan))
	}
	listeners := w.plane.Get(t, "gateways", w.namespace, "public").Object["spec"].(map[string]any)["listeners"].([]any)
	if len(listeners) != 2 {
		t.Fatalf("a listener of somebody else's went: %v", listeners)
	}
}

func TestConflictNamesManagerFieldAndTime(t *testing.T) {
	w := newWorld(t)
	w.apply(shop)
	w.plane.Patch(t, "kubectl-edit", "httproutes", w.namespace, "orders", `{"spec": {"hostnames": ["edited.example.com"]}}`)
	p := w.provider()
	plan, diags, err := w.plan(p, shop)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	conflict, ok := errors.AsType[*providers.ConflictError](err)
	if !ok || len(conflict.Writers) != 1 {
		t.Fatalf("no conflict: %v", err)
	}
	if by := conflict.Writers[0]; by.Field != "spec.hostnames" || by.Manager != "kubectl-edit" || by.At.IsZero() {
		t.Errorf("%+v", by)
	}
	if len(plan.Drift) != 1 || len(plan.Drift[0].Writers) != 1 || plan.Drift[0].Writers[0].Manager != "kubectl-edit" {
		t.Errorf("the drift does not say who made it: %+v", plan.Drift)
	}

	w.force = []string{"http_route.orders"}
	forced := w.planned(shop)
	var takes []planner.Writer
	for _, oc := range forced.Objects {
		takes = append(takes, oc.Takes...)
	}
	if len(takes) != 1 || takes[0].Manager != "kubectl-edit" {
		t.Errorf("the plan does not say from whom it takes: %+v", takes)
	}
	w.make(forced)
	w.force = nil
	w.settled(shop)
}

func TestSavedPlanIsRefusedWhenItsObjectMoved(t *testing.T) {
	w := newWorld(t)
	w.apply(shop)
	plan := w.planned(strings.Replace(shop, "weight = 90", "weight = 50", 1))

	// Status is no reason.
	w.plane.Patch(t, "envoy-gateway", "httproutes", w.namespace, "orders", `{"status": {"parents": []}}`, "status")
	other := *plan
	w.plane.Patch(t, "kubectl-edit", "httproutes", w.namespace, "orders", `{"spec": {"hostnames": ["edited.example.com"]}}`)
	err := w.try(&other, providers.ApplyOptions{WaitFor: "none"})
	stale, ok := errors.AsType[*providers.StaleError](err)
	if !ok || len(stale.Moved) != 1 {
		t.Fatalf("not stale: %v", err)
	}
	m := stale.Moved[0]
	if m.ID.Name != "orders" || len(m.Fields) != 1 || m.Fields[0] != "spec.hostnames[0]" || !strings.HasPrefix(m.By, "kubectl-edit at ") {
		t.Errorf("%+v", m)
	}
}

// TestSecretValuesStayInTheCluster: a plan relies on a Secret of somebody
// else's, and has none of its values.
func TestSecretValuesStayInTheCluster(t *testing.T) {
	w := newWorld(t)
	w.plane.Create(t, "apiVersion: v1\nkind: Secret\nmetadata: {name: tls, namespace: "+w.namespace+"}\nstringData: {tls.key: very-secret}\n")
	const config = `
manifest "tls" {
  object = { apiVersion = "v1", kind = "Secret", metadata = { name = "tls", labels = { team = "shop" } }, type = "Opaque" }
}
`
	w.adopt = true
	plan := w.planned(config)
	if raw := planner.Encode(plan); strings.Contains(string(raw), "secret") || strings.Contains(string(raw), "dmVyeS1zZWNyZXQ") {
		t.Error("the plan file has a value")
	}
	for _, oc := range plan.Objects {
		if oc.Before != nil && oc.Before.Object["data"] != nil {
			t.Errorf("the plan has a value: %v", oc.Before.Object["data"])
		}
	}
	w.make(plan)
	w.settled(config)
	if data := w.plane.Get(t, "secrets", w.namespace, "tls").Object["data"].(map[string]any); data["tls.key"] != "dmVyeS1zZWNyZXQ=" {
		t.Errorf("its values are %v", data)
	}
}

// TestWhatTwoAgreeOnIsNoConflict: somebody else applies the same values, and
// does not write out the defaults.
func TestWhatTwoAgreeOnIsNoConflict(t *testing.T) {
	w := newWorld(t)
	w.apply(shop)
	w.plane.Apply(t, "argo", `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: orders, namespace: `+w.namespace+`}
spec: {parentRefs: [{name: public}], hostnames: [shop.example.com]}
`)
	w.settled(shop)
	w.apply(strings.Replace(shop, "weight = 90", "weight = 50", 1))
}
