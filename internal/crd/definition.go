// Package crd validates objects as the API server does, by the embedded custom
// resource definitions of the Gateway API and of Envoy Gateway, with no cluster:
// schema defaults, OpenAPI schema, CEL rules and metadata. Everything is
// decoded and compiled when it is first needed, and only as far as it is.
package crd

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"sync"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structural "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/yaml"
)

// definition is one version of one type.
type definition struct {
	gvk        schema.GroupVersionKind
	namespaced bool
	digest     func() [sha256.Size]byte // of the text, so that a new text makes old verdicts void
	decode     func() (*decodedSchema, error)
}

// decodedSchema is what defaulting and validation work with.
type decodedSchema struct {
	structural *structural.Structural
	schema     validation.SchemaValidator
	rules      *rules
}

var definitions sync.Map // schema.GroupVersionKind -> *definition

// Known reports whether objects of a type can be defaulted and validated.
func Known(gvk schema.GroupVersionKind) bool {
	_, ok := lookup(gvk)
	return ok
}

// IsNamespaced reports whether objects of a type are in namespaces, and whether
// the type is known.
func IsNamespaced(gk schema.GroupKind) (namespaced, known bool) {
	doc, known := documents()[gk]
	return known && isNamespaced(doc), known
}

func isNamespaced(doc []byte) bool { return lineAfter(doc, "\n  scope: ") == "Namespaced" }

func lookup(gvk schema.GroupVersionKind) (*definition, bool) {
	if d, ok := definitions.Load(gvk); ok {
		return d.(*definition), true
	}
	doc, ok := documents()[gvk.GroupKind()]
	if !ok || !hasVersion(doc, gvk.Version) {
		return nil, false
	}
	d, _ := definitions.LoadOrStore(gvk, &definition{
		gvk:        gvk,
		namespaced: isNamespaced(doc),
		digest:     sync.OnceValue(func() [sha256.Size]byte { return sha256.Sum256(doc) }),
		decode:     sync.OnceValues(func() (*decodedSchema, error) { return decode(doc, gvk.Version) }),
	})
	return d.(*definition), true
}

func hasVersion(doc []byte, version string) bool {
	for line := range bytes.Lines(doc) {
		if name, ok := versionName(line); ok && name == version {
			return true
		}
	}
	return false
}

func decode(doc []byte, version string) (*decodedSchema, error) {
	var v1 struct {
		Schema *apiextensionsv1.JSONSchemaProps `json:"openAPIV3Schema"`
	}
	if err := yaml.Unmarshal(schemaText(doc, version), &v1); err != nil {
		return nil, fmt.Errorf("decode the embedded schema: %w", err)
	}
	var internal apiextensions.JSONSchemaProps
	if err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(v1.Schema, &internal, nil); err != nil {
		return nil, fmt.Errorf("convert the embedded schema: %w", err)
	}
	s, err := structural.NewStructural(&internal)
	if err != nil {
		return nil, fmt.Errorf("the embedded schema is not structural: %w", err)
	}
	validator, _, err := validation.NewSchemaValidator(&internal)
	if err != nil {
		return nil, fmt.Errorf("compile the embedded schema: %w", err)
	}
	return &decodedSchema{structural: s, schema: validator, rules: newRules(s)}, nil
}
