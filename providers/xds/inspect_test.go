package xds_test

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/providers"
)

var (
	gateways = schema.GroupKind{Group: "gateway.networking.k8s.io", Kind: "Gateway"}
	routes   = schema.GroupKind{Group: "gateway.networking.k8s.io", Kind: "HTTPRoute"}
	classes  = schema.GroupKind{Group: "gateway.networking.k8s.io", Kind: "GatewayClass"}
)

func TestObjectsOfEveryOwnerAreShownWithTheirStatus(t *testing.T) {
	p := startServer(t).provider(t)
	apply(t, p, gateway(freePort(t)), backend("a", "127.0.0.1:9001"), route("orders", rule("PathPrefix", "/", "a")))
	labelled := route("lost", rule("PathPrefix", "/lost", "none"))
	labelled.SetLabels(map[string]string{"team": "shop"})
	apply(t, p, labelled)

	list, err := p.List(t.Context(), providers.Selection{Type: gateways})
	if err != nil || len(list) != 1 {
		t.Fatalf("%v, %v", list, err)
	}
	g := list[0]
	if at := g.GetCreationTimestamp(); at.IsZero() {
		t.Error("nobody knows how old the gateway is")
	}
	for path, want := range map[string]string{
		"status.conditions.0.type":              "Accepted",
		"status.conditions.1.status":            "True",
		"status.listeners.0.name":               "http-0",
		"status.listeners.0.conditions.0.type":  "Accepted",
		"status.addresses.0.value":              "0.0.0.0",
		"metadata.annotations.gwctl%2edev/name": "shop",
	} {
		if got := field(g, path); got != want {
			t.Errorf("%s is %q, and not %q", path, got, want)
		}
	}

	list, err = p.List(t.Context(), providers.Selection{Type: routes, Namespace: "default", Labels: labels.SelectorFromSet(labels.Set{"team": "shop"})})
	if err != nil || len(list) != 1 || list[0].GetName() != "lost" {
		t.Fatalf("by label: %v, %v", list, err)
	}
	if got := field(list[0], "status.parents.0.parentRef.name") + " " + field(list[0], "status.parents.0.conditions.1.reason"); got != "public BackendNotFound" {
		t.Errorf("the status says %s", got)
	}

	for _, s := range []providers.Selection{{Type: classes}, {Type: routes, Namespace: "elsewhere"}} {
		if list, err := p.List(t.Context(), s); err != nil || len(list) != 0 {
			t.Errorf("%+v: %v, %v", s, list, err)
		}
	}

	looked, err := p.Look(t.Context(), []resource.ID{resource.IDOf(labelled), {Group: gateways.Group, Kind: "Gateway", Namespace: "default", Name: "none"}})
	if err != nil || len(looked.Objects) != 1 || looked.Objects[0].GetName() != "lost" {
		t.Errorf("a look at two, one of which exists: %v, %v", looked, err)
	}

	events, err := p.Events(t.Context(), looked.Objects[0])
	if err != nil || len(events) != 1 || events[0].Reason != "Applied" || events[0].Time.IsZero() {
		t.Errorf("the events are %+v, %v", events, err)
	}
}

// field returns text at a path of names and positions; %2e is a dot in a name.
func field(o *resource.Object, path string) string {
	var at any = o.Object
	for _, step := range strings.Split(path, ".") {
		step = strings.ReplaceAll(step, "%2e", ".")
		switch v := at.(type) {
		case map[string]any:
			at = v[step]
		case []any:
			at = v[int(step[0]-'0')]
		}
	}
	text, _ := at.(string)
	return text
}
