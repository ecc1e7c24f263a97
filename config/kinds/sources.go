package kinds

import (
	"fmt"
	"maps"
	"strconv"
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
	tr := retrace(k, r, Scope{Namespace: o.GetNamespace()})
	return inShared(k, tr.sources, o, r.Address)
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
		k, ok := ByName(r.Address.Kind)
		if ok && r.Block != nil {
			part = retrace(k, r, scopeOf(r, o))
		}
		maps.Copy(tr.sources, inShared(k, part.sources, o, r.Address))
		maps.Copy(tr.words, inShared(k, part.words, o, r.Address))
		tr.known = append(tr.known, part.known...)
	}
	return tr
}

// inShared counts the elements of a block's lists from where they begin in the
// object that it shares.
func inShared[V any](k *Kind, of map[string]V, o *resource.Object, a resource.Address) map[string]V {
	if k == nil || k.Shared == nil {
		return of
	}
	out := make(map[string]V, len(of))
	for path, v := range of {
		for _, list := range k.Shared.Appends {
			rest, inside := strings.CutPrefix(path, list+"[")
			index, behind, _ := strings.Cut(rest, "]")
			if n, err := strconv.Atoi(index); inside && err == nil {
				path = fmt.Sprintf("%s[%d]%s", list, n+k.Shared.Begin(o, a, list), behind)
				break
			}
		}
		out[path] = v
	}
	return out
}

// scopeOf is the scope that an object was made in, as far as encoding it again
// depends on it.
func scopeOf(r *resource.Resource, o *resource.Object) Scope {
	typ, _, _ := strings.Cut(r.Provider, ".")
	return Scope{Namespace: o.GetNamespace(), Provider: typ, Class: "any"}
}
