package kubernetestest_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/gwctl/gwctl/internal/kubernetes/kubernetestest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(kubernetestest.Around(m)) }

const route = `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: orders, namespace: NAMESPACE}
spec:
  parentRefs: [{name: public}]
  hostnames: [shop.example.com]
`

// in writes a text for a namespace.
func in(namespace, text string) string { return strings.ReplaceAll(text, "NAMESPACE", namespace) }

func TestObjectsAreWrittenByManyAndRead(t *testing.T) {
	plane := kubernetestest.Shared(t)
	namespace := plane.Namespace(t)
	plane.Kubectl(t, in(namespace, route), "apply", "--server-side", "-f", "-")
	plane.Apply(t, "argocd", in(namespace, "{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: orders, namespace: NAMESPACE, labels: {team: shop}}}"))
	plane.Patch(t, "somebody", "httproute", namespace, "orders", `{"spec": {"hostnames": ["shop.example.org"]}}`)
	plane.Patch(t, "controller", "httproute", namespace, "orders", `status: {parents: []}`, "status")
	plane.Create(t, in(namespace, strings.ReplaceAll(route, "orders", "checkout")))

	var managers []string
	for _, entry := range plane.Get(t, "httproute", namespace, "orders").GetManagedFields() {
		managers = append(managers, entry.Manager+" "+string(entry.Operation)+" "+entry.Subresource)
	}
	for _, want := range []string{"kubectl Apply ", "argocd Apply ", "somebody Update ", "controller Update status"} {
		if !strings.Contains(strings.Join(managers, ",")+",", want+",") {
			t.Errorf("no %q among the managers %q", want, managers)
		}
	}
	plane.Delete(t, "HTTPRoute", namespace, "orders")
	if plane.Get(t, "httproute", namespace, "orders") != nil {
		t.Error("what was deleted is still there")
	}
	if n := len(plane.List(t, "httproutes", namespace, "")); n != 1 {
		t.Errorf("%d routes are left, want 1", n)
	}
}

func TestServerStopsAndComesBackWithItsData(t *testing.T) {
	plane := kubernetestest.Start(t, kubernetestest.Options{CRDs: kubernetestest.CRDs{Channel: kubernetestest.NoCRDs}})
	namespace := plane.Namespace(t)
	plane.StopServer()
	if out, err := kubectl(t, plane.Kubeconfig(), "get", "namespaces"); err == nil || !strings.Contains(out, "refused") {
		t.Errorf("a stopped server answers: %v, %s", err, out)
	}
	plane.StartServer(t)
	plane.PauseServer(t)
	if out, err := kubectl(t, plane.Kubeconfig(), "get", "namespaces", "--request-timeout=100ms"); err == nil {
		t.Errorf("a paused server answers: %s", out)
	}
	plane.ResumeServer(t)
	if plane.Get(t, "namespace", "", namespace) == nil {
		t.Error("the namespace is lost")
	}
}

func TestOneClusterStandsBehindTheNameOfAnother(t *testing.T) {
	plane := kubernetestest.Shared(t)
	other := kubernetestest.Start(t, kubernetestest.Options{CRDs: kubernetestest.CRDs{Channel: kubernetestest.NoCRDs}})
	context := func(kubeconfig string) string {
		out, err := kubectl(t, kubeconfig, "config", "current-context")
		if err != nil {
			t.Fatal(err, out)
		}
		return out
	}
	if a, b := context(plane.Kubeconfig()), context(other.Kubeconfig()); a != b {
		t.Errorf("the contexts are %q and %q", a, b)
	}
	uid := func(c *kubernetestest.ControlPlane) string {
		return string(c.Get(t, "namespace", "", "kube-system").GetUID())
	}
	if uid(plane) == uid(other) {
		t.Error("the clusters are the same")
	}
}

func TestChannelsServeWhatTheyHave(t *testing.T) {
	explain := func(plane *kubernetestest.ControlPlane, args ...string) bool {
		_, err := kubectl(t, plane.Kubeconfig(), append([]string{"explain"}, args...)...)
		return err == nil
	}
	const v1, v1beta1 = "--api-version=gateway.networking.k8s.io/v1", "--api-version=gateway.networking.k8s.io/v1beta1"
	for _, tt := range []struct {
		name                string
		crds                kubernetestest.CRDs
		bundle, channel     string
		v1, v1beta1, retry  bool
		grpcRoute, backends bool
	}{
		{"experimental", kubernetestest.CRDs{}, "v1.6.1", "experimental", true, true, true, true, true},
		{"standard", kubernetestest.CRDs{Channel: kubernetestest.Standard}, "v1.6.1", "standard", true, true, false, true, true},
		{"older", kubernetestest.CRDs{Channel: kubernetestest.Older}, "v0.8.1", "standard", false, true, false, false, true},
		{"without kinds", kubernetestest.CRDs{Without: []string{"GRPCRoute", "Backend"}}, "v1.6.1", "experimental", true, true, true, false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			plane := kubernetestest.Shared(t)
			if tt.name != "experimental" {
				plane = kubernetestest.Start(t, kubernetestest.Options{CRDs: tt.crds})
			}
			annotations := plane.Get(t, "customresourcedefinition", "", "httproutes.gateway.networking.k8s.io").GetAnnotations()
			if got := annotations["gateway.networking.k8s.io/bundle-version"]; got != tt.bundle {
				t.Errorf("the bundle is %s, want %s", got, tt.bundle)
			}
			if got := annotations["gateway.networking.k8s.io/channel"]; got != tt.channel {
				t.Errorf("the channel is %s, want %s", got, tt.channel)
			}
			for _, served := range []struct {
				args []string
				want bool
			}{
				{[]string{"httproute", v1}, tt.v1},
				{[]string{"httproute", v1beta1}, tt.v1beta1},
				{[]string{"httproute.spec.rules.retry"}, tt.retry},
				{[]string{"grpcroutes.gateway.networking.k8s.io"}, tt.grpcRoute},
				{[]string{"backends.gateway.envoyproxy.io"}, tt.backends},
			} {
				if got := explain(plane, served.args...); got != served.want {
					t.Errorf("%v is served: %t, want %t", served.args, got, served.want)
				}
			}
		})
	}
}

func TestRefusesWhatAPolicyForbids(t *testing.T) {
	plane := kubernetestest.Shared(t)
	namespace, free := plane.Namespace(t), plane.Namespace(t)
	plane.Refuse(t, kubernetestest.Refusal{
		Group: "gateway.networking.k8s.io", Resource: "httproutes", Namespace: namespace,
		Allowed: "!object.spec.hostnames.exists(h, h == 'shop.example.com')", Message: "shop.example.com is \"reserved\"",
	})
	apply := func(namespace, text string) (string, error) {
		path := filepath.Join(t.TempDir(), "route.yaml")
		if err := os.WriteFile(path, []byte(in(namespace, text)), 0o600); err != nil {
			t.Fatal(err)
		}
		return kubectl(t, plane.Kubeconfig(), "apply", "--server-side", "-f", path)
	}
	if out, err := apply(namespace, route); err == nil || !strings.Contains(out, `shop.example.com is "reserved"`) {
		t.Errorf("what is forbidden: %v, %s", err, out)
	}
	if out, err := apply(namespace, strings.ReplaceAll(route, "shop", "blog")); err != nil {
		t.Errorf("what is allowed: %v, %s", err, out)
	}
	if out, err := apply(free, route); err != nil {
		t.Errorf("another namespace: %v, %s", err, out)
	}
}

func TestFind(t *testing.T) {
	dir := t.TempDir()
	program := func(elem ...string) string {
		path := filepath.Join(append([]string{dir}, elem...)...)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		return path
	}
	named := program("assets", "etcd")
	inTools := program("module", ".tools", "kubernetes-"+kubernetestest.Version, "etcd")
	below := filepath.Join(dir, "module", "a", "b")
	if err := os.MkdirAll(below, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Chdir(below)
	for _, tt := range []struct{ name, variable, want string }{
		{"the variable wins", filepath.Dir(named), named},
		{"then the tools of the module around", "", inTools},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv(kubernetestest.Variable, tt.variable)
			if got, err := kubernetestest.Find("etcd"); err != nil || got != tt.want {
				t.Errorf("got %q, %v; want %q", got, err, tt.want)
			}
		})
	}
	t.Run("a wrong variable is not passed over", func(t *testing.T) {
		t.Setenv(kubernetestest.Variable, filepath.Join(dir, "missing"))
		if got, err := kubernetestest.Find("etcd"); err == nil {
			t.Errorf("got %q", got)
		}
	})
	t.Run("none", func(t *testing.T) {
		t.Setenv(kubernetestest.Variable, "")
		t.Chdir(t.TempDir())
		if got, err := kubernetestest.Find("etcd"); !errors.Is(err, kubernetestest.ErrNotFound) {
			t.Errorf("got %q, %v", got, err)
		}
	})
}
