package kubernetestest

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

const (
	gatewayGroup      = "gateway.networking.k8s.io"
	experimentalGroup = "gateway.networking.x-k8s.io"
	bundleVersion     = gatewayGroup + "/bundle-version"
	channelAnnotation = gatewayGroup + "/channel"
)

// adapt makes a CRD of the experimental channel what this channel has, if it
// has the kind at all. Others' CRDs stay as they are.
func (c Channel) adapt(d *unstructured.Unstructured) bool {
	group, _, _ := unstructured.NestedString(d.Object, "spec", "group")
	if c == Experimental || group != gatewayGroup {
		return c == Experimental || group != experimentalGroup
	}
	annotations := d.GetAnnotations()
	annotations[channelAnnotation] = "standard"
	serves := func(version string) bool { return version == "v1" || version == "v1beta1" }
	if c == Older {
		annotations[bundleVersion] = "v0.8.1"
		serves = func(version string) bool { return version == "v1beta1" }
	}
	d.SetAnnotations(annotations)

	versions, _, _ := unstructured.NestedSlice(d.Object, "spec", "versions")
	served := false
	for _, v := range versions {
		version := v.(map[string]any)
		version["served"] = version["served"] == true && serves(version["name"].(string))
		served = served || version["served"] == true
		standardOnly(version["schema"])
	}
	if err := unstructured.SetNestedSlice(d.Object, versions, "spec", "versions"); err != nil {
		panic(err) // it was a slice a moment ago
	}
	return served
}

// experimentalFields are those that only the experimental channel has.
var experimentalFields = []string{"defaultScope", "externalAuth", "retry", "sessionPersistence", "useDefaultGateways"}

// standardOnly removes from a schema the experimental fields, and rules and
// words that are about them.
func standardOnly(schema any) {
	node, ok := schema.(map[string]any)
	if !ok {
		return
	}
	for key, value := range node {
		switch value := value.(type) {
		case map[string]any:
			if key == "properties" {
				for _, name := range experimentalFields {
					delete(value, name)
				}
			}
			standardOnly(value)
		case []any:
			node[key] = slices.DeleteFunc(value, isExperimental)
		}
	}
}

// isExperimental reports whether an entry of a schema's list, a CEL rule or an
// allowed word, is of the experimental channel.
func isExperimental(entry any) bool {
	switch entry := entry.(type) {
	case string:
		return entry == "ExternalAuth"
	case map[string]any:
		rule, _ := entry["rule"].(string)
		return strings.Contains(rule, "self.externalAuth") || entry["message"] == "Rule name must be unique within the route"
	}
	return false
}
