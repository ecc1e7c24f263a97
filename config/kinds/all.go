package kinds

import runtime "k8s.io/apimachinery/pkg/runtime/schema"

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
