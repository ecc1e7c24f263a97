package kubernetes_test

import (
	"errors"
	"strings"
	"testing"

	cluster "github.com/gwctl/gwctl/internal/kubernetes"
	"github.com/gwctl/gwctl/internal/kubernetes/kubernetestest"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/planner"
	"github.com/gwctl/gwctl/providers"
)

// refusalOf is what the API server has against a plan of the configuration.
func (w *world) refusalOf(src string) *providers.RefusedError {
	w.t.Helper()
	_, diags, err := w.plan(w.provider(), src)
	refused, ok := errors.AsType[*providers.RefusedError](err)
	if !ok {
		w.t.Fatalf("it was not refused: %v, %v", diags, err)
	}
	return refused
}

func TestClusterWithoutTheGatewayAPI(t *testing.T) {
	for name, test := range map[string]struct {
		crds kubernetestest.CRDs
		want []string
	}{
		"nothing installed": {kubernetestest.CRDs{Channel: kubernetestest.NoCRDs}, []string{
			"does not serve HTTPRoute of gateway.networking.k8s.io/v1", "The Gateway API is not installed", "v1.6.1",
			"does not serve Backend of gateway.envoyproxy.io/v1alpha1", "Install Envoy Gateway",
		}},
		"older": {kubernetestest.CRDs{Channel: kubernetestest.Older}, []string{
			"does not serve HTTPRoute of gateway.networking.k8s.io/v1; it has v1beta1", "It has the Gateway API v0.8.1",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorldOn(t, kubernetestest.Start(t, kubernetestest.Options{CRDs: test.crds}))
			_, _, err := w.plan(w.provider(), shop)
			if _, ok := errors.AsType[*cluster.MissingKindError](err); !ok {
				t.Fatalf("%v", err)
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("it does not say %q: %v", want, err)
				}
			}
		})
	}
}

func TestStandardChannelHasNoExperimentalFields(t *testing.T) {
	t.Parallel()
	w := newWorldOn(t, kubernetestest.Start(t, kubernetestest.Options{CRDs: kubernetestest.CRDs{Channel: kubernetestest.Standard}}))
	w.apply(shop)
	refused := w.refusalOf(strings.Replace(shop, `match { path_prefix = "/api" }`, "match { path_prefix = \"/api\" }\n other = { retry = { attempts = 3 } }", 1))
	r := refused.Refusals[0]
	if r.Fields[0].Path != "spec.rules[0].retry" || !strings.Contains(r.Text, "standard channel") {
		t.Errorf("%+v", r)
	}
}

func TestAdmissionRefusesInItsOwnWords(t *testing.T) {
	w := newWorld(t)
	w.plane.Refuse(t, kubernetestest.Refusal{
		Group: "gateway.networking.k8s.io", Resource: "httproutes", Namespace: w.namespace,
		Allowed: "has(object.metadata.labels.team)", Message: "routes need the label team",
	})
	refused := w.refusalOf(shop)
	if len(refused.Refusals) != 1 || !strings.Contains(refused.Refusals[0].Text, "routes need the label team") || refused.Refusals[0].Fields[0].ID.Name != "orders" {
		t.Errorf("%+v", refused)
	}
	if left := w.plane.List(t, "gateways", w.namespace, ""); len(left) > 0 {
		t.Error("a plan has made something")
	}
}

// TestRulesOfTheSchemaLeadToTheirField: the API server knows them as well.
func TestImmutableFieldLeadsToItsLine(t *testing.T) {
	w := newWorld(t)
	const config = `
manifest "settings" {
  object = {
    apiVersion = "v1"
    kind       = "ConfigMap"
    metadata   = { name = "settings" }
    immutable  = true
    data       = { a = "VALUE" }
  }
}
`
	w.apply(config)
	refused := w.refusalOf(strings.Replace(config, "VALUE", "other", 1))
	if r := refused.Refusals[0]; r.Fields[0].Path != "data" || !strings.Contains(r.Text, "immutable") {
		t.Errorf("%+v", r)
	}
}

func TestAccountThatMayNotList(t *testing.T) {
	w := newWorld(t)
	w.kubeconfig = w.plane.KubeconfigFor(t, kubernetestest.Account{
		Name: "ann", Namespace: w.namespace,
		Rules: []string{"get,list,watch,create,patch,delete gateways.gateway.networking.k8s.io,backends.gateway.envoyproxy.io"},
	})
	_, _, err := w.plan(w.provider(), shop)
	denied, ok := errors.AsType[*cluster.ForbiddenError](err)
	if !ok || denied.Verb != "list" || denied.Resource.Resource != "httproutes" || denied.Account != "ann" || denied.Namespace != w.namespace {
		t.Fatalf("%v", err)
	}
	if !strings.Contains(err.Error(), `{apiGroups: ["gateway.networking.k8s.io"], resources: ["httproutes"], verbs: [get, list, watch, create, patch, delete]}`) {
		t.Errorf("it does not say which rule is missing: %v", err)
	}
}

// TestGatewayOfAnotherTeamNeedNotBeReadable: a team may attach routes to a
// gateway that it cannot look at.
func TestGatewayOfAnotherTeamNeedNotBeReadable(t *testing.T) {
	w := newWorld(t)
	other := w.plane.Namespace(t)
	w.kubeconfig = w.plane.KubeconfigFor(t, kubernetestest.Account{
		Name: "ann", Namespace: w.namespace,
		Rules: []string{"get,list,watch,create,patch,delete httproutes.gateway.networking.k8s.io,gateways.gateway.networking.k8s.io,backends.gateway.envoyproxy.io", "get namespaces"},
	})
	const config = `
backend "app" {
  endpoints = ["10.0.0.1:9001"]
}

http_route "app" {
  gateway = { name = "edge", namespace = "OTHER" }

  rule "all" {
    match { path_prefix = "/" }
    forward { to = backend.app }
  }
}
`
	src := strings.ReplaceAll(config, "OTHER", other)
	p := w.provider()
	in, err := w.read(p, w.load(src))
	if err != nil {
		t.Fatal(err)
	}
	edge := resource.ID{Group: "gateway.networking.k8s.io", Kind: "Gateway", Namespace: other, Name: "edge"}
	if in.Unreadable["kubernetes"][edge] == nil {
		t.Error("nothing says that the gateway was not read")
	}
	w.apply(src)
	if id, err := p.Identity(t.Context()); err != nil || !strings.HasPrefix(id, w.namespace+"/") {
		t.Errorf("identity %q, %v", id, err)
	}
}

func TestTerminatingNamespace(t *testing.T) {
	w := newWorld(t)
	w.plane.Delete(t, "namespaces", "", w.namespace)
	refused := w.refusalOf(shop)
	if !strings.Contains(refused.Refusals[0].Text, "being terminated") {
		t.Errorf("%+v", refused)
	}
}

func TestNamespaceThatIsNotThere(t *testing.T) {
	w := newWorld(t)
	refused := w.refusalOf(strings.Replace(shop, `gateway "public" {`, "gateway \"public\" {\n  namespace = \"nowhere\"", 1))
	if r := refused.Refusals[0]; !strings.Contains(r.Text, `namespaces "nowhere" not found`) {
		t.Errorf("%+v", r)
	}
	// One that the plan makes is no obstacle.
	w.make(w.planned(`
manifest "ns" {
  object = { apiVersion = "v1", kind = "Namespace", metadata = { name = "made-NAMESPACE" } }
}

backend "app" {
  namespace  = "made-NAMESPACE"
  endpoints  = ["10.0.0.1:9001"]
  depends_on = [manifest.ns]
}
`))
}

func TestValueOfAnotherTypeLeadsToItsField(t *testing.T) {
	w := newWorld(t)
	refused := w.refusalOf(`
manifest "web" {
  object = {
    apiVersion = "v1"
    kind       = "Service"
    metadata   = { name = "web" }
    spec       = { ports = [{ port = "http" }] }
  }
}
`)
	if r := refused.Refusals[0]; r.Fields[0].Path == "" || !strings.Contains(r.Text, "expected numeric") {
		t.Errorf("%+v", r)
	}
}

// TestOtherKindsSettle: the API server sets defaults and writes quantities its
// own way, and neither is drift.
func TestOtherKindsSettle(t *testing.T) {
	w := newWorld(t)
	const config = `
manifest "web" {
  object = {
    apiVersion = "apps/v1"
    kind       = "Deployment"
    metadata   = { name = "web" }
    spec = {
      replicas = 2
      selector = { matchLabels = { app = "web" } }
      template = {
        metadata = { labels = { app = "web" } }
        spec     = { containers = [{ name = "c", image = "web:1", resources = { requests = { cpu = "1000m", memory = "1024Mi" } }, ports = [{ containerPort = 80 }] }] }
      }
    }
  }
}
`
	w.apply(config)
	plan := w.apply(strings.Replace(config, "web:1", "web:2", 1))
	if len(plan.Drift) > 0 {
		t.Errorf("%s", show(plan))
	}
	var changed []string
	for i := range plan.Changes {
		d := planner.Diff(plan.Changes[i].Before, plan.Changes[i].After)
		for a := &d.Attrs[0]; a != nil; {
			changed = append(changed, a.Name)
			if len(a.Elements) != 1 {
				t.Fatalf("%s: %+v", a.Name, a.Elements)
			}
			if a.Elements[0].Inner == nil {
				changed = append(changed, a.Elements[0].Key)
			}
			a = a.Elements[0].Inner
		}
	}
	if got := strings.Join(changed, " "); got != "object spec template spec containers  image" {
		t.Errorf("the plan shows more or less than the image: %q", got)
	}
}

func TestGatewayOfNoClassIsDoubted(t *testing.T) {
	w := newWorld(t)
	w.plane.Create(t, "apiVersion: gateway.networking.k8s.io/v1\nkind: GatewayClass\nmetadata: {name: egg}\nspec: {controllerName: example.com/x}\n")
	defer w.plane.Delete(t, "gatewayclasses", "", "egg")
	w.planned(shop)
	if len(w.doubts) != 1 || w.doubts[0].Path != "spec.gatewayClassName" || !strings.Contains(w.doubts[0].Text, `Did you mean "egg"?`) {
		t.Errorf("%+v", w.doubts)
	}
	w.planned("gateway_class \"eg\" {\n  controller = \"example.com/x\"\n}\n" + strings.Replace(shop, `gateway "public" {`, "gateway \"public\" {\n  class = gateway_class.eg", 1))
	if len(w.doubts) != 0 {
		t.Errorf("the plan makes it: %+v", w.doubts)
	}
}
