package kinds

import (
	"maps"
	"reflect"
	"slices"
)

// fold puts the fields of src into dst, and what both have at a path of appends
// one behind the other. It returns the paths of other fields that both set to
// different values, which keep the value they have in dst.
func fold(dst, src map[string]any, path string, appends []string) []string {
	var clashes []string
	for _, key := range slices.Sorted(maps.Keys(src)) {
		at := key
		if path != "" {
			at = path + "." + key
		}
		value := src[key]
		have, taken := dst[key]
		if !taken {
			dst[key] = value
			continue
		}
		a, isMap := have.(map[string]any)
		b, areMaps := value.(map[string]any)
		switch {
		case slices.Contains(appends, at):
			dst[key] = joined(have, value)
		case isMap && areMaps:
			clashes = append(clashes, fold(a, b, at, appends)...)
		case !reflect.DeepEqual(have, value):
			clashes = append(clashes, at)
		}
	}
	return clashes
}

// joined is one list behind another, or lines behind others.
func joined(have, more any) any {
	if text, ok := have.(string); ok {
		lines, _ := more.(string)
		return text + "\n" + lines
	}
	list, _ := have.([]any)
	rest, _ := more.([]any)
	return slices.Concat(list, rest)
}
