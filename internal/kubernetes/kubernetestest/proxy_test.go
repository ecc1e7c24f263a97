package kubernetestest_test

import (
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gwctl/gwctl/internal/kubernetes/kubernetestest"
)

func TestProxyCountsInTheWordsOfTheAPIServer(t *testing.T) {
	plane := kubernetestest.Shared(t)
	namespace := plane.Namespace(t)
	plane.Create(t, in(namespace, route))
	proxy := plane.Proxy(t, kubernetestest.Account{})
	for _, args := range []string{
		"get httproutes -n NAMESPACE",
		"get httproute orders -n NAMESPACE",
		"label httproute orders -n NAMESPACE a=b",
		"delete httproute orders -n NAMESPACE --dry-run=server --wait=false",
	} {
		if out, err := kubectl(t, proxy.Kubeconfig(), strings.Fields(in(namespace, args))...); err != nil {
			t.Fatal(args, out)
		}
	}
	for text, want := range map[string]int{
		"list httproutes": 1, "list": 1, "patch httproutes": 1, "apply": 0,
		in(namespace, "delete httproutes.gateway.networking.k8s.io NAMESPACE/orders (dry run)"): 1,
	} {
		if got := proxy.Count(text); got != want {
			t.Errorf("%q: %d, want %d of %v", text, got, want, proxy.Requests())
		}
	}
	proxy.Reset()
	if got := proxy.Requests(); len(got) != 0 {
		t.Errorf("after a reset: %v", got)
	}
}

func TestProxyAsksAsItsAccount(t *testing.T) {
	plane := kubernetestest.Shared(t)
	namespace := plane.Namespace(t)
	proxy := plane.Proxy(t, kubernetestest.Account{Name: "reader", Token: true, Namespace: namespace, Rules: []string{"list services"}})
	if out, err := kubectl(t, proxy.Kubeconfig(), "get", "services"); err != nil {
		t.Error(err, out)
	}
	if out, err := kubectl(t, proxy.Kubeconfig(), "get", "secrets"); err == nil || !strings.Contains(out, "reader") {
		t.Error(err, out)
	}
}

func TestProxyDisturbs(t *testing.T) {
	plane := kubernetestest.Shared(t)
	proxy := plane.Proxy(t, kubernetestest.Account{})
	namespaces := func(r kubernetestest.Request) bool { return r.Verb == "create" && r.Resource == "namespaces" }

	t.Run("busy once", func(t *testing.T) {
		var asked atomic.Int32
		proxy.Disturb(func(r kubernetestest.Request) kubernetestest.Disturbance {
			if namespaces(r) && asked.Add(1) == 1 {
				return kubernetestest.Disturbance{Status: 429, RetryAfter: 1}
			}
			return kubernetestest.Disturbance{}
		})
		if out, err := kubectl(t, proxy.Kubeconfig(), "create", "namespace", "busy-once"); err != nil || asked.Load() != 2 {
			t.Errorf("asked %d times: %v, %s", asked.Load(), err, out)
		}
	})
	for name, tt := range map[string]struct {
		cut  kubernetestest.Cut
		done bool
	}{"cut-before": {kubernetestest.CutBefore, false}, "cut-after": {kubernetestest.CutAfter, true}} {
		t.Run(name, func(t *testing.T) {
			proxy.Disturb(func(r kubernetestest.Request) kubernetestest.Disturbance {
				if namespaces(r) {
					return kubernetestest.Disturbance{Cut: tt.cut}
				}
				return kubernetestest.Disturbance{}
			})
			if out, err := kubectl(t, proxy.Kubeconfig(), "create", "namespace", name); err == nil {
				t.Errorf("kubectl says: %s", out)
			}
			if done := plane.Get(t, "namespace", "", name) != nil; done != tt.done {
				t.Errorf("the namespace is made: %t, want %t", done, tt.done)
			}
		})
	}
	t.Run("held", func(t *testing.T) {
		release, held := make(chan struct{}), make(chan struct{})
		proxy.Disturb(func(r kubernetestest.Request) kubernetestest.Disturbance {
			if namespaces(r) {
				close(held)
				return kubernetestest.Disturbance{Hold: release}
			}
			return kubernetestest.Disturbance{}
		})
		done := make(chan error, 1)
		go func() {
			_, err := kubectl(t, proxy.Kubeconfig(), "create", "namespace", "held")
			done <- err
		}()
		<-held
		if plane.Get(t, "namespace", "", "held") != nil {
			t.Error("the namespace is made before its time")
		}
		close(release)
		if err := <-done; err != nil || plane.Get(t, "namespace", "", "held") == nil {
			t.Errorf("what was held is not done: %v", err)
		}
	})
}
