package crd

import (
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/objectmeta"
	"k8s.io/apimachinery/pkg/api/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// checkMetadata checks names, labels and annotations as the API server does.
func checkMetadata(object map[string]any, namespaced bool) field.ErrorList {
	path := field.NewPath("metadata")
	raw, ok := object["metadata"].(map[string]any)
	if !ok {
		return field.ErrorList{field.Required(path, "an object has metadata with a name")}
	}
	meta, unknown, err := decodeMetadata(object, raw)
	if err != nil {
		return field.ErrorList{field.Invalid(path, field.OmitValueType{}, err.Error())}
	}
	var problems field.ErrorList
	for _, name := range unknown {
		problems = append(problems, field.Forbidden(field.NewPath(name), "unknown field"))
	}
	if meta.Name == "" {
		return append(problems, field.Required(path.Child("name"), "an object has a name"))
	}
	return append(problems, validation.ValidateObjectMeta(meta, namespaced, validation.NameIsDNSSubdomain, path)...)
}

// decodeMetadata reads what nearly all objects have without the way through
// JSON that the rest takes.
func decodeMetadata(object, raw map[string]any) (*metav1.ObjectMeta, []string, error) {
	meta := &metav1.ObjectMeta{}
	for key, value := range raw {
		ok := false
		switch key {
		case "name":
			meta.Name, ok = value.(string)
		case "namespace":
			meta.Namespace, ok = value.(string)
		case "labels":
			meta.Labels, ok = stringMap(value)
		case "annotations":
			meta.Annotations, ok = stringMap(value)
		}
		if !ok {
			meta, _, unknown, err := objectmeta.GetObjectMetaWithOptions(object, objectmeta.ObjectMetaOptions{ReturnUnknownFieldPaths: true})
			return meta, unknown, err
		}
	}
	return meta, nil, nil
}

func stringMap(v any) (map[string]string, bool) {
	m, ok := v.(map[string]any)
	if !ok {
		return nil, false
	}
	out := make(map[string]string, len(m))
	for key, value := range m {
		if out[key], ok = value.(string); !ok {
			return nil, false
		}
	}
	return out, true
}
