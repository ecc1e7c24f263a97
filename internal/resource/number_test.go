package resource_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/gwctl/gwctl/internal/resource"
)

func TestNumberNeverRounds(t *testing.T) {
	for text, want := range map[string]any{
		"0":                       int64(0),
		"-1":                      int64(-1),
		"9007199254740993":        int64(9007199254740993),
		"9223372036854775807":     int64(9223372036854775807),
		"9223372036854775808":     json.Number("9223372036854775808"),
		"9223372036854775809":     json.Number("9223372036854775809"),
		"12345678901234567890123": json.Number("12345678901234567890123"),
		"0.1":                     0.1,
		"1.0":                     1.0,
		"1e+22":                   1e22,
		"0.12345678901234567890":  json.Number("0.12345678901234567890"),
		"1e400":                   json.Number("1e400"),
		"1e-400":                  json.Number("1e-400"),
		"1e1000000000":            json.Number("1e1000000000"),
	} {
		if got := resource.Number(text); !reflect.DeepEqual(got, want) {
			t.Errorf("%s is %T %v, want %T %v", text, got, got, want, want)
		}
	}
}

func TestParseValueKeepsNumbersAndRefusesWhatIsNoJSON(t *testing.T) {
	const document = `{"a":[9007199254740993,{"b":12345678901234567890123}],"c":0.5,"d":"1"}`
	v, err := resource.ParseValue([]byte(document))
	if err != nil {
		t.Fatal(err)
	}
	if text, err := json.Marshal(v); err != nil || string(text) != document {
		t.Errorf("got %s (%v), want %s", text, err, document)
	}
	if _, err := resource.ParseValue([]byte(strings.TrimSuffix(document, "}"))); err == nil {
		t.Error("half a document was read")
	}
}
