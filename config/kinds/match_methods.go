package kinds

import (
	"maps"
	"reflect"
	"slices"

	"github.com/gwctl/gwctl/internal/resource"
)

// namedMethod is a method that a match names, and where.
type namedMethod struct {
	name string // "" where it names none
	by   source
}

// methodsOf returns what a match says in method or methods: one for each match
// that the block stands for.
func (f *Fragment) methodsOf(m *resource.Block) []namedMethod {
	one, single := f.text(m, "method")
	several, multiple := f.texts(m, "methods")
	switch {
	case single != nil && multiple != nil:
		f.Errorf(multiple.Range, "method and methods", "A match has method or methods, not both. Write methods = [...] with all of them.")
	case multiple != nil && len(several) == 0:
		f.Errorf(multiple.Range, "No methods", "methods must name at least one method. Leave it out to match every method.")
	}
	if multiple == nil && single != nil {
		return []namedMethod{{one, from(single)}}
	}
	var out []namedMethod
	seen := make(map[string]bool, len(several))
	for i, method := range several {
		if seen[method] {
			f.Errorf(fromIndex(multiple, i).at, "Method listed twice", "%s is in methods already. Remove one.", method)
			continue
		}
		seen[method] = true
		out = append(out, namedMethod{method, fromIndex(multiple, i)})
	}
	if out == nil {
		return []namedMethod{{}}
	}
	return out
}

// foldMethods decodes the matches of a rule: those in a row that differ by
// method alone are one block. Split takes the method out of a match; read makes
// a block of both, or nil where there are no words for it.
func foldMethods(rule fields, split func(map[string]any) (fields, string), read func(rest fields, method string) *resource.Block) []*resource.Block {
	var blocks []*resource.Block
	var kept []any
	var last map[string]any // the match before, without its method
	for _, v := range list[map[string]any](rule, "matches") {
		p, method := split(v.(map[string]any))
		rest := maps.Clone(p.left)
		if method != "" && last != nil && reflect.DeepEqual(last, rest) && addMethod(blocks[len(blocks)-1], method) {
			continue
		}
		block := read(p, method)
		if block == nil {
			kept, last = append(kept, v), nil
			continue
		}
		blocks = append(blocks, block)
		last = nil
		if method != "" {
			last = rest
		}
	}
	rule.keep("matches", kept)
	return blocks
}

// addMethod adds a method to those of a match, unless it is among them.
func addMethod(b *resource.Block, method string) bool {
	if single := b.Attr("method"); single != nil {
		if single.Value == method {
			return false
		}
		*single = resource.Attr{Name: "methods", Value: []any{single.Value, method}}
		return true
	}
	several := b.Attr("methods")
	have, _ := several.Value.([]any)
	if slices.Contains(have, any(method)) {
		return false
	}
	several.Value = append(have, method)
	return true
}
