package kubernetes

import (
	"fmt"
	"strings"
	"testing"
)

// base is a gateway of one listener and a class of its own.
const base = `
gwctl {
  name = "NAMESPACE"
}

provider "kubernetes" {
  namespace = "NAMESPACE"
}

gateway_class "own" {
  name       = "NAMESPACE"
  controller = "gateway.envoyproxy.io/gatewayclass-controller"
}

gateway "public" {
  class = gateway_class.own

  listener "http" {
    port = 80
  }
}

backend "app" {
  service = "app"
  port    = 8080
}
`

// What Envoy Gateway refuses fails the apply with its own words and the line
// that it means. Without -rollback-on-failure it stays, with it all is as it
// was: the objects, the state and the answers.
func TestWhatEnvoyGatewayRefuses(t *testing.T) {
	w := newWorld(t)
	namespace := w.Namespace(t)
	other := w.Namespace(t)
	w.service(namespace, "app")
	w.service(other, "theirs")
	in := strings.NewReplacer("NAMESPACE", namespace, "OTHER", other)
	shop := w.folder("shop").destroyed()
	route := func(forwards string) string {
		return in.Replace(base + `
http_route "app" {
  gateway = gateway.public

  rule "other" {
    match { path_prefix = "/other" }
    forward { to = backend.app }
  }
  rule "app" {
    match { path_prefix = "/" }
` + forwards + `
  }
}
`)
	}
	good := route("    forward { to = backend.app }")
	shop.write(good)
	shop.ok("apply", "-auto-approve")
	url := w.URL(w, namespace, "public", 80)
	w.served(url, "any", "/", "app")

	for _, tt := range []struct{ name, forwards, line, says string }{
		{"a Backend that is not there", `
    forward { to = backend.app }
    forward { to = { name = "gone" } }`, `name = "gone"`, "Backend NAMESPACE/gone not found"},
		{"a Service that is not there", `
    forward { to = { name = "gone", port = 8080 } }`, `name = "gone"`, "service NAMESPACE/gone not found"},
		{"a Service of another namespace that grants nothing", `
    forward { to = { name = "theirs", namespace = "OTHER", port = 8080 } }`, `name = "theirs"`, "Backend ref to Service OTHER/theirs not permitted by any ReferenceGrant"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := w.in(t)
			shop := *shop
			shop.w = w
			bad := route(tt.forwards)
			shop.write(bad)
			shop.ends(1, "apply", "-auto-approve", "-rollback-on-failure").says(w,
				"Error: A controller has not taken the change",
				fmt.Sprintf(`on main.hcl line %d, in http_route "app", rule "app", forward:`, lineOf(w, bad, tt.line)),
				in.Replace(tt.says), "1 change was taken back: the cluster has what it had before.")
			w.served(url, "any", "/", "app")
			shop.write(good)
			shop.inSync()
		})
	}

	t.Run("stays where nobody wants it taken back", func(t *testing.T) {
		w := w.in(t)
		shop := *shop
		shop.w = w
		shop.write(route(`    forward { to = { name = "gone" } }`))
		shop.ends(1, "apply", "-auto-approve").says(w, "All was applied, and stays so.")
		shop.ok("plan", "-detailed-exitcode").says(w, "Warning: Not in force on the target", in.Replace("Backend NAMESPACE/gone not found"))
		shop.ok("rollback", "-auto-approve")
		w.served(url, "any", "/", "app")
		shop.write(good)
		shop.inSync()
	})
}
