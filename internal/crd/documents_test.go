package crd

import (
	"reflect"
	"testing"

	"sigs.k8s.io/yaml"
)

// TestSchemasLoseNothingButDescriptions compares each schema with what a full
// decoding of its definition has.
func TestSchemasLoseNothingButDescriptions(t *testing.T) {
	if len(documents()) < 20 {
		t.Fatalf("only %d definitions were found", len(documents()))
	}
	for gk, doc := range documents() {
		var full struct {
			Spec struct {
				Group    string
				Scope    string
				Names    struct{ Kind string }
				Versions []struct {
					Name   string
					Schema map[string]any
				}
			}
		}
		if err := yaml.Unmarshal(doc, &full); err != nil {
			t.Fatal(err)
		}
		if full.Spec.Group != gk.Group || full.Spec.Names.Kind != gk.Kind {
			t.Errorf("%s was taken for %s", full.Spec.Names.Kind, gk)
		}
		for _, v := range full.Spec.Versions {
			gvk := gk.WithVersion(v.Name)
			d, ok := lookup(gvk)
			if !ok {
				t.Errorf("%s was not found", gvk)
				continue
			}
			if d.namespaced != (full.Spec.Scope == "Namespaced") {
				t.Errorf("scope of %s is %s", gvk, full.Spec.Scope)
			}
			root := v.Schema["openAPIV3Schema"].(map[string]any)
			delete(root["properties"].(map[string]any), "status")
			var got map[string]any
			if err := yaml.Unmarshal(schemaText(doc, v.Name), &got); err != nil {
				t.Errorf("%s: %v", gvk, err)
			}
			if !reflect.DeepEqual(got, withoutDescriptions(v.Schema)) {
				t.Errorf("schema of %s differs", gvk)
			}
			if _, err := d.decode(); err != nil {
				t.Errorf("%s: %v", gvk, err)
			}
		}
	}
}

func withoutDescriptions(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, value := range v {
			if _, isText := value.(string); key != "description" || !isText {
				out[key] = withoutDescriptions(value)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, value := range v {
			out[i] = withoutDescriptions(value)
		}
		return out
	}
	return v
}
