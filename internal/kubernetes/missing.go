package kubernetes

import (
	"context"
	"fmt"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// GatewayAPIVersion is the version of the Gateway API that gwctl is made for.
const GatewayAPIVersion = "v1.6.1"

// Annotations by which the Gateway API's definitions say what they are.
const (
	annotationBundle  = "gateway.networking.k8s.io/bundle-version"
	annotationChannel = "gateway.networking.k8s.io/channel"
)

// gatewayAPIGroup is the group of the Gateway API's own kinds.
const gatewayAPIGroup = "gateway.networking.k8s.io"

var definitions = schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}

// MissingKindError says that a cluster does not serve a type.
type MissingKindError struct {
	Where
	Kind     schema.GroupVersionKind
	Versions []string // in which it serves the kind instead
	Others   []string // kinds of the group that it does serve, sorted
	Bundle   Bundle   // of the Gateway API; zero where it is not installed or may not be read
	Err      error
}

// Bundle says which release of the Gateway API's definitions a cluster has.
type Bundle struct {
	Version string // "v1.6.1"
	Channel string // "standard", "experimental"
}

func (e *MissingKindError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "the cluster %s does not serve %s of %s", e.Where, e.Kind.Kind, e.Kind.GroupVersion())
	if len(e.Versions) > 0 {
		fmt.Fprintf(&b, "; it has %s", strings.Join(e.Versions, ", "))
	}
	if e.Kind.Group != gatewayAPIGroup {
		switch {
		case len(e.Versions) > 0:
			b.WriteString(". Update what brings it")
		case e.Kind.Group == "gateway.envoyproxy.io" && len(e.Others) == 0:
			b.WriteString(". Install Envoy Gateway: its custom resource definitions come with it")
		default:
			b.WriteString(". Install the custom resource definition that brings it")
		}
		return b.String()
	}
	switch {
	case e.Bundle.Version != "" && e.Bundle.Channel != "":
		fmt.Fprintf(&b, ". It has the Gateway API %s, %s channel", e.Bundle.Version, e.Bundle.Channel)
	case len(e.Others) == 0 && len(e.Versions) == 0:
		b.WriteString(". The Gateway API is not installed")
	}
	fmt.Fprintf(&b, ". gwctl is made for %s: install its custom resource definitions", GatewayAPIVersion)
	if e.Bundle.Channel == "standard" && len(e.Versions) == 0 {
		b.WriteString(", those of the experimental channel where the standard one has no such kind")
	}
	return b.String()
}

func (e *MissingKindError) Unwrap() error { return e.Err }

// Mapping returns the resource that serves a type, and whether it lives in
// namespaces. Its error is a *MissingKindError where the cluster does not serve
// the type in this version.
func (c *Cluster) Mapping(ctx context.Context, gvk schema.GroupVersionKind) (*meta.RESTMapping, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if known, ok := c.mapped.Load(gvk); ok {
		return known.(*meta.RESTMapping), nil
	}
	mapping, err := c.mapper().RESTMapping(gvk.GroupKind(), gvk.Version)
	switch {
	case err == nil:
		c.mapped.Store(gvk, mapping)
		return mapping, nil
	case meta.IsNoMatchError(err):
		return nil, c.missing(ctx, gvk, err)
	}
	return nil, c.Explain(ctx, err, Access{Verb: "get"})
}

// missing looks for what there is instead.
func (c *Cluster) missing(ctx context.Context, gvk schema.GroupVersionKind, err error) error {
	e := &MissingKindError{Where: c.Where, Kind: gvk, Err: err}
	// An answer that is incomplete, as where an aggregated API server is
	// down, is an answer.
	_, lists, groupsErr := c.discovery.ServerGroupsAndResources()
	if len(lists) == 0 && groupsErr != nil {
		return c.Explain(ctx, groupsErr, Access{Verb: "get"})
	}
	for _, list := range lists {
		gv, parseErr := schema.ParseGroupVersion(list.GroupVersion)
		if parseErr != nil || gv.Group != gvk.Group {
			continue
		}
		for _, r := range list.APIResources {
			switch {
			case strings.Contains(r.Name, "/"): // a subresource
			case r.Kind == gvk.Kind:
				e.Versions = append(e.Versions, gv.Version)
			case !slices.Contains(e.Others, r.Kind):
				e.Others = append(e.Others, r.Kind)
			}
		}
	}
	slices.Sort(e.Others)
	if gvk.Group == gatewayAPIGroup {
		e.Bundle, _ = c.GatewayAPI(ctx) // it says more where it may be read, and is not needed
	}
	return e
}

// GatewayAPI returns which release of the Gateway API's definitions the cluster
// has, zero where it has none. Its error may be a *ForbiddenError.
func (c *Cluster) GatewayAPI(ctx context.Context) (Bundle, error) {
	for _, name := range []string{"httproutes", "gateways", "gatewayclasses"} {
		definition, err := c.dynamic.Resource(definitions).Get(ctx, name+"."+gatewayAPIGroup, metav1.GetOptions{})
		switch {
		case apierrors.IsNotFound(err):
			continue
		case err != nil:
			return Bundle{}, c.Explain(ctx, err, Access{Verb: "get", Resource: definitions.GroupResource(), Name: name + "." + gatewayAPIGroup})
		}
		return bundleOf(definition), nil
	}
	return Bundle{}, nil
}

func bundleOf(definition *unstructured.Unstructured) Bundle {
	a := definition.GetAnnotations()
	return Bundle{Version: a[annotationBundle], Channel: a[annotationChannel]}
}
