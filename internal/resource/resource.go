package resource

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// Resource is one instance of a block and the objects that it became. Where
// several blocks make one object (policies on one target), they share it.
type Resource struct {
	Address   Address
	Provider  string // provider block that applies it: "xds" or, with an alias, "xds.eu"
	Block     *Block // as written, with ranges; nil when rebuilt from objects
	Objects   []*Object
	DependsOn []Address // from references and depends_on, sorted
	Lifecycle Lifecycle
	Range     hcl.Range // the block's header
}

// Lifecycle is the block of that name.
type Lifecycle struct {
	PreventDestroy bool
	// IgnoreChanges lists arguments, as paths in HCL's words with names
	// instead of positions: `rule.api.forward.backend.orders.weight`,
	// `hostnames`, or `all`.
	IgnoreChanges []string
}

// Sources says which HCL range set each field of an object. Keys are paths as
// the API server prints them: "spec.rules[0].matches[1].path.value".
type Sources map[string]hcl.Range

// Find returns the range of the field, or of the nearest field around it that
// has one.
func (s Sources) Find(path string) (hcl.Range, bool) {
	for {
		if r, ok := s[path]; ok {
			return r, true
		}
		if path == "" {
			return hcl.Range{}, false
		}
		path = parentPath(path)
	}
}

func parentPath(path string) string {
	if i := strings.LastIndexAny(path, ".["); i >= 0 {
		return path[:i]
	}
	return ""
}
