package kubernetes

import (
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/providers"
)

// place is where objects of one type are listed together.
type place struct {
	gvk       schema.GroupVersionKind
	namespace string
}

// wanted is what a query asks for, by place.
type wanted struct {
	places  map[place][]resource.ID
	desired map[resource.ID]*resource.Object
}

// sortOut finds where the objects of a query are. An object that is configured
// is read in the version that it is written in.
func sortOut(q providers.Query) wanted {
	w := wanted{places: map[place][]resource.ID{}, desired: map[resource.ID]*resource.Object{}}
	versions := map[schema.GroupKind]string{}
	for _, o := range slices.Concat(q.Desired, q.Prior) {
		gvk := o.GroupVersionKind()
		if _, ok := versions[gvk.GroupKind()]; !ok {
			versions[gvk.GroupKind()] = gvk.Version
		}
	}
	seen := map[resource.ID]bool{}
	add := func(o *resource.Object) {
		id := resource.IDOf(o)
		if seen[id] {
			return
		}
		seen[id] = true
		at := place{id.GroupKind().WithVersion(versions[id.GroupKind()]), id.Namespace}
		w.places[at] = append(w.places[at], id)
	}
	for _, o := range q.Desired {
		w.desired[resource.IDOf(o)] = o
		add(o)
	}
	for _, o := range q.Prior {
		add(o)
	}
	return w
}

// definedBy are the types that objects of a query define themselves: before
// the first apply the cluster does not serve them.
func definedBy(objects []*resource.Object) map[schema.GroupKind]bool {
	out := map[schema.GroupKind]bool{}
	for _, o := range objects {
		if o.GetKind() != "CustomResourceDefinition" {
			continue
		}
		spec, _ := o.Object["spec"].(map[string]any)
		names, _ := spec["names"].(map[string]any)
		group, _ := spec["group"].(string)
		kind, _ := names["kind"].(string)
		out[schema.GroupKind{Group: group, Kind: kind}] = true
	}
	return out
}
