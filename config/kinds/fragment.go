package kinds

import (
	"fmt"
	"strconv"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/hashicorp/hcl/v2"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// Fragment is what one block contributes to an object, and what is wrong with
// the block. Encode writes it; Compose folds fragments of one object together.
type Fragment struct {
	Address resource.Address
	Scope   Scope
	ID      resource.ID // the object it belongs to; a kind whose objects are shared sets its own

	root  map[string]any
	none  bool
	diags hcl.Diagnostics
	trace *trace
}

// trace records where each field was written. It is kept only when asked for:
// in a normal run nobody looks at the ranges of 10,000 routes.
type trace struct {
	sources resource.Sources
	words   map[string]string // path of a field -> the argument or block that set it
	known   []hcl.Range       // places at which Encode found something wrong
}

// Field is a place in the object under construction that holds fields itself.
type Field struct {
	f    *Fragment
	m    map[string]any
	path string // "" unless traced
}

// source is the argument or block that a field comes from.
type source struct {
	word    string
	element string // of an argument that is a list or map
	quoted  bool   // element is a key, not an index
	at      hcl.Range
}

// String returns what users call it: hostnames[1], set["x-via"].
func (s source) String() string {
	switch {
	case s.element == "":
		return s.word
	case s.quoted:
		return fmt.Sprintf("%s[%q]", s.word, s.element)
	}
	return fmt.Sprintf("%s[%s]", s.word, s.element)
}

// place says where something is, for the middle of a sentence.
func place(at hcl.Range) string { return fmt.Sprintf("%s line %d", at.Filename, at.Start.Line) }

// from is the source of what an argument sets.
func from(a *resource.Attr) source { return source{word: a.Name, at: a.Range} }

// fromKey is the source of one element of a map.
func fromKey(a *resource.Attr, key string) source { return fromElement(a, key, true) }

// fromIndex is the source of one element of a list.
func fromIndex(a *resource.Attr, i int) source { return fromElement(a, strconv.Itoa(i), false) }

func fromElement(a *resource.Attr, key string, quoted bool) source {
	by := source{word: a.Name, element: key, quoted: quoted, at: a.Range}
	if r, ok := a.ValueRanges[key]; ok {
		by.at = r.Range
	}
	return by
}

// within is the source of what a block as a whole stands for.
func within(b *resource.Block) source { return source{word: title(b), at: b.Range} }

// title returns the header of a block as users write it.
func title(b *resource.Block) string {
	if b.Label == "" {
		return b.Type
	}
	return fmt.Sprintf("%s %q", b.Type, b.Label)
}

// Root returns the object itself.
func (f *Fragment) Root() Field { return Field{f: f, m: f.root} }

// Spec returns the object's spec.
func (f *Fragment) Spec(b *resource.Block) Field { return f.Root().Map("spec", within(b)) }

// MakesNothing says that the block stands for an object that exists already.
func (f *Fragment) MakesNothing() { f.none = true }

// Errorf reports what is wrong with the block at a place.
func (f *Fragment) Errorf(at hcl.Range, summary, detail string, args ...any) {
	f.diags = append(f.diags, &hcl.Diagnostic{
		Severity: hcl.DiagError, Summary: summary, Detail: fmt.Sprintf(detail, args...), Subject: at.Ptr(),
	})
}

// Set sets a scalar or list field.
func (p Field) Set(key string, value any, by source) {
	p.m[key] = value
	p.note(p.child(key), by)
}

// Entry sets an entry of a map, whose keys are no fields.
func (p Field) Entry(key string, value any, by source) {
	p.m[key] = value
	if p.f.trace != nil {
		p.note(p.key(key), by)
	}
}

// Map returns a field that holds fields, making it where it is absent.
func (p Field) Map(key string, by source) Field {
	m, ok := p.m[key].(map[string]any)
	if !ok {
		m = make(map[string]any)
		p.m[key] = m
	}
	sub := Field{f: p.f, m: m, path: p.child(key)}
	if !ok {
		p.note(sub.path, by)
	}
	return sub
}

// Item appends to a list of fields.
func (p Field) Item(key string, by source) Field {
	list, _ := p.m[key].([]any)
	m := make(map[string]any)
	p.m[key] = append(list, m)
	item := Field{f: p.f, m: m}
	if p.f.trace != nil {
		item.path = p.element(key, len(list))
		p.note(item.path, by)
	}
	return item
}

// Strings sets a list of strings, each with the place where it is written.
func (p Field) Strings(key string, values []string, a *resource.Attr) {
	list := make([]any, len(values))
	for i, v := range values {
		list[i] = v
		if p.f.trace != nil {
			p.note(p.element(key, i), fromIndex(a, i))
		}
	}
	p.Set(key, list, from(a))
}

// locate notes the places of the elements of a field's value. A key of a map may
// be a field or an entry: both ways of the API server to write it are noted.
func (f *Fragment) locate(path string, ranges resource.ElementRanges) {
	for key, r := range ranges {
		for _, inner := range []string{path + "." + key, field.NewPath(path).Key(key).String()} {
			f.trace.sources[inner] = r.Range
			f.locate(inner, r.Elements)
		}
	}
}

func (p Field) child(key string) string {
	if p.f.trace == nil {
		return ""
	}
	if p.path == "" {
		return key
	}
	return p.path + "." + key
}

func (p Field) element(key string, i int) string {
	return fmt.Sprintf("%s[%d]", p.child(key), i)
}

// key names an entry of a map as the API server does: metadata.labels[a/b].
func (p Field) key(key string) string { return field.NewPath(p.path).Key(key).String() }

func (p Field) note(path string, by source) {
	if p.f.trace == nil {
		return
	}
	if by.at != (hcl.Range{}) {
		p.f.trace.sources[path] = by.at
	}
	p.f.trace.words[path] = by.String()
}
