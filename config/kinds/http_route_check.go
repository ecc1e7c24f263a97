package kinds

import (
	"slices"

	"github.com/gwctl/gwctl/internal/diag"
	"github.com/gwctl/gwctl/internal/resource"
)

// checkRoute reports listeners that the gateway, where it is in the same
// configuration, does not have.
func checkRoute(b *resource.Block, siblings Siblings, f *Fragment) {
	for _, parent := range append([]*resource.Block{b}, b.BlocksOf("attach")...) {
		listener := argument(parent, "listener")
		gateway := argument(parent, "gateway")
		if listener == nil || gateway == nil {
			continue
		}
		name, isText := listener.Value.(string)
		ref, isRef := gateway.Value.(resource.Ref)
		if !isText || !isRef || ref.Address.IsZero() {
			continue
		}
		target, ok := siblings(ref.Address)
		if !ok {
			continue
		}
		var have []string
		for _, l := range target.BlocksOf("listener") {
			have = append(have, l.Label)
		}
		if !slices.Contains(have, name) {
			f.Errorf(listener.Range, "Unknown listener", "%s has no listener %q.%s", ref, name, diag.Allowed(name, have))
		}
	}
}
