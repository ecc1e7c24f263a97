package kubernetestest

import (
	"context"
	"fmt"
	"slices"

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
	Standard                    // without what only the experimental channel has
	Older                       // v0.8.1, which served v1beta1 only
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
	all, err := objects(string(envoygateway.GatewayCRDs))
	if err != nil {
		return nil, nil, err
	}
	for _, d := range all {
		kind, _, _ := unstructured.NestedString(d.Object, "spec", "names", "kind")
		switch {
		case d.GetKind() != "CustomResourceDefinition":
			// They refuse CRDs that are older, or of another channel.
			if o.Channel == Experimental {
				policies = append(policies, d)
			}
		case !slices.Contains(o.Without, kind) && o.Channel.adapt(d):
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
	if err := c.await(ctx, "the CRDs are not served", func() (bool, error) { return c.served(crds) }); err != nil {
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

// served reports whether all types of some CRDs are served. It asks what the API
// server offers: the CRDs themselves are megabytes.
func (c *ControlPlane) served(crds []*unstructured.Unstructured) (bool, error) {
	offered := map[string]*metav1.APIResourceList{}
	for _, d := range crds {
		group, _, _ := unstructured.NestedString(d.Object, "spec", "group")
		plural, _, _ := unstructured.NestedString(d.Object, "spec", "names", "plural")
		versions, _, _ := unstructured.NestedSlice(d.Object, "spec", "versions")
		for _, v := range versions {
			version, _ := v.(map[string]any)
			if version["served"] != true {
				continue
			}
			gv := fmt.Sprintf("%s/%s", group, version["name"])
			if offered[gv] == nil {
				list, err := c.client.discovery.ServerResourcesForGroupVersion(gv)
				if err != nil {
					return false, err
				}
				offered[gv] = list
			}
			if !slices.ContainsFunc(offered[gv].APIResources, func(r metav1.APIResource) bool { return r.Name == plural }) {
				return false, nil
			}
		}
	}
	return true, nil
}
