package kinds

import (
	"maps"
	"slices"

	"github.com/gwctl/gwctl/config/schema"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/zclconf/go-cty/cty"
)

// otherArg is the argument for fields of an object that have none of their own.
// It makes every field reachable, and every object of a kind expressible.
func otherArg(of string) schema.Attr {
	return schema.Attr{
		Name: "other", Type: cty.DynamicPseudoType,
		Doc: "Fields of the " + of + " that have no argument here, by their names in the object. Lists are added to what the arguments make.",
	}
}

// encodeOther writes the argument `other` of a block. It comes last: no field
// that an argument has set can be set again.
func encodeOther(b *resource.Block, p Field) {
	entries, a := p.f.entries(b, "other")
	if a == nil {
		return
	}
	p.add(entries, fromKey, a)
}

func (p Field) add(entries []entry, at func(*resource.Attr, string) source, a *resource.Attr) {
	for _, e := range entries {
		by := at(a, e.key)
		have, taken := p.m[e.key]
		switch value := e.value.(type) {
		case map[string]any:
			sub := p.Map(e.key, by)
			if _, isMap := have.(map[string]any); taken && !isMap {
				p.m[e.key] = have
				p.twice(e.key, by)
				continue
			}
			sub.add(sorted(value), func(*resource.Attr, string) source { return by }, a)
		case []any:
			list, isList := have.([]any)
			if taken && !isList {
				p.twice(e.key, by)
				continue
			}
			if p.f.trace != nil {
				for i := range value {
					p.note(p.element(e.key, len(list)+i), by)
				}
			}
			p.m[e.key] = append(list, value...)
		case nil:
		default:
			if taken {
				p.twice(e.key, by)
				continue
			}
			p.Set(e.key, value, by)
		}
	}
}

func (p Field) twice(key string, by source) {
	p.f.Errorf(by.at, "Field set twice", "other sets %s, which another argument of the block sets already. Keep one of them.", key)
}

func sorted(m map[string]any) []entry {
	out := make([]entry, 0, len(m))
	for _, key := range slices.Sorted(maps.Keys(m)) {
		out = append(out, entry{key, m[key]})
	}
	return out
}

// hasOther reports whether a block or one in it has fields without arguments.
func hasOther(b *resource.Block) bool {
	return b.Attr("other") != nil || slices.ContainsFunc(b.Blocks, hasOther)
}

// otherSets reports whether `other` sets a field.
func otherSets(b *resource.Block, key string) bool {
	a := argument(b, "other")
	if a == nil {
		return false
	}
	m, _ := a.Value.(map[string]any)
	return m[key] != nil
}
