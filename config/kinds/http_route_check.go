package kinds

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
	"github.com/gwctl/gwctl/internal/resource"
)

// checkRoute reports listeners that the gateway, where it is in the same
// configuration, does not have.
func checkRoute(b *resource.Block, siblings Siblings, f *Fragment) {
	for _, parent := range append([]*resource.Block{b}, b.BlocksOf("attach")...) {
		listener := argument(parent, "listener")
		gateway := argument(parent, "gateway")
		if listener == nil || gateway == nil {
			continue
		}
		name, isText := listener.Value.(string)
		ref, isRef := gateway.Value.(resource.Ref)
		if !isText || !isRef || ref.Address.IsZero() {
			continue
		}
		target, ok := siblings(ref.Address)
		if !ok {
			continue
		}
		var have []string
		for _, l := range target.BlocksOf("listener") {
			have = append(have, l.Label)
		}
		if slices.Contains(have, name) {
			continue
		}
		detail := fmt.Sprintf("%s has no listener %q; it has %s.", ref, name, quoted(have))
		if near := nearest(name, have); near != "" {
			detail += fmt.Sprintf(" Did you mean %q?", near)
		}
		f.Errorf(listener.Range, "Unknown listener", "%s", detail)
	}
}

func quoted(words []string) string {
	if len(words) == 0 {
		return "none"
	}
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = fmt.Sprintf("%q", w)
	}
	return strings.Join(out, ", ")
}

// nearest returns the word that a typing error may have made of name, or "".
func nearest(name string, words []string) string {
	best, distance := "", len(name)/3+2
	for _, w := range words {
		if d := levenshtein.Distance(name, w, nil); d < distance {
			best, distance = w, d
		}
	}
	return best
}
