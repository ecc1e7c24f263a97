package crd

import (
	"errors"
	"fmt"
	"slices"

	"github.com/gwctl/gwctl/internal/resource"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
)

// ErrUnknown says that no definition is embedded for the type of an object.
var ErrUnknown = errors.New("no definition of this type is known")

// Default returns a copy of an object in which the schema's defaults are set,
// as the API server stores it. It is safe for concurrent use.
func Default(o *resource.Object) (*resource.Object, error) {
	if o == nil || o.Object == nil {
		return nil, errors.New("there is no object to default")
	}
	d, ok := lookup(o.GroupVersionKind())
	if !ok {
		return nil, fmt.Errorf("%s %s: %w", o.GetAPIVersion(), o.GetKind(), ErrUnknown)
	}
	decoded, err := d.decode()
	if err != nil {
		return nil, err
	}
	out, _ := copyValue(o.Object).(map[string]any)
	setDefaults(out, decoded)
	return &resource.Object{Object: out}, nil
}

func setDefaults(object map[string]any, d *decodedSchema) {
	if hasNull(object) {
		defaulting.PruneNonNullableNullsWithoutDefaults(object, d.structural)
	}
	defaulting.Default(object, d.structural)
}

func hasNull(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case map[string]any:
		for _, value := range v {
			if hasNull(value) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, hasNull)
	}
	return false
}
