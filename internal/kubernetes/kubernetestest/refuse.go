package kubernetestest

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Refusal is what an administrator forbids in one namespace.
type Refusal struct {
	Group, Resource string // "gateway.networking.k8s.io", "httproutes"
	Namespace       string
	Allowed         string // CEL: what holds for objects that are not refused
	Message         string
}

// probe is a ConfigMap whose refusal shows that a policy is in force.
const probe = "refused-by-every-policy"

// Refuse makes the API server refuse objects by an admission policy, until the
// test ends. It returns when the policy is in force.
func (c *ControlPlane) Refuse(t testing.TB, r Refusal) {
	t.Helper()
	name := "refuse-" + r.Resource + "-" + r.Namespace
	const group = "admissionregistration.k8s.io"
	policy := fmt.Sprintf(`
apiVersion: %[1]s/v1
kind: ValidatingAdmissionPolicy
metadata: {name: %[2]s}
spec:
  failurePolicy: Fail
  matchConstraints:
    resourceRules:
    - {apiGroups: [%[3]q], apiVersions: ["*"], operations: [CREATE, UPDATE], resources: [%[4]q]}
    - {apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [configmaps]}
  validations:
  - expression: %[5]s
    message: %[6]s
---
apiVersion: %[1]s/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: %[2]s}
spec:
  policyName: %[2]s
  validationActions: [Deny]
  matchResources:
    namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: %[7]s}}
`, group, name, r.Group, r.Resource,
		strconv.Quote("object.kind == 'ConfigMap' ? object.metadata.name != '"+probe+"' : ("+r.Allowed+")"), strconv.Quote(r.Message), r.Namespace)
	if err := c.client.apply(t.Context(), "kubernetestest", policy); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		for _, resource := range []string{"validatingadmissionpolicybindings", "validatingadmissionpolicies"} {
			policies := c.client.dynamic.Resource(schema.GroupVersionResource{Group: group, Version: "v1", Resource: resource})
			if err := policies.Delete(ctx, name, metav1.DeleteOptions{}); err != nil {
				t.Error(err)
			}
		}
	})
	maps := c.client.dynamic.Resource(schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}).Namespace(r.Namespace)
	object := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": probe}}}
	err := c.await(t.Context(), "the policy is not in force", func() (bool, error) {
		_, err := maps.Create(t.Context(), object, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
		if apierrors.IsInvalid(err) {
			return true, nil
		}
		return false, err
	})
	if err != nil {
		t.Fatal(err)
	}
}
