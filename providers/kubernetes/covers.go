package kubernetes

import (
	apiequality "k8s.io/apimachinery/pkg/api/equality"

	"github.com/gwctl/gwctl/internal/resource"
)

// covers reports whether an object has all that another one says. Lists are
// compared by their elements in order, which may have more fields.
func covers(whole, part *resource.Object) bool {
	return has(whole.Object, part.Object)
}

func has(whole, part any) bool {
	switch part := part.(type) {
	case map[string]any:
		m, ok := whole.(map[string]any)
		for k, v := range part {
			if !ok || !has(m[k], v) {
				return false
			}
		}
		return ok || len(part) == 0
	case []any:
		list, ok := whole.([]any)
		if !ok || len(list) != len(part) {
			return false
		}
		for i := range part {
			if !has(list[i], part[i]) {
				return false
			}
		}
		return true
	}
	return apiequality.Semantic.DeepEqual(whole, part)
}
