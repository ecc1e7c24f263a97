package server

import (
	"net/http"
	"testing"

	"github.com/gwctl/gwctl/providers/xds/api"
)

func TestObjectsOfAllOwnersWithTheirConditions(t *testing.T) {
	s := start(t, t.TempDir())
	s.commit(t, transaction(shop, basic(shop)...))
	s.commit(t, transaction(blog, create(gateway(blog, "blog", 8090)), create(route(blog, "stray", "nowhere", "/", "none"))))

	var list api.ObjectList
	s.get(t, api.PathObjects+"?all=true", http.StatusOK, &list)
	if got, want := names(list.Objects), "Backend default/orders@1, Gateway default/blog@2, Gateway default/public@1, HTTPRoute default/orders@1, HTTPRoute default/stray@2"; got != want {
		t.Errorf("got %s", got)
	}
	for _, o := range list.Objects {
		if o.Conditions != nil {
			t.Errorf("%s has conditions that nobody asked for", o.Object.GetName())
		}
	}

	list = api.ObjectList{}
	s.get(t, api.PathObjects+"?all=true&conditions=true", http.StatusOK, &list)
	if c := list.Objects[0].Conditions; c != nil {
		t.Errorf("a Backend has conditions: %+v", c)
	}
	if c := list.Objects[2].Conditions; c == nil || c.Listeners[0].Name != "http" || c.Listeners[0].AttachedRoutes != 1 || len(c.Conditions) != 2 {
		t.Errorf("of the Gateway: %+v", c)
	}
	if c := list.Objects[4].Conditions; c == nil || c.Parents[0].Parent.Name != "nowhere" || c.Parents[0].Conditions[0].Status || c.Parents[0].Conditions[0].Reason != "NoMatchingParent" {
		t.Errorf("of the stray route: %+v", c)
	}

	list = api.ObjectList{}
	s.get(t, api.PathObjects+"?id=gateway.networking.k8s.io/Gateway/default/blog&conditions=true", http.StatusOK, &list)
	if len(list.Objects) != 1 || list.Objects[0].Conditions == nil {
		t.Errorf("by its identity: %+v", list)
	}
}
