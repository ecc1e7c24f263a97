package crd

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	structural "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
)

// conformsRoot reports whether an object surely meets its schema. It knows the
// parts of OpenAPI that most fields use, and is a hundred times faster than the
// API server's validator, which is asked where it says no, and writes the
// messages. Metadata is checked elsewhere.
func conformsRoot(s *structural.Structural, object map[string]any) bool {
	if !onlyKnown(s.ValueValidation) || !hasAll(s.ValueValidation, object) {
		return false
	}
	for key, value := range object {
		switch key {
		case "metadata":
			if _, ok := value.(map[string]any); !ok {
				return false
			}
		case "apiVersion", "kind":
			if _, ok := value.(string); !ok {
				return false
			}
		default:
			property, ok := s.Properties[key]
			if !ok || !conforms(&property, value) {
				return false
			}
		}
	}
	return true
}

func conforms(s *structural.Structural, value any) bool {
	if s.XIntOrString || s.XEmbeddedResource || s.XPreserveUnknownFields || !onlyKnown(s.ValueValidation) {
		return false
	}
	v := s.ValueValidation
	if v == nil {
		v = &structural.ValueValidation{}
	}
	switch value := value.(type) {
	case nil:
		return s.Nullable
	case map[string]any:
		return s.Type == "object" && len(v.Enum) == 0 && conformsObject(s, v, value)
	case []any:
		if s.Type != "array" || len(v.Enum) > 0 || s.Items == nil || !within(len(value), v.MinItems, v.MaxItems) {
			return false
		}
		for _, item := range value {
			if !conforms(s.Items, item) {
				return false
			}
		}
		return true
	case string:
		return s.Type == "string" && v.Format == "" && within(utf8.RuneCountInString(value), v.MinLength, v.MaxLength) &&
			isAllowed(v, value) && matches(v.Pattern, value)
	case int64:
		return s.Type == "integer" && len(v.Enum) == 0 && isInRange(v, value)
	case bool:
		return s.Type == "boolean" && len(v.Enum) == 0
	}
	return false
}

func conformsObject(s *structural.Structural, v *structural.ValueValidation, object map[string]any) bool {
	if !hasAll(v, object) || !within(len(object), v.MinProperties, v.MaxProperties) {
		return false
	}
	var property structural.Structural // here, since one declared in the loop would be allocated
	var ok bool
	for key, value := range object {
		if property, ok = s.Properties[key]; ok {
			if !conforms(&property, value) {
				return false
			}
		} else if s.AdditionalProperties == nil || s.AdditionalProperties.Structural == nil || !conforms(s.AdditionalProperties.Structural, value) {
			return false
		}
	}
	return true
}

// onlyKnown reports whether a schema says nothing but what is checked here.
func onlyKnown(v *structural.ValueValidation) bool {
	return v == nil || len(v.AllOf) == 0 && len(v.AnyOf) == 0 && len(v.OneOf) == 0 && v.Not == nil && v.MultipleOf == nil && !v.UniqueItems
}

func hasAll(v *structural.ValueValidation, object map[string]any) bool {
	if v == nil {
		return true
	}
	for _, key := range v.Required {
		if _, ok := object[key]; !ok {
			return false
		}
	}
	return true
}

func within(n int, low, high *int64) bool {
	return (low == nil || int64(n) >= *low) && (high == nil || int64(n) <= *high)
}

func isAllowed(v *structural.ValueValidation, value string) bool {
	return len(v.Enum) == 0 || slices.ContainsFunc(v.Enum, func(allowed structural.JSON) bool { return allowed.Object == value })
}

func isInRange(v *structural.ValueValidation, value int64) bool {
	switch v.Format {
	case "", "int64":
	case "int32":
		if value != int64(int32(value)) {
			return false
		}
	default:
		return false
	}
	n := float64(value)
	return int64(n) == value &&
		(v.Minimum == nil || n > *v.Minimum || n == *v.Minimum && !v.ExclusiveMinimum) &&
		(v.Maximum == nil || n < *v.Maximum || n == *v.Maximum && !v.ExclusiveMaximum)
}

var patterns = struct {
	sync.RWMutex
	compiled map[string]*regexp.Regexp // nil for one that does not compile
}{compiled: make(map[string]*regexp.Regexp)}

func matches(pattern, value string) bool {
	if pattern == "" {
		return true
	}
	patterns.RLock()
	compiled, ok := patterns.compiled[pattern]
	patterns.RUnlock()
	if !ok {
		kept := strings.Clone(pattern) // so that schemas may stay on the stack
		compiled, _ = regexp.Compile(kept)
		patterns.Lock()
		patterns.compiled[kept] = compiled
		patterns.Unlock()
	}
	return compiled != nil && compiled.MatchString(value)
}
