package kubernetestest_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/gwctl/gwctl/internal/kubernetes/kubernetestest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(kubernetestest.Around(m)) }

func TestServesTheGatewayAPI(t *testing.T) {
	plane := kubernetestest.Shared(t)
	namespace := plane.Namespace(t)
	plane.Kubectl(t, `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: orders}
spec:
  parentRefs: [{name: public}]
`, "apply", "--server-side", "-n", namespace, "-f", "-")
	route := plane.Get(t, "httproute", namespace, "orders")
	if route == nil || route.GetManagedFields()[0].Manager != "kubectl" {
		t.Fatalf("the route of kubectl: %v", route)
	}
	plane.Patch(t, "somebody", "httproute", namespace, "orders", `{"spec": {"hostnames": ["shop.example.com"]}}`)
	if n := len(plane.List(t, "httproutes", namespace, "")); n != 1 {
		t.Errorf("%d routes", n)
	}
	plane.Delete(t, "httproute", namespace, "orders")
	if plane.Get(t, "httproute", namespace, "orders") != nil {
		t.Error("the route is still there")
	}
}
