package kubernetestest

import (
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
)

// Create creates the objects of a YAML text.
func (c *ControlPlane) Create(t testing.TB, text string) {
	t.Helper()
	if err := c.client.create(t.Context(), text); err != nil {
		t.Fatal(err)
	}
}

// Apply applies the objects of a YAML text on the server's side, as the field
// manager that it names, who takes what others own.
func (c *ControlPlane) Apply(t testing.TB, manager, text string) {
	t.Helper()
	if err := c.client.apply(t.Context(), manager, text); err != nil {
		t.Fatal(err)
	}
}

// Get returns an object, nil where there is none. Types are named as kubectl
// names them: "httproute", "secrets". The namespace of what lives in none is "".
func (c *ControlPlane) Get(t testing.TB, typ, namespace, name string) *unstructured.Unstructured {
	t.Helper()
	of, err := c.client.named(typ, namespace)
	if err != nil {
		t.Fatal(err)
	}
	o, err := of.Get(t.Context(), name, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		return nil
	case err != nil:
		t.Fatal(err)
	}
	return o
}

// List returns the objects of a type in a namespace, those that a label
// selector picks.
func (c *ControlPlane) List(t testing.TB, typ, namespace, selector string) []unstructured.Unstructured {
	t.Helper()
	of, err := c.client.named(typ, namespace)
	if err != nil {
		t.Fatal(err)
	}
	list, err := of.List(t.Context(), metav1.ListOptions{LabelSelector: selector})
	if err != nil {
		t.Fatal(err)
	}
	return list.Items
}

// Patch changes an object, or its subresource ("status"), by a JSON merge patch
// written as YAML or JSON, as the field manager that it names.
func (c *ControlPlane) Patch(t testing.TB, manager, typ, namespace, name, patch string, subresource ...string) {
	t.Helper()
	of, err := c.client.named(typ, namespace)
	if err != nil {
		t.Fatal(err)
	}
	list, err := objects(patch)
	if err != nil || len(list) != 1 {
		t.Fatalf("the patch is not one document (%v):\n%s", err, patch)
	}
	body, err := list[0].MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := of.Patch(t.Context(), name, types.MergePatchType, body, metav1.PatchOptions{FieldManager: manager}, subresource...); err != nil {
		t.Fatal(err)
	}
}

// Delete deletes an object that is there.
func (c *ControlPlane) Delete(t testing.TB, typ, namespace, name string) {
	t.Helper()
	of, err := c.client.named(typ, namespace)
	if err != nil {
		t.Fatal(err)
	}
	if err := of.Delete(t.Context(), name, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
}
