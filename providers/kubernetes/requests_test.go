package kubernetes_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gwctl/gwctl/internal/kubernetes/kubernetestest"
)

const manyRoutes = `
gateway "public" {
  listener "http" {
    port = 8080
  }
}

backend "app" {
  endpoints = ["10.0.0.1:9001"]
}

http_route "app" {
  count     = COUNT
  gateway   = gateway.public
  hostnames = ["h${count.index}.example.com"]

  rule "all" {
    match { path_prefix = "/WHAT" }
    forward { to = backend.app }
  }
}
`

// TestRequestsFollowTheChange counts them: a list for each kind and page, one
// or two for each change.
func TestRequestsFollowTheChange(t *testing.T) {
	w := newWorld(t)
	proxy := w.plane.Proxy(t, kubernetestest.Account{})
	w.kubeconfig = proxy.Kubeconfig()
	source := func(n int) string { return strings.Replace(manyRoutes, "COUNT", fmt.Sprint(n), 1) }
	w.make(w.planned(source(600)))

	proxy.Reset()
	w.settled(source(600))
	for kind, most := range map[string]int{"httproutes": 2, "gateways": 1, "backends": 1} {
		if n := proxy.Count("list " + kind); n > most {
			t.Errorf("%d lists of %s, and not %d", n, kind, most)
		}
	}
	for _, verb := range []string{"get httproutes", "get backends", "apply", "patch", "get /openapi"} {
		if n := proxy.Count(verb); n > 0 {
			t.Errorf("%d x %s for a plan without changes: %v", n, verb, proxy.Requests())
		}
	}

	one := source(600) + strings.NewReplacer(`http_route "app"`, `http_route "more"`, "count     = 600", "", "${count.index}", "more").Replace(source(600)[strings.Index(source(600), "http_route"):])
	proxy.Reset()
	plan := w.planned(one)
	if n := proxy.Count("apply httproutes"); n != 1 {
		t.Errorf("%d dry runs for one new route", n)
	}
	proxy.Reset()
	w.make(plan)
	if n := proxy.Count("list"); n > 0 {
		t.Errorf("applying one change lists: %v", proxy.Requests())
	}
	if n := len(proxy.Requests()); n > 12 {
		t.Errorf("%d requests to apply one change: %v", n, proxy.Requests())
	}
}
