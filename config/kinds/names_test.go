package kinds_test

import (
	"github.com/gwctl/gwctl/config/kinds"
	"github.com/gwctl/gwctl/internal/resource"
)

// namesOf finds the address of each object, and of each object that a block
// only refers to, such as the Service of a backend.
func namesOf(rs []*resource.Resource) kinds.Names {
	names := make(map[resource.ID]resource.Address, len(rs))
	for _, r := range rs {
		if k, ok := kinds.ByName(r.Address.Kind); ok {
			names[k.Refer(r.Block, r.Address, kinds.Scope{}).ID] = r.Address
		}
	}
	return func(id resource.ID) (resource.Address, bool) {
		a, ok := names[id]
		return a, ok
	}
}
