package kubernetes_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gwctl/gwctl/internal/kubernetes/kubernetestest"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/planner"
	"github.com/gwctl/gwctl/providers"
)

func port(o *resource.Object) any {
	return o.Object["spec"].(map[string]any)["listeners"].([]any)[0].(map[string]any)["port"]
}

const oneGateway = `
gateway "public" {
  listener "http" {
    port = 8080
  }
}
`

// say writes what a controller would say of the gateway.
func (w *world) say(generation int, accepted, programmed, message string) {
	w.t.Helper()
	condition := func(typ, status string) string {
		return fmt.Sprintf(`{"type": %q, "status": %q, "reason": "Because", "message": %q, "lastTransitionTime": "2026-11-25T00:00:00Z", "observedGeneration": %d}`, typ, status, message, generation)
	}
	w.plane.Patch(w.t, "controller", "gateways", w.namespace, "public", fmt.Sprintf(
		`{"status": {"conditions": [%s, %s], "listeners": [{"name": "http", "attachedRoutes": 0, "supportedKinds": [], "conditions": [%s, %s, %s]}]}}`,
		condition("Accepted", accepted), condition("Programmed", programmed),
		condition("Accepted", accepted), condition("ResolvedRefs", "True"), condition("Programmed", programmed)), "status")
}

// during runs something once the apply waits for controllers.
func (w *world) during(plan *planner.Plan, opts providers.ApplyOptions, then func()) error {
	w.t.Helper()
	began := make(chan struct{})
	ended := make(chan error, 1)
	go func() {
		_, err := w.provider().Apply(w.t.Context(), plan, opts, func(e providers.Event) {
			if e.Phase == "conditions" && e.Address.IsZero() && !e.Done {
				close(began)
			}
		})
		ended <- err
	}()
	select {
	case <-began:
		then()
	case err := <-ended:
		return err
	}
	return <-ended
}

func TestApplyWaitsForConditionsOfThisGeneration(t *testing.T) {
	w := newWorld(t)
	err := w.during(w.planned(oneGateway), providers.ApplyOptions{WaitTimeout: time.Minute}, func() {
		w.say(0, "True", "True", "of a generation before")
		w.say(1, "True", "False", "no address yet")
		w.say(1, "True", "True", "")
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestApplySaysWhatTheControllerSays(t *testing.T) {
	w := newWorld(t)
	err := w.during(w.planned(oneGateway), providers.ApplyOptions{WaitTimeout: 3 * time.Second}, func() {
		w.say(1, "True", "False", "no address is left in pool blue")
	})
	refused, ok := errors.AsType[*providers.RefusedError](err)
	if !ok || refused.Restored {
		t.Fatalf("%v", err)
	}
	r := refused.Refusals[0]
	if !strings.Contains(r.Text, "Programmed is False (Because): no address is left in pool blue") || r.Fields[0].ID.Name != "public" {
		t.Errorf("%+v", r)
	}
	if !strings.Contains(refused.Detail, "All was applied, and stays so") {
		t.Errorf("%s", refused.Detail)
	}
}

// TestRefusalThatStandsEndsTheWait: waiting on would change nothing.
func TestRefusalThatStandsEndsTheWait(t *testing.T) {
	w := newWorld(t)
	began := time.Now()
	err := w.during(w.planned(oneGateway), providers.ApplyOptions{WaitTimeout: 5 * time.Minute, Rollback: true}, func() {
		w.say(1, "False", "False", "port 8080 is taken")
	})
	refused, ok := errors.AsType[*providers.RefusedError](err)
	if !ok || !refused.Restored || !strings.Contains(refused.Refusals[0].Text, "port 8080 is taken") {
		t.Fatalf("%v", err)
	}
	if time.Since(began) > time.Minute {
		t.Error("it went on waiting")
	}
	if w.plane.Get(t, "gateways", w.namespace, "public") != nil {
		t.Error("it was not taken back")
	}
}

// A controller looks at no Backend before something sends to it.
func TestBackendThatNothingRefersToIsNotWaitedFor(t *testing.T) {
	w := newWorld(t)
	const lonely = `
backend "orders" {
  endpoints = ["10.0.0.1:9001"]
}
backend_tls_policy "orders" {
  target     = backend.orders
  hostname   = "orders.internal"
  system_cas = true
}
`
	if err := w.try(w.planned(lonely), providers.ApplyOptions{}); err != nil {
		t.Fatal(err)
	}
}

// What Envoy Gateway says of a rule is about that rule.
func TestRefusalPointsAtTheRulesThatAreMeant(t *testing.T) {
	w := newWorld(t)
	const route = `
http_route "app" {
  gateway = { name = "public" }

  rule "a" {
    forward { to = { name = "a", port = 80 } }
  }
  rule "b" {
    forward { to = { name = "a", port = 80 } }
    forward { to = { name = "b", port = 80 } }
  }
}
`
	err := w.during(w.planned(route), providers.ApplyOptions{WaitTimeout: 5 * time.Minute}, func() {
		w.plane.Patch(t, "controller", "httproutes", w.namespace, "app", `{"status": {"parents": [{
			"controllerName": "example.com/gateways", "parentRef": {"name": "public"}, "conditions": [{
				"type": "ResolvedRefs", "status": "False", "reason": "BackendNotFound", "lastTransitionTime": "2026-11-25T00:00:00Z", "observedGeneration": 1,
				"message": "Failed to process route rule 1 backendRef 1: service b not found\nFailed to process route rule 0: port 80"}]}]}}`, "status")
	})
	refused, ok := errors.AsType[*providers.RefusedError](err)
	if !ok || len(refused.Refusals) != 1 {
		t.Fatalf("%v", err)
	}
	fields := refused.Refusals[0].Fields
	if len(fields) != 2 || fields[0].Path != "spec.rules[1].backendRefs[1]" || fields[1].Path != "spec.rules[0]" {
		t.Errorf("it points at %v", fields)
	}
}

// Routes of every kind are waited for, and the listeners that teams add.
func TestEveryKindIsWaitedFor(t *testing.T) {
	const condition = `"conditions": [{"type": "Accepted", "status": "False", "reason": "Because", "message": "the port is taken", "lastTransitionTime": "2026-11-25T00:00:00Z", "observedGeneration": 1}]`
	const ofRoute = `{"status": {"parents": [{"controllerName": "example.com/gateways", "parentRef": {"name": "public"}, ` + condition + `}]}}`
	const rule = `
  gateway = { name = "public" }
  rule {
    forward { to = { name = "a", port = 80 } }
  }`
	tests := []struct{ kind, body, typ, status string }{
		{"grpc_route", rule, "grpcroutes", ofRoute},
		{"tls_route", "\n  hostnames = [\"a.example.com\"]" + rule, "tlsroutes", ofRoute},
		{"tcp_route", rule, "tcproutes", ofRoute},
		{"udp_route", rule, "udproutes", ofRoute},
		{"listener_set", `
  gateway = { name = "public" }
  listener "http" { port = 80 }`, "listenersets", `{"status": {` + condition + `}}`},
	}
	for _, tt := range tests {
		t.Run(tt.kind, func(t *testing.T) {
			t.Parallel() // a refusal has to stand for a while
			w := newWorld(t)
			err := w.during(w.planned(tt.kind+` "app" {`+tt.body+"\n}"), providers.ApplyOptions{WaitTimeout: 5 * time.Minute}, func() {
				w.plane.Patch(t, "controller", tt.typ+".gateway.networking.k8s.io", w.namespace, "app", tt.status, "status")
			})
			refused, ok := errors.AsType[*providers.RefusedError](err)
			if !ok || !strings.Contains(refused.Refusals[0].Text, "the port is taken") {
				t.Fatalf("%v", err)
			}
		})
	}
}

func TestNoControllerAnswers(t *testing.T) {
	w := newWorld(t)
	err := w.during(w.planned(oneGateway), providers.ApplyOptions{WaitTimeout: 2 * time.Second}, func() {})
	refused, ok := errors.AsType[*providers.RefusedError](err)
	if !ok || !refused.Refusals[0].Silent || !strings.Contains(refused.Refusals[0].Text, "Waiting for controller") {
		t.Fatalf("%v", err)
	}
}

func TestObjectIsDeletedWhileItIsWaitedFor(t *testing.T) {
	w := newWorld(t)
	err := w.during(w.planned(oneGateway), providers.ApplyOptions{WaitTimeout: time.Minute}, func() {
		w.plane.Delete(t, "gateways", w.namespace, "public")
	})
	if err == nil || !strings.Contains(err.Error(), "deleted while gwctl waited") {
		t.Fatalf("%v", err)
	}
}

// TestInterruptEndsTheWait: all is applied and known, and nobody has to wait
// for a controller that says nothing.
func TestInterruptEndsTheWait(t *testing.T) {
	w := newWorld(t)
	stop := make(chan struct{})
	err := w.during(w.planned(oneGateway), providers.ApplyOptions{WaitTimeout: 5 * time.Minute, Stop: stop}, func() { close(stop) })
	if !errors.Is(err, providers.ErrInterrupted) || !strings.Contains(err.Error(), "All was applied, and stays so") {
		t.Fatalf("%v", err)
	}
}

// TestInterruptBeginsNoOtherChange: what is under way ends, and what waits for
// it is not begun.
func TestInterruptBeginsNoOtherChange(t *testing.T) {
	w := newWorld(t)
	proxy := w.plane.Proxy(t, kubernetestest.Account{})
	w.kubeconfig = proxy.Kubeconfig()
	plan := w.planned(shop)
	stop, hold := make(chan struct{}), make(chan struct{})
	var once sync.Once
	proxy.Disturb(func(r kubernetestest.Request) kubernetestest.Disturbance {
		if isWrite(r) && strings.HasPrefix(r.Resource, "gateways") {
			once.Do(func() {
				close(stop)
				close(hold)
			})
			return kubernetestest.Disturbance{Hold: hold}
		}
		return kubernetestest.Disturbance{}
	})
	err := w.try(plan, providers.ApplyOptions{Stop: stop})
	if !errors.Is(err, providers.ErrInterrupted) || w.plane.Get(t, "httproutes", w.namespace, "orders") != nil {
		t.Fatalf("%v", err)
	}
	proxy.Disturb(nil)
	w.apply(shop)
}
