package crd

import (
	"maps"

	structural "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"

	"github.com/gwctl/gwctl/internal/resource"
)

// DefaultAtomic returns an object with the schema's defaults in those of its
// lists and maps that one field manager owns as a whole. The API server compares
// what two managers apply before it sets defaults: without them, equal values
// would be a conflict. Elsewhere a default would claim a field that nobody wrote.
func DefaultAtomic(o *resource.Object) (*resource.Object, error) {
	defaulted, err := Default(o)
	if err != nil {
		return nil, err
	}
	d, _ := lookup(o.GroupVersionKind())
	decoded, err := d.decode()
	if err != nil {
		return nil, err
	}
	out, _ := defaultAtomic(o.Object, defaulted.Object, decoded.structural).(map[string]any)
	return &resource.Object{Object: out}, nil
}

// defaultAtomic returns v, with what is atomic in it as defaulted has it.
func defaultAtomic(v, defaulted any, s *structural.Structural) any {
	if s == nil {
		return v
	}
	switch v := v.(type) {
	case map[string]any:
		d, ok := defaulted.(map[string]any)
		switch {
		case !ok:
			return v
		case s.XMapType != nil && *s.XMapType == "atomic":
			return d
		}
		out := maps.Clone(v)
		for k, e := range v {
			if property, ok := s.Properties[k]; ok {
				out[k] = defaultAtomic(e, d[k], &property)
			} else if s.AdditionalProperties != nil {
				out[k] = defaultAtomic(e, d[k], s.AdditionalProperties.Structural)
			}
		}
		return out
	case []any:
		d, ok := defaulted.([]any)
		switch {
		case !ok || len(d) != len(v):
			return v
		case s.XListType == nil || *s.XListType == "atomic":
			return d
		}
		out := make([]any, len(v))
		for i := range v {
			out[i] = defaultAtomic(v[i], d[i], s.Items)
		}
		return out
	}
	return v
}
