package kubernetes_test

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	cluster "github.com/gwctl/gwctl/internal/kubernetes"
	"github.com/gwctl/gwctl/internal/kubernetes/kubernetestest"
	"github.com/gwctl/gwctl/providers"
)

func isWrite(r kubernetestest.Request) bool { return r.Verb == "apply" && !r.DryRun }

// TestAnswerThatGetsLost: the API server did it, and the client learns nothing.
func TestAnswerThatGetsLost(t *testing.T) {
	for name, cut := range map[string]kubernetestest.Cut{"after": kubernetestest.CutAfter, "before": kubernetestest.CutBefore} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.apply(shop)
			proxy := w.plane.Proxy(t, kubernetestest.Account{})
			w.kubeconfig = proxy.Kubeconfig()
			src := strings.Replace(shop, "weight = 90", "weight = 50", 1)
			plan := w.planned(src)
			var lost atomic.Int32
			proxy.Disturb(func(r kubernetestest.Request) kubernetestest.Disturbance {
				if isWrite(r) && lost.Add(1) <= 2 {
					return kubernetestest.Disturbance{Cut: cut}
				}
				return kubernetestest.Disturbance{}
			})
			w.make(plan)
			w.settled(src)
			if lost.Load() == 0 {
				t.Error("nothing was disturbed")
			}
		})
	}
}

func TestBusyServerIsGivenTheTimeItAsksFor(t *testing.T) {
	w := newWorld(t)
	proxy := w.plane.Proxy(t, kubernetestest.Account{})
	w.kubeconfig = proxy.Kubeconfig()
	plan := w.planned(shop)
	var writes atomic.Int32
	proxy.Disturb(func(r kubernetestest.Request) kubernetestest.Disturbance {
		if isWrite(r) && writes.Add(1) <= 3 {
			return kubernetestest.Disturbance{Status: 429, RetryAfter: 1}
		}
		return kubernetestest.Disturbance{}
	})
	began := time.Now()
	w.make(plan)
	if writes.Load() != 3+4 || time.Since(began) < time.Second {
		t.Errorf("%d writes for 4 objects and 3 answers of 429, and %s", writes.Load(), time.Since(began))
	}
	w.settled(shop)
}

// TestServerGoesAwayDuringApply: what was done is known, and the next apply
// goes on from there.
func TestServerGoesAwayDuringApply(t *testing.T) {
	w := newWorldOn(t, kubernetestest.Start(t, kubernetestest.Options{}))
	proxy := w.plane.Proxy(t, kubernetestest.Account{})
	w.kubeconfig = proxy.Kubeconfig()
	plan := w.planned(shop)
	var away atomic.Bool
	proxy.Disturb(func(r kubernetestest.Request) kubernetestest.Disturbance {
		if isWrite(r) && strings.HasPrefix(r.Resource, "httproutes") {
			away.Store(true)
		}
		if away.Load() {
			return kubernetestest.Disturbance{Cut: kubernetestest.CutBefore}
		}
		return kubernetestest.Disturbance{}
	})
	err := w.try(plan, providers.ApplyOptions{WaitFor: "none"})
	if _, ok := errors.AsType[*cluster.UnreachableError](err); !ok || !strings.Contains(err.Error(), "3 of 4 changes were made and stay as they are") {
		t.Fatalf("%v", err)
	}
	if len(w.records) != 3 {
		t.Errorf("the state has %d resources", len(w.records))
	}
	proxy.Disturb(nil)
	if c := w.apply(shop).Counts(); c.Add != 1 || c.Change != 0 {
		t.Errorf("%+v", c)
	}
}

func TestFailedApplyIsTakenBack(t *testing.T) {
	w := newWorld(t)
	w.apply(shop)
	before := w.plane.Get(t, "gateways", w.namespace, "public")
	src := strings.Replace(strings.Replace(shop, "port = 8080", "port = 8081", 1), "weight = 90", "weight = 50", 1)
	src = strings.Replace(src, `backend "orders_v2"`, "backend \"extra\" {\n  endpoints = [\"10.0.0.3:1\"]\n}\n\nbackend \"orders_v2\"", 1)
	plan := w.planned(src)
	w.plane.Refuse(t, kubernetestest.Refusal{
		Group: "gateway.networking.k8s.io", Resource: "httproutes", Namespace: w.namespace, Allowed: "false", Message: "a freeze is on",
	})
	err := w.try(plan, providers.ApplyOptions{WaitFor: "none", Rollback: true})
	refused, ok := errors.AsType[*providers.RefusedError](err)
	if !ok || !refused.Restored || !strings.Contains(refused.Detail, "the cluster has what it had before") {
		t.Fatalf("%v", err)
	}
	after := w.plane.Get(t, "gateways", w.namespace, "public")
	if port(before) != port(after) || w.plane.Get(t, "backends", w.namespace, "extra") != nil {
		t.Errorf("not as it was: port %v, and before %v", port(after), port(before))
	}
	w.settled(shop)
}

func TestFailedApplySaysWhatIsLeft(t *testing.T) {
	w := newWorld(t)
	w.apply(shop)
	src := strings.Replace(strings.Replace(shop, "port = 8080", "port = 8081", 1), "weight = 90", "weight = 50", 1)
	plan := w.planned(src)
	w.plane.Refuse(t, kubernetestest.Refusal{
		Group: "gateway.networking.k8s.io", Resource: "httproutes", Namespace: w.namespace, Allowed: "false", Message: "a freeze is on",
	})
	err := w.try(plan, providers.ApplyOptions{WaitFor: "none"})
	refused, ok := errors.AsType[*providers.RefusedError](err)
	if !ok || refused.Restored || !strings.Contains(refused.Detail, "1 of 2 changes were made and stay as they are") {
		t.Fatalf("%v", err)
	}
}

// TestObjectMovesDuringApply: what was made until then is not denied.
func TestObjectMovesDuringApply(t *testing.T) {
	w := newWorld(t)
	w.apply(shop)
	src := strings.Replace(strings.Replace(shop, "port = 8080", "port = 8081", 1), "weight = 90", "weight = 50", 1)
	plan := w.planned(src)
	proxy := w.plane.Proxy(t, kubernetestest.Account{})
	w.kubeconfig = proxy.Kubeconfig()
	proxy.Disturb(func(r kubernetestest.Request) kubernetestest.Disturbance {
		if isWrite(r) && r.Name == "orders" {
			w.plane.Patch(t, "night-shift", "httproutes", w.namespace, "orders", `{"spec": {"hostnames": ["other.example.com"]}}`)
		}
		return kubernetestest.Disturbance{}
	})
	err := w.try(plan, providers.ApplyOptions{WaitFor: "none"})
	stale, isStale := errors.AsType[*providers.StaleError](err)
	conflict, isConflict := errors.AsType[*providers.ConflictError](err)
	rest := ""
	switch {
	case isStale:
		rest = stale.Rest
	case isConflict:
		rest = conflict.Rest
	}
	if !strings.Contains(rest, "1 of 2 changes were made and stay as they are") {
		t.Fatalf("%v", err)
	}
}

func TestObjectIsDeletedBetweenPlanAndApply(t *testing.T) {
	w := newWorld(t)
	w.apply(shop)
	plan := w.planned(strings.Replace(shop, "weight = 90", "weight = 50", 1))
	w.plane.Delete(t, "httproutes", w.namespace, "orders")
	err := w.try(plan, providers.ApplyOptions{WaitFor: "none"})
	stale, ok := errors.AsType[*providers.StaleError](err)
	if !ok || stale.Moved[0].Live != "" {
		t.Fatalf("%v", err)
	}
	if c := w.apply(shop).Counts(); c.Add != 1 {
		t.Errorf("%+v", c)
	}
}

// TestObjectThatFinalizersKeep goes only when they let it.
func TestObjectThatFinalizersKeep(t *testing.T) {
	w := newWorld(t)
	w.apply(shop)
	w.plane.Patch(t, "controller", "httproutes", w.namespace, "orders", `{"metadata": {"finalizers": ["example.com/hold"]}}`)
	rest, _, _ := strings.Cut(shop, `http_route "orders"`)
	plan := w.planned(rest)
	err := w.try(plan, providers.ApplyOptions{WaitTimeout: time.Second})
	if err == nil || !strings.Contains(err.Error(), "example.com/hold") || strings.Contains(err.Error(), "Nothing was changed") {
		t.Fatalf("%v", err)
	}
	w.plane.Patch(t, "controller", "httproutes", w.namespace, "orders", `{"metadata": {"finalizers": null}}`)
	if c := w.planned(rest).Counts(); c.Forget != 1 || c.Destroy != 0 {
		t.Errorf("%+v", c)
	}
}
