package kubernetes

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/gwctl/gwctl/e2e/generated"
	"github.com/gwctl/gwctl/internal/kubernetes/kubernetestest/sandbox"
)

// Whatever the configuration: a plan after an apply is empty at once, while
// Envoy Gateway writes its status, and also when all of it has been taken.
func TestPlanAfterApplyIsEmpty(t *testing.T) {
	w := newWorld(t)
	namespace := w.Namespace(t)
	class := w.folder("class").destroyed()
	class.write(strings.ReplaceAll(`
provider "kubernetes" {}

gateway_class "own" {
  name       = "NAMESPACE"
  controller = "gateway.envoyproxy.io/gatewayclass-controller"
}
`, "NAMESPACE", namespace))
	class.ok("apply", "-auto-approve")
	runs := 0
	rapid.Check(t, func(t *rapid.T) {
		runs++
		prefix := fmt.Sprintf("run_%d", runs)
		blocks := generated.Blocks(t, generated.Options{
			Prefix: prefix, Address: sandbox.Address, Kinds: []string{"grpc_route", "tls_route", "tcp_route", "udp_route"},
			Provider: fmt.Sprintf("provider \"kubernetes\" {\n  namespace = %q\n  class     = %q\n}", namespace, namespace),
		})
		f := w.folder(strings.ReplaceAll(prefix, "_", "-"))
		config := strings.Join(blocks, "\n\n") + "\n"
		f.write(config)
		must := func(code int, args ...string) {
			if r := f.run(args...); r.code != code {
				t.Fatalf("want exit code %d: %s\n%s", code, r, config)
			}
		}
		must(2, "plan", "-detailed-exitcode")
		must(0, "apply", "-auto-approve", "-wait-for=none")
		for range 3 {
			must(0, "plan", "-detailed-exitcode")
		}
		must(0, "destroy", "-auto-approve", "-allow-destroy=100")

		must(0, "apply", "-auto-approve", "-wait-timeout=1m")
		must(0, "plan", "-detailed-exitcode")
		must(0, "destroy", "-auto-approve", "-allow-destroy=100")
		for _, typ := range []string{"gateways", "httproutes", "grpcroutes", "tlsroutes", "tcproutes", "udproutes", "backends"} {
			if left := w.List(w, typ, namespace, ""); len(left) > 0 {
				t.Errorf("the cluster still has %d %s", len(left), typ)
			}
		}
	})
}
