package kinds

import (
	"fmt"
	"maps"

	"github.com/gwctl/gwctl/internal/resource"
)

// set gives a decoded block an argument.
func set(b *resource.Block, name string, value any) {
	b.Attrs = append(b.Attrs, resource.Attr{Name: name, Value: value})
}

// fields reads the fields of an object. What is read is taken out: what is
// left in the end has no argument of its own, and goes to `other`. A field of
// an unexpected type stays, so that nothing an object can hold is lost.
type fields struct{ left map[string]any }

func fieldsOf(v any) fields {
	m, _ := v.(map[string]any)
	return fields{maps.Clone(m)}
}

func take[T any](p fields, key string) (T, bool) {
	v, ok := p.left[key].(T)
	if ok {
		delete(p.left, key)
	}
	return v, ok
}

func (p fields) text(key string) string {
	s, _ := take[string](p, key)
	return s
}

func (p fields) number(key string) (int64, bool) {
	n, ok := whole(p.left[key])
	if ok {
		delete(p.left, key)
	}
	return n, ok
}

// list reads a list if every element is of one type.
func list[T any](p fields, key string) []any {
	l, ok := p.left[key].([]any)
	for _, v := range l {
		if _, fits := v.(T); !fits {
			return nil
		}
	}
	if ok {
		delete(p.left, key)
	}
	return l
}

// stringMap returns a map that holds strings alone, nil for anything else.
func stringMap(v any) map[string]any {
	m, _ := v.(map[string]any)
	for _, v := range m {
		if _, isText := v.(string); !isText {
			return nil
		}
	}
	if len(m) == 0 {
		return nil
	}
	return m
}

// sub reads a field that holds fields. Call put when it has been read.
func (p fields) sub(key string) fields { return fieldsOf(p.left[key]) }

// put takes a field out, or leaves what is left of it.
func (p fields) put(key string, sub fields) {
	if _, ok := p.left[key].(map[string]any); !ok {
		return
	}
	if len(sub.left) == 0 {
		delete(p.left, key)
	} else {
		p.left[key] = sub.left
	}
}

// keep leaves the elements of a list that have no words.
func (p fields) keep(key string, elements []any) {
	if len(elements) > 0 {
		p.left[key] = elements
	}
}

// other sets the argument for what is left over.
func (p fields) other(b *resource.Block) {
	if len(p.left) > 0 {
		set(b, "other", p.left)
	}
}

// unique numbers the keys of siblings that would be the same.
func unique(seen map[string]int, key string) string {
	seen[key]++
	if n := seen[key]; n > 1 {
		return fmt.Sprintf("%s#%d", key, n)
	}
	return key
}
