package envoygateway

import "k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

const gatewayGroup = "gateway.networking.k8s.io"

// condition is one of an object's status.
type condition struct {
	status, reason, message string
	generation              int64
}

// conditionOf returns the zero value where the status has none of the type.
func conditionOf(o *unstructured.Unstructured, typ string) condition {
	list, _, _ := unstructured.NestedSlice(o.Object, "status", "conditions")
	for _, entry := range list {
		m, _ := entry.(map[string]any)
		if m["type"] != typ {
			continue
		}
		var c condition
		c.status, _ = m["status"].(string)
		c.reason, _ = m["reason"].(string)
		c.message, _ = m["message"].(string)
		c.generation, _ = m["observedGeneration"].(int64)
		return c
	}
	return condition{}
}
