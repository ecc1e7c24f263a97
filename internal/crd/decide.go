package crd

import (
	"slices"
	"sync"

	"github.com/gwctl/gwctl/internal/crd/rule"
	structural "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
)

// decider says of a field, and of those in it, whether a value surely keeps
// all rules. Most values do, and most rules are easy to tell it of; where it
// says no, CEL is asked, and writes the messages.
type decider struct {
	schema     *structural.Structural
	rules      func() ([]*rule.Rule, bool) // read when they are first asked for; false: one cannot be
	properties map[string]*decider
	items      *decider // of a list
	values     *decider // of a map
}

// newDecider returns nil for a field without rules in it.
func newDecider(s *structural.Structural, seen *seenField) *decider {
	if s == nil || !seen.below && !hasNested(s.ValueValidation) {
		return nil
	}
	d := &decider{schema: s, items: newDecider(s.Items, seen.items)}
	d.rules = sync.OnceValues(d.read)
	for name, property := range s.Properties {
		if sub := newDecider(&property, seen.properties[name]); sub != nil {
			if d.properties == nil {
				d.properties = make(map[string]*decider)
			}
			d.properties[name] = sub
		}
	}
	if s.AdditionalProperties != nil {
		d.values = newDecider(s.AdditionalProperties.Structural, seen.values)
	}
	return d
}

func (d *decider) read() ([]*rule.Rule, bool) {
	if hasNested(d.schema.ValueValidation) || len(d.schema.XValidations) > 0 && hasTypedText(d.schema) {
		return nil, false
	}
	var rules []*rule.Rule
	for _, written := range d.schema.XValidations {
		r, ok := rule.Parse(written.Rule)
		if !ok {
			return nil, false
		}
		rules = append(rules, r)
	}
	return rules, true
}

// hasNested reports whether there are rules where the decider does not look.
func hasNested(v *structural.ValueValidation) bool {
	if v == nil {
		return false
	}
	nested := func(n structural.NestedValueValidation) bool { return hasNestedRules(&n) }
	return slices.ContainsFunc(v.AllOf, nested) || slices.ContainsFunc(v.AnyOf, nested) ||
		slices.ContainsFunc(v.OneOf, nested) || hasNestedRules(v.Not)
}

func hasNestedRules(n *structural.NestedValueValidation) bool {
	if n == nil {
		return false
	}
	if len(n.XValidations) > 0 || hasNested(&n.ValueValidation) || hasNestedRules(n.Items) || hasNestedRules(n.AdditionalProperties) {
		return true
	}
	for _, property := range n.Properties {
		if hasNestedRules(&property) {
			return true
		}
	}
	return false
}

// hasTypedText reports whether rules see a text of the field as a value of
// another type.
func hasTypedText(s *structural.Structural) bool {
	if s == nil {
		return false
	}
	if v := s.ValueValidation; s.Type == "string" && v != nil {
		switch v.Format {
		case "duration", "date", "date-time", "byte":
			return true
		}
	}
	for _, property := range s.Properties {
		if hasTypedText(&property) {
			return true
		}
	}
	return hasTypedText(s.Items) || s.AdditionalProperties != nil && hasTypedText(s.AdditionalProperties.Structural)
}

// keepsAll reports whether a value surely keeps all rules of its field and of
// those in it.
func (d *decider) keepsAll(value any) bool {
	if d == nil || value == nil {
		return true
	}
	rules, ok := d.rules()
	if !ok {
		return false
	}
	for _, r := range rules {
		if !r.Holds(value) {
			return false
		}
	}
	switch value := value.(type) {
	case map[string]any:
		for key, v := range value {
			sub, ok := d.properties[key]
			if !ok {
				sub = d.values
			}
			if !sub.keepsAll(v) {
				return false
			}
		}
	case []any:
		for _, item := range value {
			if !d.items.keepsAll(item) {
				return false
			}
		}
	}
	return true
}
