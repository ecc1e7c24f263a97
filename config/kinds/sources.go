package kinds

import "github.com/gwctl/gwctl/internal/resource"

// Sources says where each field of an object was written in the block of a
// resource. It encodes the block again, this time with ranges: nothing of the
// kind is kept while all is well.
func Sources(r *resource.Resource, o *resource.Object) resource.Sources {
	k, ok := ByName(r.Address.Kind)
	if !ok || r.Block == nil {
		return resource.Sources{"": r.Range}
	}
	return retrace(k, r, Scope{Namespace: o.GetNamespace()}).sources
}

func retrace(k *Kind, r *resource.Resource, in Scope) *trace {
	tr := &trace{sources: resource.Sources{"": r.Block.Range}, words: make(map[string]string)}
	for _, d := range encode(k, r, in, tr).diags {
		tr.known = append(tr.known, *d.Subject)
	}
	return tr
}
