package kubernetes_test

import (
	"strings"
	"testing"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/planner"
)

// handmade is what `shop` says of orders, as somebody wrote it for kubectl.
const handmade = `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: orders
  namespace: NAMESPACE
spec:
  parentRefs: [{name: public}]
  hostnames: [shop.example.com]
  rules:
  - name: api
    matches: [{path: {type: PathPrefix, value: /api}}]
    backendRefs:
    - {group: gateway.envoyproxy.io, kind: Backend, name: orders, weight: 90}
    - {group: gateway.envoyproxy.io, kind: Backend, name: orders-v2, weight: 10}
`

func (w *world) handmade() string { return strings.ReplaceAll(handmade, "NAMESPACE", w.namespace) }

func TestUnownedObjectIsLeftAlone(t *testing.T) {
	w := newWorld(t)
	w.plane.Kubectl(t, w.handmade(), "apply", "-f", "-")
	_, diags, err := w.plan(w.provider(), shop)
	if err != nil || !diags.HasErrors() || !strings.Contains(diags.Error(), "Object exists and is not owned") {
		t.Fatalf("%v, %v", diags, err)
	}
}

// TestImportTakesOverWhatKubectlApplied: fields that were applied client-side
// come along, so that later changes meet nobody's.
func TestImportTakesOverWhatKubectlApplied(t *testing.T) {
	w := newWorld(t)
	w.plane.Kubectl(t, w.handmade(), "apply", "-f", "-")
	w.imports = []string{"http_route.orders"}
	plan := w.planned(shop)
	if c := plan.Counts(); c.Adopt != 1 || c.Add != 3 || c.Change != 0 {
		t.Fatalf("%+v\n%s", c, show(plan))
	}
	w.make(plan)
	w.settled(shop)
	o := w.plane.Get(t, "httproutes", w.namespace, "orders")
	for _, e := range o.GetManagedFields() {
		if e.Manager == "kubectl-client-side-apply" {
			t.Errorf("its fields still belong to %s", e.Manager)
		}
	}
	if _, ok := o.GetAnnotations()["kubectl.kubernetes.io/last-applied-configuration"]; ok {
		t.Error("the annotation of client-side apply is left, and would undo changes")
	}
	w.imports = nil
	w.apply(strings.Replace(shop, "weight = 90", "weight = 50", 1))
	w.apply(strings.Replace(shop, `hostnames = ["shop.example.com"]`, "", 1))
	if hosts := w.plane.Get(t, "httproutes", w.namespace, "orders").Object["spec"].(map[string]any)["hostnames"]; hosts != nil {
		t.Errorf("a field that is written no more is left: %v", hosts)
	}
}

// TestImportShowsWhatItChanges: a field that the configuration does not have
// goes, and the plan says so.
func TestImportShowsWhatItChanges(t *testing.T) {
	w := newWorld(t)
	w.plane.Kubectl(t, strings.Replace(w.handmade(), "[shop.example.com]", "[shop.example.com, www.example.com]", 1), "apply", "-f", "-")
	w.imports = []string{"http_route.orders"}
	plan := w.planned(shop)
	for i := range plan.Changes {
		if c := &plan.Changes[i]; c.Address.Kind == "http_route" && (c.Action != planner.Update || len(planner.Diff(c.Before, c.After).Attrs) == 0) {
			t.Errorf("%s: %+v", c.Action, planner.Diff(c.Before, c.After))
		}
	}
	w.make(plan)
	w.settled(shop)
}

func TestWhatGitOpsAppliesIsNeverWritten(t *testing.T) {
	for name, mark := range map[string]string{
		"Argo CD's (application storefront)":            `{"metadata": {"annotations": {"argocd.argoproj.io/tracking-id": "storefront:gateway.networking.k8s.io/HTTPRoute:x/orders"}}}`,
		"Flux's (Kustomization flux-system/storefront)": `{"metadata": {"labels": {"kustomize.toolkit.fluxcd.io/name": "storefront", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.apply(shop)
			w.plane.Patch(t, "gitops", "httproutes", w.namespace, "orders", mark)
			w.adopt, w.force = true, []string{"http_route.orders"}
			_, diags, err := w.plan(w.provider(), strings.Replace(shop, "weight = 90", "weight = 50", 1))
			if err != nil || !diags.HasErrors() || !strings.Contains(diags.Error(), name) {
				t.Errorf("%v, %v", diags, err)
			}
			w.force = nil
			plan, diags, err := w.plan(w.provider(), "")
			if err != nil || diags.HasErrors() || !strings.Contains(diags.Error(), name) {
				t.Fatalf("%v, %v", diags, err)
			}
			w.make(plan)
			if w.plane.Get(t, "httproutes", w.namespace, "orders") == nil {
				t.Error("it was deleted")
			}
		})
	}
}

// TestRemovedObjectIsFree: nobody manages the fields of what left gwctl's care.
func TestRemovedObjectIsFree(t *testing.T) {
	w := newWorld(t)
	w.apply(shop)
	rest, _, _ := strings.Cut(shop, `http_route "orders"`)
	cfg := w.load(rest)
	p := w.provider()
	in, err := w.read(p, cfg)
	if err != nil {
		t.Fatal(err)
	}
	in.Removed = []planner.Removed{{From: resource.Address{Kind: "http_route", Name: "orders"}}}
	plan, diags := planner.Make(in)
	if diags.HasErrors() || plan.Counts().Forget != 1 {
		t.Fatalf("%v\n%s", diags, show(plan))
	}
	w.make(plan)
	o := w.plane.Get(t, "httproutes", w.namespace, "orders")
	if o == nil || o.GetLabels()[resource.LabelOwner] != "" || o.GetAnnotations()[resource.AnnotationOwner] != "" {
		t.Fatalf("%v", o)
	}
	for _, e := range o.GetManagedFields() {
		if e.Manager == "gwctl" {
			t.Errorf("gwctl still manages fields: %v", e)
		}
	}
	w.plane.Kubectl(t, w.handmade(), "apply", "--server-side", "--field-manager=next", "--force-conflicts", "-f", "-")
}
