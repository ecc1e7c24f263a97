package crd

import (
	"maps"
	"sync"

	structural "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
)

// rules are the CEL rules of a type. Compiling all of HTTPRoute's takes as long
// as validating hundreds of routes, and most are about fields that few use; and
// evaluating one copies the schema of every field beside those it reads. So
// rules are compiled, and schemas kept for evaluation, only for fields that
// were seen in an object.
type rules struct {
	schema *structural.Structural
	fields *seenField

	mu       sync.Mutex
	compiled *cel.Validator // with the rules of the fields seen
	ofRules  int64          // fields with rules when it was made
	root     *ruleNode      // compiled, with the schemas of the fields seen
	ofFields int64          // fields when it was made
}

func newRules(s *structural.Structural) *rules {
	return &rules{schema: s, fields: newSeenField(s, &seenCount{})}
}

// compile returns the rules of every field seen.
func (r *rules) compile() *ruleNode {
	r.mu.Lock()
	defer r.mu.Unlock()
	if n := r.fields.count.rules.Load(); n != r.ofRules {
		s := withoutRules(r.schema, r.fields)
		r.compiled, r.ofRules, r.ofFields = cel.NewValidator(&s, true, celconfig.PerCallLimit), n, 0
	}
	if n := r.fields.count.fields.Load(); n != r.ofFields {
		s := withoutFields(r.schema, r.fields)
		r.root, r.ofFields = newRuleNode(r.compiled, &s), n
	}
	return r.root
}

// withoutRules returns the schema without the rules of fields that were not
// seen. The types of all fields stay, since rules elsewhere speak of them.
func withoutRules(s *structural.Structural, seen *seenField) structural.Structural {
	if seen == nil || !seen.below {
		return *s
	}
	out := *s
	if !seen.is.Load() {
		out.XValidations = nil
	}
	if s.Items != nil {
		items := withoutRules(s.Items, seen.items)
		out.Items = &items
	}
	if s.Properties != nil {
		out.Properties = maps.Clone(s.Properties)
		for name, property := range s.Properties {
			out.Properties[name] = withoutRules(&property, seen.properties[name])
		}
	}
	if s.AdditionalProperties != nil && s.AdditionalProperties.Structural != nil {
		values := withoutRules(s.AdditionalProperties.Structural, seen.values)
		out.AdditionalProperties = &structural.StructuralOrBool{Structural: &values}
	}
	return out
}

// withoutFields returns the schema without the fields that were not seen. It
// says the same of objects that have none of them.
func withoutFields(s *structural.Structural, seen *seenField) structural.Structural {
	out := *s
	if seen == nil {
		return out
	}
	if s.Items != nil {
		items := withoutFields(s.Items, seen.items)
		out.Items = &items
	}
	if s.Properties != nil {
		out.Properties = make(map[string]structural.Structural)
		for name, property := range s.Properties {
			if sub := seen.properties[name]; sub.is.Load() {
				out.Properties[name] = withoutFields(&property, sub)
			}
		}
	}
	if s.AdditionalProperties != nil && s.AdditionalProperties.Structural != nil {
		values := withoutFields(s.AdditionalProperties.Structural, seen.values)
		out.AdditionalProperties = &structural.StructuralOrBool{Structural: &values}
	}
	return out
}
