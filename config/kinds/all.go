package kinds

import (
	"github.com/gwctl/gwctl/internal/resource"
	runtime "k8s.io/apimachinery/pkg/runtime/schema"
)

// all is the list of kinds: a new one is added here.
var all = []*Kind{backend, gateway, httpRoute}

// All returns every kind, sorted by name.
func All() []*Kind { return append([]*Kind(nil), all...) }

// ByName returns the kind of a block type.
func ByName(name string) (*Kind, bool) {
	for _, k := range all {
		if k.Name == name {
			return k, true
		}
	}
	return nil, false
}

// Of returns the kind whose blocks make objects of a type.
func Of(gk runtime.GroupKind) (*Kind, bool) {
	for _, k := range all {
		if k.Object.GroupKind() == gk {
			return k, true
		}
	}
	return nil, false
}

// NamesOf returns what finds the address of each object, and of each object
// that a block only refers to, such as the Service of a backend.
func NamesOf(rs []*resource.Resource, scopes map[string]Scope) Names {
	names := make(map[resource.ID]resource.Address, len(rs))
	for _, r := range rs {
		if k, ok := ByName(r.Address.Kind); ok && r.Block != nil {
			names[k.Refer(r.Block, r.Address, scopes[r.Provider]).ID] = r.Address
		}
	}
	for _, r := range rs {
		for _, o := range r.Objects {
			names[resource.IDOf(o)] = r.Address
		}
	}
	return func(id resource.ID) (resource.Address, bool) {
		a, ok := names[id]
		return a, ok
	}
}
