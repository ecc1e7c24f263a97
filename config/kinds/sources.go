package kinds

import (
	"maps"
	"strings"

	"github.com/gwctl/gwctl/internal/resource"
)

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

// traced finds out where the fields of an object were written.
func traced(o *resource.Object, authors []*resource.Resource) *trace {
	tr := &trace{sources: resource.Sources{}, words: map[string]string{}}
	for _, r := range authors {
		part := &trace{sources: resource.Sources{"": r.Range}}
		if k, ok := ByName(r.Address.Kind); ok && r.Block != nil {
			part = retrace(k, r, scopeOf(r, o))
		}
		maps.Copy(tr.sources, part.sources)
		maps.Copy(tr.words, part.words)
		tr.known = append(tr.known, part.known...)
	}
	return tr
}

// scopeOf is the scope that an object was made in, as far as encoding it again
// depends on it.
func scopeOf(r *resource.Resource, o *resource.Object) Scope {
	typ, _, _ := strings.Cut(r.Provider, ".")
	return Scope{Namespace: o.GetNamespace(), Provider: typ, Class: "any"}
}
