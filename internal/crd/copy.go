package crd

import (
	"encoding/json"
	"math"
)

// copyValue returns a deep copy in the types that the API server's decoder
// makes: whole numbers are int64. It takes any value; what is no JSON stays as
// it is, for the schema to refuse.
func copyValue(v any) any {
	switch v := v.(type) {
	case map[string]any:
		if v == nil {
			return nil
		}
		out := make(map[string]any, len(v))
		for key, value := range v {
			out[key] = copyValue(value)
		}
		return out
	case []any:
		if v == nil {
			return nil
		}
		out := make([]any, len(v))
		for i, value := range v {
			out[i] = copyValue(value)
		}
		return out
	case int:
		return int64(v)
	case int32:
		return int64(v)
	case float64:
		if v == math.Trunc(v) && math.Abs(v) <= 1<<53 {
			return int64(v)
		}
		return v
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n
		}
		if f, err := v.Float64(); err == nil {
			return f
		}
		return v.String()
	}
	return v
}
