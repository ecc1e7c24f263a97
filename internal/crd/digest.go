package crd

import (
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"math"
	"slices"

	"github.com/gwctl/gwctl/internal/resource"
)

// rulesVersion changes when Validate finds other things wrong than before with
// the same definitions.
const rulesVersion = 1

// digest identifies a verdict: of one object, by one version of its schema. It
// is false for objects that have none.
func digest(o *resource.Object, buf []byte) ([sha256.Size]byte, []byte, bool) {
	if o == nil || o.Object == nil {
		return [sha256.Size]byte{}, buf, false
	}
	def, ok := lookup(o.GroupVersionKind())
	if !ok {
		return [sha256.Size]byte{}, buf, false
	}
	schema := def.digest()
	buf = append(append(buf[:0], rulesVersion), schema[:]...)
	buf, ok = appendCanonical(buf, o.Object)
	return sha256.Sum256(buf), buf, ok
}

// otherCheck stands where the verdicts of schemas have their version.
const otherCheck = 0

// digestFor identifies the verdict of another check on an object.
func digestFor(check string, o *resource.Object, buf []byte) ([sha256.Size]byte, []byte, bool) {
	if o == nil || o.Object == nil {
		return [sha256.Size]byte{}, buf, false
	}
	buf = appendText(append(buf[:0], otherCheck), check)
	buf, ok := appendCanonical(buf, o.Object)
	return sha256.Sum256(buf), buf, ok
}

// appendCanonical writes a value such that two are written alike only if they
// are equal: a letter for the type, the length where there is one, the value.
// It is false for values that are no JSON.
func appendCanonical(buf []byte, v any) ([]byte, bool) {
	switch v := v.(type) {
	case nil:
		return append(buf, 'n'), true
	case bool:
		if v {
			return append(buf, 't'), true
		}
		return append(buf, 'f'), true
	case int64:
		return binary.AppendVarint(append(buf, 'i'), v), true
	case float64:
		return binary.BigEndian.AppendUint64(append(buf, 'd'), math.Float64bits(v)), true
	case string:
		return appendText(append(buf, 's'), v), true
	case []any:
		buf = binary.AppendUvarint(append(buf, 'l'), uint64(len(v)))
		for _, item := range v {
			var ok bool
			if buf, ok = appendCanonical(buf, item); !ok {
				return buf, false
			}
		}
		return buf, true
	case map[string]any:
		buf = binary.AppendUvarint(append(buf, 'm'), uint64(len(v)))
		for _, key := range slices.Sorted(maps.Keys(v)) {
			buf = appendText(buf, key)
			var ok bool
			if buf, ok = appendCanonical(buf, v[key]); !ok {
				return buf, false
			}
		}
		return buf, true
	}
	return buf, false
}

func appendText(buf []byte, s string) []byte {
	return append(binary.AppendUvarint(buf, uint64(len(s))), s...)
}
