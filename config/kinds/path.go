package kinds

import (
	"slices"
	"strings"

	"github.com/gwctl/gwctl/config/schema"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/zclconf/go-cty/cty"
)

// hasPath reports whether a path can name anything in a body: an argument, an
// entry of one that is a map, or nested blocks of a type or, with its name,
// one of them, or anything in it: rule.api.forward.backend.orders.weight.
func hasPath(body schema.Body, path string) bool {
	name, rest, inside := strings.Cut(path, ".")
	for _, a := range body.Attrs {
		if a.Name == name {
			return !inside || rest != "" && (a.Type.IsMapType() || a.Type == cty.DynamicPseudoType)
		}
	}
	i := slices.IndexFunc(body.Blocks, func(b schema.Block) bool { return b.Type == name })
	if i < 0 {
		return false
	}
	b := body.Blocks[i]
	if !inside {
		return true
	}
	if b.Label == "" && b.KeyAttr == "" {
		return hasPath(b.Body, rest)
	}
	if isName(b, rest) {
		return true
	}
	for at := range len(rest) {
		if at > 0 && rest[at] == '.' && hasPath(b.Body, rest[at+1:]) {
			return true // whatever is before the dot names the block
		}
	}
	return false
}

// isName reports whether s can name a block of a type: a label is one word, a
// key is written as the reference is, such as backend.orders["blue"].
func isName(b schema.Block, s string) bool {
	for _, a := range b.Body.Attrs {
		if a.Name != b.KeyAttr {
			continue
		}
		if address, err := resource.ParseAddress(s); err == nil {
			return slices.Contains(a.Refs, address.Kind)
		}
	}
	return s != "" && !strings.Contains(s, ".")
}
