package crd

import structural "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"

// isPlain reports whether a value has only fields that the schema knows, and no
// two items in a list whose items must differ. Pruning then takes nothing out,
// and no list can be wrong: to see that costs a tenth of what doing it does.
func isPlain(s *structural.Structural, v any) bool {
	switch v := v.(type) {
	case map[string]any:
		var property structural.Structural // here, since one declared in the loop would be allocated
		var ok bool
		for key, value := range v {
			if property, ok = s.Properties[key]; ok {
				if !isPlain(&property, value) {
					return false
				}
			} else if s.AdditionalProperties == nil || s.AdditionalProperties.Structural == nil || !isPlain(s.AdditionalProperties.Structural, value) {
				return false
			}
		}
		return !s.XPreserveUnknownFields && !s.XEmbeddedResource
	case []any:
		if s.Items == nil || s.XListType != nil && *s.XListType != "atomic" && !isShort(v) {
			return false
		}
		for _, item := range v {
			if !isPlain(s.Items, item) {
				return false
			}
		}
	}
	return true
}

// isShort reports whether a list has at most one item, an object.
func isShort(list []any) bool {
	switch len(list) {
	case 0:
		return true
	case 1:
		_, ok := list[0].(map[string]any)
		return ok
	}
	return false
}

// isPlainRoot is isPlain but for metadata, which has no schema.
func isPlainRoot(s *structural.Structural, object map[string]any) bool {
	var property structural.Structural
	var ok bool
	for key, value := range object {
		if key == "metadata" {
			continue
		}
		if property, ok = s.Properties[key]; !ok || !isPlain(&property, value) {
			return false
		}
	}
	return true
}
