package generate

import (
	"maps"
	"strings"

	"github.com/gwctl/gwctl/internal/resource"
)

// clean returns what somebody wants of an object: without what the API server,
// controllers and tools write about it.
func clean(o *resource.Object) *resource.Object {
	out := o.DeepCopy()
	delete(out.Object, "status")
	meta, _ := out.Object["metadata"].(map[string]any)
	kept := map[string]any{}
	for _, key := range []string{"name", "namespace", "labels", "annotations"} {
		if v := meta[key]; v != nil {
			kept[key] = v
		}
	}
	for _, key := range []string{"labels", "annotations"} {
		if marks, ok := kept[key].(map[string]any); ok {
			maps.DeleteFunc(marks, func(k string, _ any) bool { return isMark(k) })
			if len(marks) == 0 {
				delete(kept, key)
			}
		}
	}
	out.Object["metadata"] = kept
	return out
}

// isMark reports whether a label or annotation says who applied an object, and
// nothing about it.
func isMark(key string) bool {
	prefix, name, _ := strings.Cut(key, "/")
	switch prefix {
	case "gwctl.dev", "applyset.kubernetes.io", "argocd.argoproj.io", "kustomize.toolkit.fluxcd.io", "helm.toolkit.fluxcd.io":
		return true
	}
	return prefix == "kubectl.kubernetes.io" && name == "last-applied-configuration"
}
