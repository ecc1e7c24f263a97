package translate

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/gwctl/gwctl/internal/resource"
)

// Edit is a field that somebody changed, with its new value: a string, a number
// or a bool; nil where it is gone.
type Edit struct {
	Origin
	Value any
}

// Edits lists what differs between two versions of an object's spec, and of the
// files that it names, ordered by path. Either version may be nil: then all of the other is new, or gone.
func Edits(before, after *resource.Object) []Edit {
	var id resource.ID
	fields := func(o *resource.Object) map[string]any {
		out := map[string]any{}
		if o != nil {
			id = resource.IDOf(o)
			flatten("spec", o.Object["spec"], out)
			for name, path := range o.GetAnnotations() {
				if strings.HasPrefix(name, resource.FilePrefix) {
					out["metadata.annotations["+name+"]"] = path
				}
			}
		}
		return out
	}
	old, now := fields(before), fields(after)
	for path := range old {
		if _, ok := now[path]; !ok {
			now[path] = nil
		}
	}
	var out []Edit
	for _, path := range slices.Sorted(maps.Keys(now)) {
		if value, ok := old[path]; !ok || !reflect.DeepEqual(value, now[path]) {
			out = append(out, Edit{Origin{id, path}, now[path]})
		}
	}
	return out
}

// flatten collects the values below a field by their paths.
func flatten(path string, v any, into map[string]any) {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			flatten(join(path, k), e, into)
		}
	case []any:
		for i, e := range v {
			flatten(index(path, i), e, into)
		}
	case nil:
	default:
		into[path] = v
	}
}
