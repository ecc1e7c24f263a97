package kinds

import (
	"testing"

	"github.com/gwctl/gwctl/internal/resource"
)

func TestObjectNamesComeFromTheAddress(t *testing.T) {
	for address, want := range map[string]string{
		`http_route.orders`:                                    "orders",
		`http_route.orders_v2`:                                 "orders-v2",
		`backend.tenant["blue"]`:                               "tenant-blue",
		`backend.tenant["blue_green"]`:                         "tenant-blue-green",
		`backend.tenant[0]`:                                    "tenant-0",
		`module.eu.backend.orders`:                             "eu-orders",
		`module.eu["a.b"].module.inner[2].backend.orders["x"]`: "eu-a.b-inner-2-orders-x",
		`module.module.module.module["module"].backend.module`: "module-module-module-module",
	} {
		a, err := resource.ParseAddress(address)
		if err != nil {
			t.Fatal(err)
		}
		if got := deriveName(a); got != want {
			t.Errorf("%s makes the object %q, want %q", address, got, want)
		}
	}
}
