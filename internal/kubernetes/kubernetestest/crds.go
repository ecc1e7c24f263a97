package kubernetestest

import (
	"context"
	"fmt"
	"slices"
	"strings"

	envoygateway "github.com/envoyproxy/gateway"
	"golang.org/x/sync/errgroup"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Channel is what of the Gateway API is installed.
type Channel int

const (
	Experimental Channel = iota // what gwctl is made for
	NoCRDs                      // no Gateway API, and nothing of Envoy Gateway
)

// CRDs say which custom resources a control plane serves.
type CRDs struct {
	Channel Channel
	Without []string // kinds that are left out
}

var crdResource = schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}

// definitions returns what is to be installed: first the CRDs, then what rules
// over them.
func (o CRDs) definitions() (crds, policies []*unstructured.Unstructured, err error) {
	if o.Channel == NoCRDs {
		return nil, nil, nil
	}
	all, err := documents(envoygateway.GatewayCRDs)
	if err != nil {
		return nil, nil, err
	}
	for _, d := range all {
		kind, _, _ := unstructured.NestedString(d.Object, "spec", "names", "kind")
		switch {
		case d.GetKind() != "CustomResourceDefinition":
			policies = append(policies, d)
		case !slices.Contains(o.Without, kind):
			crds = append(crds, d)
		}
	}
	return crds, policies, nil
}

// install makes the custom resources and waits until they are served.
func (c *ControlPlane) install(ctx context.Context, o CRDs) error {
	crds, policies, err := o.definitions()
	if err != nil {
		return err
	}
	client := c.client.dynamic.Resource(crdResource)
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(8)
	for _, d := range crds {
		group.Go(func() error {
			_, err := client.Create(groupCtx, d, metav1.CreateOptions{FieldManager: "kubernetestest"})
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return fmt.Errorf("install the CRDs: %w", err)
	}
	if err := c.await(ctx, "the CRDs are not served", func() (bool, error) { return c.established(ctx, len(crds)) }); err != nil {
		return err
	}
	c.client.mapper.Reset()
	for _, p := range policies {
		if err := c.client.applyObject(ctx, "kubernetestest", p); err != nil {
			return fmt.Errorf("install %s %s: %w", p.GetKind(), p.GetName(), err)
		}
	}
	return nil
}

// established reports whether so many CRDs are served.
func (c *ControlPlane) established(ctx context.Context, want int) (bool, error) {
	list, err := c.client.dynamic.Resource(crdResource).List(ctx, metav1.ListOptions{})
	if err != nil {
		return false, err
	}
	n := 0
	for _, d := range list.Items {
		conditions, _, _ := unstructured.NestedSlice(d.Object, "status", "conditions")
		for _, condition := range conditions {
			m, _ := condition.(map[string]any)
			if m["type"] == "Established" && m["status"] == "True" && strings.Contains(d.GetName(), ".") {
				n++
			}
		}
	}
	return n >= want, nil
}
