package kinds_test

import (
	"slices"
	"testing"

	"github.com/gwctl/gwctl/internal/resource"
)

// A class is there before the gateways that name it, whichever way they do.
func TestGatewaysWaitForTheirClass(t *testing.T) {
	loaded := loadArchive(t, "testdata/kubernetes.txtar")
	for gateway, class := range map[string]string{"gateway.public": "gateway_class.eg", "gateway.internal": "gateway_class.internal"} {
		i := slices.IndexFunc(loaded.Resources, func(r *resource.Resource) bool { return r.Address.String() == gateway })
		if got := loaded.Resources[i].DependsOn; len(got) != 1 || got[0].String() != class {
			t.Errorf("%s waits for %v", gateway, got)
		}
	}
}
