package topology

import "github.com/gwctl/gwctl/internal/resource"

// The objects are somebody else's, in any version: a field of another type than
// expected is passed over.

func sub(v any, keys ...string) any {
	for _, k := range keys {
		m, _ := v.(map[string]any)
		v = m[k]
	}
	return v
}

func list(v any, keys ...string) []any {
	l, _ := sub(v, keys...).([]any)
	return l
}

func text(v any, keys ...string) string {
	s, _ := sub(v, keys...).(string)
	return s
}

func textOr(otherwise string, v any, key string) string {
	if s, ok := sub(v, key).(string); ok {
		return s
	}
	return otherwise
}

// number reads what JSON and YAML decoders make of a whole number.
func number(v any, keys ...string) (int64, bool) {
	switch n := sub(v, keys...).(type) {
	case int64:
		return n, true
	case int:
		return int64(n), true
	case float64:
		return int64(n), true
	}
	return 0, false
}

func spec(o *resource.Object) any   { return o.Object["spec"] }
func status(o *resource.Object) any { return o.Object["status"] }
