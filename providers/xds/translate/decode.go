package translate

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gwctl/gwctl/internal/resource"
	"k8s.io/apimachinery/pkg/runtime"
	strictjson "sigs.k8s.io/json"
)

// Groups of the kinds that are translated.
const (
	groupGateway = "gateway.networking.k8s.io"
	groupEnvoy   = "gateway.envoyproxy.io"
)

// decoding is one object on its way to the form in between. Problems do not
// end it: they are collected, and what they concern is left out.
type decoding struct {
	id       resource.ID
	problems []Problem
}

func (d *decoding) problem(path, format string, args ...any) {
	d.problems = append(d.problems, Problem{Origin{d.id, path}, fmt.Sprintf(format, args...)})
}

// unsupported reports a field that is set and would be passed over.
func (d *decoding) unsupported(path string) {
	d.problem(path, "%s is not supported by the xDS server yet: remove it, or have a Kubernetes provider apply the object", lastField(path))
}

// onlyFields reports what an object's spec has beside the fields that are
// translated.
func (d *decoding) onlyFields(o *resource.Object, translated ...string) {
	spec, _ := o.Object["spec"].(map[string]any)
	for _, field := range slices.Sorted(maps.Keys(spec)) {
		if !slices.Contains(translated, field) {
			d.unsupported("spec." + field)
		}
	}
}

// invalid says in a sentence why an object cannot be done; "" if it can.
func (d *decoding) invalid() string {
	if len(d.problems) == 0 {
		return ""
	}
	return fmt.Sprintf("%s: %s.", d.problems[0].Path, d.problems[0].Message)
}

// typed decodes an object into the Go type of its kind; fields that the type
// does not have are problems. It reports whether there is anything to go on.
func (d *decoding) typed(o *resource.Object, into any) bool {
	if !isText(o.Object) {
		path, _ := validText("", o.Object)
		d.problem(path, "text is not valid UTF-8")
		return false
	}
	err := runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(o.Object, into, true)
	if runtime.IsStrictDecodingError(err) {
		d.unknownFields(o, into)
		return true
	}
	if err != nil {
		d.problem("", "the object is not of the form of its kind: %s", whyNotTyped(o, into, err))
		return false
	}
	return true
}

// unknownFields reports the fields that the Go type does not have. It asks the
// strict JSON decoder, which tells their paths; the converter only writes them
// into its text.
func (d *decoding) unknownFields(o *resource.Object, typ any) {
	b, err := json.Marshal(o.Object)
	if err != nil {
		d.problem("", "the object cannot be written as JSON: %v", err)
		return
	}
	strict, err := strictjson.UnmarshalStrict(b, reflect.New(reflect.TypeOf(typ).Elem()).Interface())
	if err != nil {
		d.problem("", "the object is not of the form of its kind: %v", err)
	}
	for _, e := range strict {
		path := ""
		if field, ok := errors.AsType[strictjson.FieldError](e); ok {
			path = field.FieldPath()
		}
		d.problem(path, "the xDS server does not know the field %s: remove it", lastField(path))
	}
}

// whyNotTyped asks the JSON decoder, which names the field; the converter does
// not.
func whyNotTyped(o *resource.Object, into any, err error) string {
	b, jsonErr := json.Marshal(o.Object)
	if jsonErr != nil {
		return err.Error()
	}
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](json.Unmarshal(b, into)); ok {
		return fmt.Sprintf("%s cannot be a JSON %s", wrong.Field, wrong.Value)
	}
	return err.Error()
}

// isText reports whether a protobuf message can hold all text of a value.
func isText(v any) bool {
	switch v := v.(type) {
	case string:
		return utf8.ValidString(v)
	case []any:
		for _, e := range v {
			if !isText(e) {
				return false
			}
		}
	case map[string]any:
		for k, e := range v {
			if !utf8.ValidString(k) || !isText(e) {
				return false
			}
		}
	}
	return true
}

// validText finds the first text that no protobuf message can hold.
func validText(path string, v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return path, utf8.ValidString(v)
	case []any:
		for i, e := range v {
			if p, ok := validText(fmt.Sprintf("%s[%d]", path, i), e); !ok {
				return p, false
			}
		}
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			if !utf8.ValidString(k) {
				return path, false
			}
			if p, ok := validText(join(path, k), v[k]); !ok {
				return p, false
			}
		}
	}
	return "", true
}

func join(path, field string) string {
	if path == "" {
		return field
	}
	return path + "." + field
}

func lastField(path string) string {
	return path[strings.LastIndexByte(path, '.')+1:]
}

// value returns what p points to, or the default.
func value[T any](p *T, otherwise T) T {
	if p == nil {
		return otherwise
	}
	return *p
}

// text is value for the many string types of the Gateway API.
func text[T ~string](p *T, otherwise string) string {
	if p == nil {
		return otherwise
	}
	return string(*p)
}
