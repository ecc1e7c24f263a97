package kinds

import (
	"maps"
	"reflect"
	"slices"
)

// fold puts the fields of src into dst. It returns the paths of fields that
// both set to different values, which keep the value they have in dst.
func fold(dst, src map[string]any, path string) []string {
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
		case isMap && areMaps:
			clashes = append(clashes, fold(a, b, at)...)
		case !reflect.DeepEqual(have, value):
			clashes = append(clashes, at)
		}
	}
	return clashes
}
