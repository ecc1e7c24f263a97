package resource

import (
	"bytes"
	"encoding/json"
	"math/big"
	"strconv"
)

// numberBits is the precision with which configurations calculate.
const numberBits = 512

// Number returns a decimal number without rounding it: an int64 where it is
// whole and fits, a float64 whose shortest text it is, and any other as it is
// written.
func Number(text string) any {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n
	}
	if f, err := strconv.ParseFloat(text, 64); err == nil {
		wanted, _, errWanted := big.ParseFloat(text, 10, numberBits, big.ToNearestEven)
		got, _, errGot := big.ParseFloat(strconv.FormatFloat(f, 'g', -1, 64), 10, numberBits, big.ToNearestEven)
		if errWanted == nil && errGot == nil && wanted.Cmp(got) == 0 {
			return f
		}
	}
	return json.Number(text)
}

// ParseValue reads a JSON document as values of blocks, with its numbers as
// Number has them.
func ParseValue(document []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(document))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	return numbered(v), nil
}

func numbered(v any) any {
	switch v := v.(type) {
	case json.Number:
		return Number(v.String())
	case []any:
		for i := range v {
			v[i] = numbered(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = numbered(v[k])
		}
	}
	return v
}
