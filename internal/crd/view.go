package crd

import (
	"encoding/binary"
	"maps"
	"regexp"
	"slices"

	structural "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	apiservercel "k8s.io/apiserver/pkg/cel"
)

var celWord = regexp.MustCompile(`[A-Za-z_][A-Za-z0-9_]*`)

// view returns the part of a field's schema that its rules can see: rules reach
// a field of an object by its name alone, so one whose name is no word of any
// rule is out of their sight. Values that look alike get the same verdict: what
// the routes of a for_each differ in is mostly nothing that a given rule asks
// for. (Two objects compared as a whole would differ in hidden fields too; no
// embedded rule does that, and a test watches over it.)
func view(s *structural.Structural) *structural.Structural {
	words := make(map[string]bool)
	for _, r := range s.XValidations {
		for _, word := range celWord.FindAllString(r.Rule, -1) {
			words[word] = true
		}
	}
	seen := visible(s, words)
	return &seen
}

func visible(s *structural.Structural, words map[string]bool) structural.Structural {
	out := *s
	if s.Items != nil {
		items := visible(s.Items, words)
		out.Items = &items
	}
	if s.Properties != nil {
		out.Properties = make(map[string]structural.Structural)
		for name, property := range s.Properties {
			if escaped, ok := apiservercel.Escape(name); ok && words[escaped] {
				out.Properties[name] = visible(&property, words)
			}
		}
	}
	if s.AdditionalProperties != nil && s.AdditionalProperties.Structural != nil {
		values := visible(s.AdditionalProperties.Structural, words)
		out.AdditionalProperties = &structural.StructuralOrBool{Structural: &values}
	}
	return out
}

// lens writes down what a view shows of a value.
type lens struct {
	whole  bool     // all of it
	names  []string // of an object's fields, sorted
	fields []*lens
	items  *lens // of a list
}

func newLens(s *structural.Structural) *lens {
	switch {
	case s.XPreserveUnknownFields || s.XEmbeddedResource || s.AdditionalProperties != nil:
		return &lens{whole: true}
	case s.Items != nil:
		return &lens{items: newLens(s.Items)}
	case s.Type != "object":
		return &lens{whole: true}
	}
	l := &lens{names: slices.Sorted(maps.Keys(s.Properties))}
	for _, name := range l.names {
		property := s.Properties[name]
		l.fields = append(l.fields, newLens(&property))
	}
	return l
}

// append writes as appendCanonical does.
func (l *lens) append(buf []byte, v any) ([]byte, bool) {
	if l.whole {
		return appendCanonical(buf, v)
	}
	ok := true
	switch v := v.(type) {
	case []any:
		if l.items == nil {
			return buf, false
		}
		buf = binary.AppendUvarint(append(buf, 'l'), uint64(len(v)))
		for _, item := range v {
			if buf, ok = l.items.append(buf, item); !ok {
				return buf, false
			}
		}
		return buf, true
	case map[string]any:
		if l.items != nil {
			return buf, false
		}
		buf = append(buf, 'o')
		for i, name := range l.names {
			value, has := v[name]
			if !has {
				buf = append(buf, '-')
				continue
			}
			if buf, ok = l.fields[i].append(buf, value); !ok {
				return buf, false
			}
		}
		return buf, true
	}
	return appendCanonical(buf, v)
}
