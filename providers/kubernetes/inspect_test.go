package kubernetes_test

import (
	"errors"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"

	cluster "github.com/gwctl/gwctl/internal/kubernetes"
	"github.com/gwctl/gwctl/internal/kubernetes/kubernetestest"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/providers"
)

var (
	gateways = schema.GroupKind{Group: "gateway.networking.k8s.io", Kind: "Gateway"}
	classes  = schema.GroupKind{Group: "gateway.networking.k8s.io", Kind: "GatewayClass"}
	routes   = schema.GroupKind{Group: "gateway.networking.k8s.io", Kind: "HTTPRoute"}
)

// someRoutes are a gateway and two routes that nobody's configuration has.
const someRoutes = `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: public, namespace: NAMESPACE}
spec: {gatewayClassName: eg, listeners: [{name: http, port: 80, protocol: HTTP}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: orders, namespace: NAMESPACE, labels: {team: shop}}
spec: {parentRefs: [{name: public}], rules: [{backendRefs: [{name: orders, port: 80}]}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: blog, namespace: NAMESPACE}
spec: {parentRefs: [{name: public}]}
`

func TestLiveObjectsAreShownWhoeverOwnsThem(t *testing.T) {
	w := newWorld(t)
	w.plane.Create(t, strings.ReplaceAll(someRoutes, "NAMESPACE", w.namespace))
	w.plane.Patch(t, "controller", "gateway", w.namespace, "public",
		`status: {conditions: [{type: Programmed, status: "True", reason: Programmed, message: "", observedGeneration: 1, lastTransitionTime: "2026-11-20T10:00:00Z"}]}`, "status")
	p := w.provider()

	list, err := p.List(t.Context(), providers.Selection{Type: gateways, Namespace: w.namespace})
	if err != nil || len(list) != 1 {
		t.Fatalf("%v, %v", list, err)
	}
	if at := list[0].GetCreationTimestamp(); at.IsZero() {
		t.Error("nobody knows how old it is")
	}
	if status, _ := list[0].Object["status"].(map[string]any); status["conditions"] == nil {
		t.Errorf("without its status: %v", list[0].Object)
	}
	list, err = p.List(t.Context(), providers.Selection{Type: routes, Namespace: w.namespace, Labels: labels.SelectorFromSet(labels.Set{"team": "shop"})})
	if err != nil || len(list) != 1 || list[0].GetName() != "orders" {
		t.Errorf("by label: %v, %v", list, err)
	}
	if list, err = p.List(t.Context(), providers.Selection{Type: classes, Namespace: w.namespace}); err != nil {
		t.Errorf("of a type without namespaces: %v, %v", list, err)
	}

	looked, err := p.Look(t.Context(), []resource.ID{
		{Group: routes.Group, Kind: "HTTPRoute", Namespace: w.namespace, Name: "orders"},
		{Group: routes.Group, Kind: "HTTPRoute", Namespace: w.namespace, Name: "none"},
		{Group: routes.Group, Kind: "NoSuchRoute", Namespace: w.namespace, Name: "none"},
		{Kind: "Namespace", Name: w.namespace},
	})
	if err != nil || len(looked.Objects) != 2 || len(looked.Unreadable) != 0 {
		t.Errorf("a look at four, two of which exist: %+v, %v", looked, err)
	}
	if p.Namespace() != w.namespace {
		t.Errorf("looks in %q", p.Namespace())
	}
}

func TestATypeThatTheClusterDoesNotServeIsSaid(t *testing.T) {
	_, err := newWorld(t).provider().List(t.Context(), providers.Selection{Type: schema.GroupKind{Group: routes.Group, Kind: "CoffeeRoute"}})
	if _, ok := errors.AsType[*providers.UnservedError](err); !ok || !strings.Contains(err.Error(), "does not serve CoffeeRoute of gateway.networking.k8s.io") {
		t.Errorf("got %v", err)
	}
}

func TestAnAccountThatMayNotListIsNotShownAnEmptyList(t *testing.T) {
	w := newWorld(t)
	w.plane.Create(t, strings.ReplaceAll(someRoutes, "NAMESPACE", w.namespace))
	w.kubeconfig = w.plane.KubeconfigFor(t, kubernetestest.Account{
		Name: "onlooker", Namespace: w.namespace, Rules: []string{"get,list httproutes.gateway.networking.k8s.io"},
	})
	p := w.provider()
	if list, err := p.List(t.Context(), providers.Selection{Type: routes, Namespace: w.namespace}); err != nil || len(list) != 2 {
		t.Errorf("what it may list: %v, %v", list, err)
	}
	for name, s := range map[string]providers.Selection{
		"another type": {Type: gateways, Namespace: w.namespace}, "all namespaces": {Type: routes},
	} {
		list, err := p.List(t.Context(), s)
		forbidden, ok := errors.AsType[*cluster.ForbiddenError](err)
		if !ok || list != nil || !strings.Contains(err.Error(), "verbs: [get, list]") {
			t.Errorf("%s: %v, %v", name, list, err)
		} else if forbidden.Account != "onlooker" {
			t.Errorf("%s: the account is %q", name, forbidden.Account)
		}
	}
	gateway := resource.ID{Group: gateways.Group, Kind: "Gateway", Namespace: w.namespace, Name: "public"}
	looked, err := p.Look(t.Context(), []resource.ID{gateway})
	if err != nil || looked.Unreadable[gateway] == nil || len(looked.Objects) != 0 {
		t.Errorf("a look at what it may not read: %+v, %v", looked, err)
	}
	list, err := p.List(t.Context(), providers.Selection{Type: routes, Namespace: w.namespace})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Events(t.Context(), list[0]); err == nil || !strings.Contains(err.Error(), "events") {
		t.Errorf("its events: %v", err)
	}
}

func TestEventsOfAnObjectInTheirOrder(t *testing.T) {
	w := newWorld(t)
	w.plane.Create(t, strings.ReplaceAll(someRoutes, "NAMESPACE", w.namespace))
	p := w.provider()
	list, err := p.List(t.Context(), providers.Selection{Type: routes, Namespace: w.namespace})
	if err != nil {
		t.Fatal(err)
	}
	about := func(o *resource.Object) string {
		return "{kind: HTTPRoute, apiVersion: gateway.networking.k8s.io/v1, namespace: " + w.namespace + ", name: " + o.GetName() + ", uid: " + string(o.GetUID()) + "}"
	}
	w.plane.Create(t, strings.ReplaceAll(`
apiVersion: v1
kind: Event
metadata: {name: late, namespace: NAMESPACE}
involvedObject: `+about(list[0])+`
type: Warning
reason: Refused
message: no such gateway
count: 4
source: {component: controller}
firstTimestamp: "2026-11-20T10:00:00Z"
lastTimestamp: "2026-11-20T12:00:00Z"
---
apiVersion: events.k8s.io/v1
kind: Event
metadata: {name: early, namespace: NAMESPACE}
regarding: `+about(list[0])+`
type: Normal
reason: Seen
action: Look
note: seen
reportingController: example.com/controller
reportingInstance: a
eventTime: "2026-11-20T11:00:00.000000Z"
---
apiVersion: v1
kind: Event
metadata: {name: other, namespace: NAMESPACE}
involvedObject: `+about(list[1])+`
reason: Other
`, "NAMESPACE", w.namespace))
	got, err := p.Events(t.Context(), list[0])
	if err != nil || len(got) != 2 {
		t.Fatalf("%+v, %v", got, err)
	}
	if got[0].Reason != "Seen" || got[0].Message != "seen" || got[0].By != "example.com/controller" || got[0].Count != 1 || got[0].Warning {
		t.Errorf("the early one: %+v", got[0])
	}
	if got[1].Reason != "Refused" || got[1].Count != 4 || !got[1].Warning || got[1].By != "controller" || got[1].Time.Hour() != 12 {
		t.Errorf("the late one: %+v", got[1])
	}
}
