package kubernetes_test

import (
	"testing"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/gwctl/gwctl/internal/kubernetes"
	"github.com/gwctl/gwctl/internal/kubernetes/kubernetestest"
)

var (
	httpRoute = schema.GroupVersionKind{Group: "gateway.networking.k8s.io", Version: "v1", Kind: "HTTPRoute"}
	backend   = schema.GroupVersionKind{Group: "gateway.envoyproxy.io", Version: "v1alpha1", Kind: "Backend"}
)

func object(apiVersion, kind, namespace, name string) *unstructured.Unstructured {
	o := &unstructured.Unstructured{}
	o.SetAPIVersion(apiVersion)
	o.SetKind(kind)
	o.SetNamespace(namespace)
	o.SetName(name)
	return o
}

func TestMappingFindsTheResource(t *testing.T) {
	c := connect(t, kubernetes.Options{Kubeconfig: kubernetestest.Shared(t).Kubeconfig()})
	m, err := c.Mapping(t.Context(), httpRoute)
	if err != nil || m.Resource.Resource != "httproutes" || m.Scope.Name() != meta.RESTScopeNameNamespace {
		t.Errorf("%+v, %v", m, err)
	}
	if bundle, err := c.GatewayAPI(t.Context()); err != nil || bundle != (kubernetes.Bundle{Version: kubernetes.GatewayAPIVersion, Channel: "experimental"}) {
		t.Errorf("%+v, %v", bundle, err)
	}
}

func TestAKindThatIsMissingSaysWhatThereIs(t *testing.T) {
	for name, tt := range map[string]struct {
		channel kubernetestest.Channel
		want    map[schema.GroupVersionKind][]string
	}{
		"a bare cluster": {kubernetestest.NoCRDs, map[schema.GroupVersionKind][]string{
			httpRoute: {"does not serve HTTPRoute of gateway.networking.k8s.io/v1. The Gateway API is not installed. gwctl is made for v1.6.1: install its"},
			backend:   {"does not serve Backend of gateway.envoyproxy.io/v1alpha1. Install Envoy Gateway"},
		}},
		"an older Gateway API": {kubernetestest.Older, map[schema.GroupVersionKind][]string{
			httpRoute: {"does not serve HTTPRoute of gateway.networking.k8s.io/v1; it has v1beta1. It has the Gateway API v0.8.1", "gwctl is made for v1.6.1"},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			plane := kubernetestest.Start(t, kubernetestest.Options{CRDs: kubernetestest.CRDs{Channel: tt.channel}})
			c := connect(t, kubernetes.Options{Kubeconfig: plane.Kubeconfig()})
			for kind, want := range tt.want {
				_, err := c.Mapping(t.Context(), kind)
				wantError[*kubernetes.MissingKindError](t, err, want...)
				if !meta.IsNoMatchError(err) {
					t.Error("it is no error of discovery")
				}
			}
		})
	}
}

func TestWhoMayNotReadDefinitionsLearnsWhatDiscoveryTells(t *testing.T) {
	plane := kubernetestest.Shared(t)
	path := plane.KubeconfigFor(t, kubernetestest.Account{Name: "plain"})
	c := connect(t, kubernetes.Options{Kubeconfig: path})
	_, err := c.Mapping(t.Context(), schema.GroupVersionKind{Group: httpRoute.Group, Version: "v9", Kind: "HTTPRoute"})
	e := wantError[*kubernetes.MissingKindError](t, err, "it has v1", "gwctl is made for v1.6.1")
	if e.Bundle != (kubernetes.Bundle{}) || len(e.Others) == 0 {
		t.Errorf("it is %+v", e)
	}
	_, err = c.GatewayAPI(t.Context())
	wantError[*kubernetes.ForbiddenError](t, err, `the account "plain" may not get customresourcedefinitions.apiextensions.k8s.io in the whole cluster`)
}

func TestAnUnreachableClusterLacksNoKind(t *testing.T) {
	c := connect(t, kubernetes.Options{Server: "https://no-such-host.invalid", Kubeconfig: emptyKubeconfig(t)})
	_, err := c.Mapping(t.Context(), httpRoute)
	wantError[*kubernetes.UnreachableError](t, err)
}
