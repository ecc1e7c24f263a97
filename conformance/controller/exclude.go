package controller

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	suite "sigs.k8s.io/gateway-api/conformance/utils/kubernetes"
)

// exclude marks, by the annotation that the suite has for it, those of its
// Gateways that want a protocol which is not translated: the suite waits for
// all Gateways before its first test. The tests that use them fail as they
// should.
func (c *Controller) exclude(ctx context.Context, all seen) error {
	for _, g := range all[gateways] {
		if g.GetAnnotations()[suite.GatewayExcludedFromReadinessChecks] != "" || !wantsMore(g) {
			continue
		}
		patch := []byte(`{"metadata": {"annotations": {"` + suite.GatewayExcludedFromReadinessChecks + `": "true"}}}`)
		_, err := c.client.Resource(gateways).Namespace(g.GetNamespace()).Patch(ctx, g.GetName(), types.MergePatchType, patch, metav1.PatchOptions{})
		if err != nil {
			return err
		}
	}
	return nil
}

func wantsMore(gateway *unstructured.Unstructured) bool {
	listeners, _, _ := unstructured.NestedSlice(gateway.Object, "spec", "listeners")
	for _, l := range listeners {
		if protocol, _, _ := unstructured.NestedString(l.(map[string]any), "protocol"); protocol != "HTTP" {
			return true
		}
	}
	return false
}
