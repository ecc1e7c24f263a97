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

// checkTarget refuses blocks of a rule, or of a forward in it, that the
// provider xds does not translate yet.
func checkTarget(b *resource.Block, f *Fragment) {
	if f.Scope.Provider != "xds" {
		return
	}
	for _, n := range b.Blocks {
		switch n.Type {
		case "mirror", "cors", "retry", "session_persistence":
		case "rewrite":
			if b.Type != "forward" {
				continue
			}
		default:
			continue
		}
		f.Errorf(n.Range, "Unsupported block", "The provider xds does not support %s in a %s yet. Remove it, or apply the route to a cluster with provider \"kubernetes\".", n.Type, b.Type)
	}
}
