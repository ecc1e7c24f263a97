package kinds

import (
	"fmt"
	"math"

	"github.com/gwctl/gwctl/internal/resource"
	runtime "k8s.io/apimachinery/pkg/runtime/schema"
)

// argument returns what a block says, or nil for an argument that is absent or
// null.
func argument(b *resource.Block, name string) *resource.Attr {
	if a := b.Attr(name); a != nil && a.Value != nil {
		return a
	}
	return nil
}

// valueOf returns the value of an argument, nil where it is absent.
func valueOf(b *resource.Block, name string) any {
	if a := b.Attr(name); a != nil {
		return a.Value
	}
	return nil
}

// text reads an argument that is a string.
func (f *Fragment) text(b *resource.Block, name string) (string, *resource.Attr) {
	a := argument(b, name)
	if a == nil {
		return "", nil
	}
	s, ok := a.Value.(string)
	if !ok {
		f.wrongType(a, "a string")
		return "", nil
	}
	return s, a
}

// name reads an argument that is the name of an object, or a reference to it.
func (f *Fragment) name(b *resource.Block, name string) (string, *resource.Attr) {
	a := argument(b, name)
	if a == nil {
		return "", nil
	}
	if r, ok := a.Value.(resource.Ref); ok && r.ID.Name != "" {
		return r.ID.Name, a
	}
	return f.text(b, name)
}

// flag reads an argument that is true or false.
func (f *Fragment) flag(b *resource.Block, name string) (bool, *resource.Attr) {
	a := argument(b, name)
	if a == nil {
		return false, nil
	}
	v, ok := a.Value.(bool)
	if !ok {
		f.wrongType(a, "true or false")
		return false, nil
	}
	return v, a
}

// number reads an argument that is a whole number. One with a fraction is
// rounded once it is reported, since it is not missing as well.
func (f *Fragment) number(b *resource.Block, name string) (int64, *resource.Attr) {
	a := argument(b, name)
	if a == nil {
		return 0, nil
	}
	n, ok := whole(a.Value)
	if !ok {
		f.wrongType(a, "a whole number")
		if v, isNumber := a.Value.(float64); isNumber && math.Abs(v) <= 1<<53 {
			return int64(math.Ceil(v)), a
		}
		return 0, nil
	}
	return n, a
}

// whole returns a value that is a whole number of at most 2^53, the largest
// that survives JSON everywhere.
func whole(v any) (int64, bool) {
	switch v := v.(type) {
	case int64:
		return v, true
	case float64:
		return int64(v), v == math.Trunc(v) && math.Abs(v) <= 1<<53
	}
	return 0, false
}

// texts reads an argument that is a list of strings.
func (f *Fragment) texts(b *resource.Block, name string) ([]string, *resource.Attr) {
	a := argument(b, name)
	if a == nil {
		return nil, nil
	}
	list, ok := a.Value.([]any)
	out := make([]string, 0, len(list))
	for _, v := range list {
		s, isText := v.(string)
		ok = ok && isText
		out = append(out, s)
	}
	if !ok {
		f.wrongType(a, "a list of strings")
		return nil, nil
	}
	return out, a
}

// numbers reads an argument that is a list of whole numbers.
func (f *Fragment) numbers(b *resource.Block, name string) ([]int64, *resource.Attr) {
	a := argument(b, name)
	if a == nil {
		return nil, nil
	}
	list, ok := a.Value.([]any)
	out := make([]int64, 0, len(list))
	for _, v := range list {
		n, isWhole := whole(v)
		ok = ok && isWhole
		out = append(out, n)
	}
	if !ok {
		f.wrongType(a, "a list of whole numbers")
		return nil, nil
	}
	return out, a
}

// entry is one element of a map.
type entry struct {
	key   string
	value any
}

// entries reads an argument that is a map, sorted by key.
func (f *Fragment) entries(b *resource.Block, name string) ([]entry, *resource.Attr) {
	a := argument(b, name)
	if a == nil {
		return nil, nil
	}
	m, ok := a.Value.(map[string]any)
	if !ok {
		f.wrongType(a, "a map")
		return nil, nil
	}
	return sorted(m), a
}

// textEntries reads an argument that is a map of strings, sorted by key.
func (f *Fragment) textEntries(b *resource.Block, name string) ([]entry, *resource.Attr) {
	all, a := f.entries(b, name)
	for _, e := range all {
		if _, ok := e.value.(string); !ok {
			f.Errorf(fromKey(a, e.key).at, "Wrong type", "The value of %q in %s must be a string.", e.key, name)
			return nil, nil
		}
	}
	return all, a
}

// ref reads an argument that refers to another block, or to an object that
// another configuration owns. Such an object is of the type given, in the
// namespace of the block itself, unless the reference says otherwise.
func (f *Fragment) ref(b *resource.Block, name, kind string, foreign runtime.GroupKind) (resource.Ref, *resource.Attr) {
	a := argument(b, name)
	if a == nil {
		return resource.Ref{}, nil
	}
	r, ok := a.Value.(resource.Ref)
	if !ok || r.ID.Name == "" || r.ID.Kind == "" && foreign.Kind == "" {
		f.wrongType(a, fmt.Sprintf("a reference, such as %s.NAME, or { name = \"NAME\", namespace = \"NAMESPACE\" } for what another configuration owns", kind))
		return resource.Ref{}, nil
	}
	if r.ID.Kind == "" {
		r.ID.Group, r.ID.Kind = foreign.Group, foreign.Kind
	}
	if r.ID.Namespace == "" {
		r.ID.Namespace = f.ID.Namespace
	}
	return r, a
}

func (f *Fragment) wrongType(a *resource.Attr, want string) {
	f.Errorf(a.Range, "Wrong type", "%s must be %s.", a.Name, want)
}

// distinct reports entries of a map whose keys are the same name once folded,
// and returns the others.
func distinct(f *Fragment, entries []entry, a *resource.Attr, fold func(string) string) []entry {
	seen := make(map[string]string, len(entries))
	out := entries[:0:0]
	for _, e := range entries {
		if twin, ok := seen[fold(e.key)]; ok {
			f.Errorf(fromKey(a, e.key).at, "Name used twice", "%q and %q in %s are the same name. Keep one of them.", twin, e.key, a.Name)
			continue
		}
		seen[fold(e.key)] = e.key
		out = append(out, e)
	}
	return out
}
