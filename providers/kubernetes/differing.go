package kubernetes

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	apiequality "k8s.io/apimachinery/pkg/api/equality"

	"github.com/gwctl/gwctl/internal/resource"
)

// differing lists the fields in which two states of an object differ, but for
// what the API server counts itself; at most ten.
func differing(a, b *resource.Object) []string {
	var out []string
	walk(&out, "", comparable(a), comparable(b))
	return out
}

func comparable(o *resource.Object) map[string]any {
	top := maps.Clone(strip(o).Object)
	metadata, _ := top["metadata"].(map[string]any)
	metadata = maps.Clone(metadata)
	for _, field := range []string{"generation", "creationTimestamp", "uid"} {
		delete(metadata, field)
	}
	top["metadata"] = metadata
	return top
}

func walk(out *[]string, path string, a, b any) {
	if len(*out) >= 10 || apiequality.Semantic.DeepEqual(a, b) {
		return
	}
	x, isMap := a.(map[string]any)
	y, areMaps := b.(map[string]any)
	if isMap && areMaps {
		keys := slices.Collect(maps.Keys(x))
		for k := range y {
			if _, ok := x[k]; !ok {
				keys = append(keys, k)
			}
		}
		slices.Sort(keys)
		for _, k := range keys {
			walk(out, strings.TrimPrefix(path+"."+k, "."), x[k], y[k])
		}
		return
	}
	s, isList := a.([]any)
	t, areLists := b.([]any)
	if isList && areLists && len(s) == len(t) {
		for i := range s {
			walk(out, fmt.Sprintf("%s[%d]", path, i), s[i], t[i])
		}
		return
	}
	*out = append(*out, path)
}
