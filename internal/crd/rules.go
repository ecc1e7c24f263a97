package crd

import (
	"maps"
	"sync"
	"sync/atomic"

	structural "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
)

// rules are the CEL rules of a type. Compiling all of HTTPRoute's takes as long
// as validating a hundred routes, and most are about fields that few use, so
// only those are compiled that stand at fields which were seen in an object.
type rules struct {
	schema *structural.Structural
	root   *place
	seen   atomic.Int64 // places seen

	mu       sync.Mutex
	compiled *cel.Validator
	covers   int64 // places seen when compiled was made
}

// place is a field with rules in or under it.
type place struct {
	seen       atomic.Bool
	properties map[string]*place
	items      *place // of a list
	values     *place // of a map
}

func newRules(s *structural.Structural) *rules {
	return &rules{schema: s, root: newPlace(s)}
}

// newPlace returns nil where there are no rules.
func newPlace(s *structural.Structural) *place {
	if s == nil {
		return nil
	}
	p := &place{items: newPlace(s.Items), properties: make(map[string]*place)}
	for name, property := range s.Properties {
		if sub := newPlace(&property); sub != nil {
			p.properties[name] = sub
		}
	}
	if s.AdditionalProperties != nil {
		p.values = newPlace(s.AdditionalProperties.Structural)
	}
	if len(s.XValidations) == 0 && p.items == nil && p.values == nil && len(p.properties) == 0 {
		return nil
	}
	return p
}

// see marks the places that an object has.
func (r *rules) see(object map[string]any) { r.visit(r.root, object) }

func (r *rules) visit(p *place, value any) {
	if p == nil || value == nil {
		return
	}
	if !p.seen.Load() && p.seen.CompareAndSwap(false, true) {
		r.seen.Add(1)
	}
	switch value := value.(type) {
	case map[string]any:
		for key, v := range value {
			if sub, ok := p.properties[key]; ok {
				r.visit(sub, v)
			} else {
				r.visit(p.values, v)
			}
		}
	case []any:
		for _, v := range value {
			r.visit(p.items, v)
		}
	}
}

// validator returns a validator that has the rules of every place seen; nil
// when there are none.
func (r *rules) validator() *cel.Validator {
	r.mu.Lock()
	defer r.mu.Unlock()
	if seen := r.seen.Load(); seen != r.covers {
		s := prune(r.schema, r.root)
		r.compiled = cel.NewValidator(&s, true, celconfig.PerCallLimit)
		r.covers = seen
	}
	return r.compiled
}

// prune returns the schema without the rules of places that were not seen. The
// types of all fields stay, since rules elsewhere may speak of them.
func prune(s *structural.Structural, p *place) structural.Structural {
	out := *s
	if p == nil {
		return out
	}
	if !p.seen.Load() {
		out.XValidations = nil
	}
	if p.items != nil {
		items := prune(s.Items, p.items)
		out.Items = &items
	}
	if len(p.properties) > 0 {
		out.Properties = maps.Clone(s.Properties)
		for name, sub := range p.properties {
			property := s.Properties[name]
			out.Properties[name] = prune(&property, sub)
		}
	}
	if p.values != nil {
		values := *s.AdditionalProperties
		pruned := prune(values.Structural, p.values)
		values.Structural = &pruned
		out.AdditionalProperties = &values
	}
	return out
}
