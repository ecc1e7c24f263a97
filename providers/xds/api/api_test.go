package api

import (
	"testing"

	"github.com/gwctl/gwctl/internal/resource"
)

func TestIdentityInAQuery(t *testing.T) {
	for _, id := range []resource.ID{
		{Group: "gateway.networking.k8s.io", Kind: "HTTPRoute", Namespace: "default", Name: "orders"},
		{Group: "gateway.networking.k8s.io", Kind: "GatewayClass", Name: "gwctl"},
		{Kind: "Service", Namespace: "default", Name: "orders"},
	} {
		got, err := ParseID(FormatID(id))
		if err != nil || got != id {
			t.Errorf("%v became %v, %v", id, got, err)
		}
	}
	for _, s := range []string{"", "orders", "HTTPRoute/default/orders", "g//default/orders", "g/HTTPRoute/default/", "g/HTTPRoute/a/b/c"} {
		if id, err := ParseID(s); err == nil {
			t.Errorf("%q was read as %v", s, id)
		}
	}
}

func FuzzParseID(f *testing.F) {
	f.Add("gateway.networking.k8s.io/HTTPRoute/default/orders")
	f.Add("/Service/default/x")
	f.Fuzz(func(t *testing.T, s string) {
		id, err := ParseID(s)
		if err == nil && FormatID(id) != s {
			t.Errorf("%q became %q", s, FormatID(id))
		}
	})
}
