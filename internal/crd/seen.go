package crd

import (
	"sync/atomic"

	structural "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
)

// seenField says of a field in a schema whether an object had it.
type seenField struct {
	is         atomic.Bool
	rules      bool // has CEL rules
	below      bool // has CEL rules, or a field in it has
	properties map[string]*seenField
	items      *seenField // of a list
	values     *seenField // of a map
	count      *seenCount
}

// seenCount grows with each field of a schema that is seen for the first time.
type seenCount struct {
	fields, rules atomic.Int64
	embeds        bool // some field holds whole objects, with metadata of their own
}

func newSeenField(s *structural.Structural, count *seenCount) *seenField {
	if s == nil {
		return nil
	}
	f := &seenField{rules: len(s.XValidations) > 0, items: newSeenField(s.Items, count), count: count}
	count.embeds = count.embeds || s.XEmbeddedResource
	f.below = f.rules || f.items != nil && f.items.below
	if len(s.Properties) > 0 {
		f.properties = make(map[string]*seenField, len(s.Properties))
	}
	for name, property := range s.Properties {
		sub := newSeenField(&property, count)
		f.properties[name] = sub
		f.below = f.below || sub.below
	}
	if s.AdditionalProperties != nil {
		f.values = newSeenField(s.AdditionalProperties.Structural, count)
		f.below = f.below || f.values != nil && f.values.below
	}
	return f
}

// see marks the fields that a value has.
func (f *seenField) see(value any) {
	if f == nil {
		return
	}
	if !f.is.Load() && f.is.CompareAndSwap(false, true) {
		f.count.fields.Add(1)
		if f.rules {
			f.count.rules.Add(1)
		}
	}
	switch value := value.(type) {
	case map[string]any:
		for key, v := range value {
			if sub, ok := f.properties[key]; ok {
				sub.see(v)
			} else {
				f.values.see(v)
			}
		}
	case []any:
		for _, v := range value {
			f.items.see(v)
		}
	}
}
