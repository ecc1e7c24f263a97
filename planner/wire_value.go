package planner

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/gwctl/gwctl/internal/resource"
)

// value is a value of an object or a block, that JSON gives back as what it
// was: 1 is an int64, 1.0 a float64 and what neither holds a json.Number; and a
// reference is a map with one key that no other map has, since keys with a
// dollar get a second one.
type value struct{ v any }

const refKey = "$ref"

// MarshalJSON implements json.Marshaler.
func (v value) MarshalJSON() ([]byte, error) { return appendValue(nil, v.v) }

func appendValue(out []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return append(out, "null"...), nil
	case bool:
		return strconv.AppendBool(out, v), nil
	case int64:
		return strconv.AppendInt(out, v, 10), nil
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return append(out, "null"...), nil // no configuration has these
		}
		text := strconv.FormatFloat(v, 'g', -1, 64)
		if !strings.ContainsAny(text, ".e") {
			text += ".0"
		}
		return append(out, text...), nil
	case string:
		return appendString(out, v)
	case []any:
		out = append(out, '[')
		for i, e := range v {
			if i > 0 {
				out = append(out, ',')
			}
			var err error
			if out, err = appendValue(out, e); err != nil {
				return nil, err
			}
		}
		return append(out, ']'), nil
	case map[string]any:
		return appendMap(out, v)
	case resource.Ref:
		text, err := json.Marshal(map[string]resource.Ref{refKey: v})
		return append(out, text...), err
	}
	text, err := json.Marshal(v)
	return append(out, text...), err
}

func appendMap(out []byte, m map[string]any) ([]byte, error) {
	if m == nil {
		return append(out, "null"...), nil
	}
	out = append(out, '{')
	for i, k := range sortedKeys(m) {
		if i > 0 {
			out = append(out, ',')
		}
		name := k
		if strings.HasPrefix(k, "$") {
			name = "$" + k
		}
		var err error
		if out, err = appendString(out, name); err != nil {
			return nil, err
		}
		out = append(out, ':')
		if out, err = appendValue(out, m[k]); err != nil {
			return nil, err
		}
	}
	return append(out, '}'), nil
}

func appendString(out []byte, s string) ([]byte, error) {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= 0x7f {
			text, err := json.Marshal(s)
			return append(out, text...), err
		}
	}
	out = append(out, '"')
	out = append(out, s...)
	return append(out, '"'), nil
}

// UnmarshalJSON implements json.Unmarshaler.
func (v *value) UnmarshalJSON(data []byte) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var raw any
	if err := d.Decode(&raw); err != nil {
		return err
	}
	var err error
	v.v, err = typed(raw)
	return err
}

// typed turns what was decoded into the types of values.
func typed(raw any) (any, error) {
	switch raw := raw.(type) {
	case json.Number:
		return resource.Number(raw.String()), nil
	case []any:
		for i := range raw {
			var err error
			if raw[i], err = typed(raw[i]); err != nil {
				return nil, err
			}
		}
		return raw, nil
	case map[string]any:
		if ref, ok := raw[refKey]; ok {
			return typedRef(raw, ref)
		}
		out := make(map[string]any, len(raw))
		for k, e := range raw {
			k = strings.TrimPrefix(k, "$")
			var err error
			if out[k], err = typed(e); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	return raw, nil
}

func typedRef(m map[string]any, ref any) (any, error) {
	if len(m) != 1 {
		return nil, fmt.Errorf("a reference has other keys than %q", refKey)
	}
	text, err := json.Marshal(ref)
	if err != nil {
		return nil, err
	}
	var out resource.Ref
	if err := json.Unmarshal(text, &out); err != nil {
		return nil, fmt.Errorf("a reference cannot be read: %w", err)
	}
	return out, nil
}
