package referencegrant_test

import (
	"testing"

	"github.com/gwctl/gwctl/internal/referencegrant"
	"github.com/gwctl/gwctl/internal/resource"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

func TestReferencesIntoOtherNamespacesWantAGrant(t *testing.T) {
	const gatewayAPI = "gateway.networking.k8s.io"
	one := gatewayv1.ObjectName("one")
	grants := []*referencegrant.Grant{{Namespace: "shop", ReferenceGrantSpec: gatewayv1.ReferenceGrantSpec{
		From: []gatewayv1.ReferenceGrantFrom{{Group: gatewayAPI, Kind: "HTTPRoute", Namespace: "edge"}},
		To:   []gatewayv1.ReferenceGrantTo{{Kind: "Service"}, {Kind: "Secret", Name: &one}},
	}}}
	route := func(namespace string) resource.ID {
		return resource.ID{Group: gatewayAPI, Kind: "HTTPRoute", Namespace: namespace, Name: "a"}
	}
	for _, tt := range []struct {
		name     string
		from, to resource.ID
		want     bool
	}{
		{"any name", route("edge"), resource.ID{Kind: "Service", Namespace: "shop", Name: "x"}, true},
		{"the name", route("edge"), resource.ID{Kind: "Secret", Namespace: "shop", Name: "one"}, true},
		{"another name", route("edge"), resource.ID{Kind: "Secret", Namespace: "shop", Name: "two"}, false},
		{"another kind", route("edge"), resource.ID{Kind: "ConfigMap", Namespace: "shop", Name: "x"}, false},
		{"another group", route("edge"), resource.ID{Group: "example.com", Kind: "Service", Namespace: "shop", Name: "x"}, false},
		{"from another namespace", route("other"), resource.ID{Kind: "Service", Namespace: "shop", Name: "x"}, false},
		{"from another kind", resource.ID{Group: gatewayAPI, Kind: "TCPRoute", Namespace: "edge"}, resource.ID{Kind: "Service", Namespace: "shop", Name: "x"}, false},
		{"into another namespace", route("edge"), resource.ID{Kind: "Service", Namespace: "other", Name: "x"}, false},
		{"its own namespace", route("other"), resource.ID{Kind: "Service", Namespace: "other", Name: "x"}, true},
	} {
		if got := referencegrant.Permits(grants, tt.from, tt.to); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}
