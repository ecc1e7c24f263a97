package kubernetestest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	utilnet "k8s.io/apimachinery/pkg/util/net"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
)

// client is the administrator's.
type client struct {
	http      *http.Client
	url       string
	dynamic   dynamic.Interface
	discovery *discovery.DiscoveryClient
	mapper    *restmapper.DeferredDiscoveryRESTMapper
}

func newClient(config *rest.Config) (*client, error) {
	h, err := rest.HTTPClientFor(config)
	if err != nil {
		return nil, err
	}
	d, err := dynamic.NewForConfigAndClient(config, h)
	if err != nil {
		return nil, err
	}
	disco, err := discovery.NewDiscoveryClientForConfigAndClient(config, h)
	if err != nil {
		return nil, err
	}
	return &client{http: h, url: config.Host, dynamic: d, discovery: disco, mapper: restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(disco))}, nil
}

func (c *client) close() { closeIdle(c.http.Transport) }

// closeIdle closes the connections of a transport, which client-go wraps. Its
// transports of one kind are one, so others may have to connect again.
func closeIdle(transport http.RoundTripper) { utilnet.CloseIdleConnectionsFor(transport) }

// readyz asks the API server whether it serves all that it has.
func (c *client) readyz(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url+"/readyz", nil)
	if err != nil {
		return err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("/readyz answered %s: %s", resp.Status, body)
	}
	return err
}

// objects reads the documents of a YAML text.
func objects(text string) ([]*unstructured.Unstructured, error) {
	var out []*unstructured.Unstructured
	decoder := yaml.NewYAMLOrJSONDecoder(strings.NewReader(text), 4096)
	for {
		o := &unstructured.Unstructured{}
		err := decoder.Decode(&o.Object)
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%w in:\n%s", err, text)
		}
		if len(o.Object) > 0 {
			out = append(out, o)
		}
	}
}

// of returns the client of an object's type.
func (c *client) of(gvk schema.GroupVersionKind, namespace string) (dynamic.ResourceInterface, error) {
	mapping, err := c.mapper.RESTMapping(gvk.GroupKind(), gvk.Version)
	if err != nil {
		return nil, err
	}
	return c.in(mapping.Resource, mapping.Scope.Name() == meta.RESTScopeNameNamespace, namespace), nil
}

// named returns the client of a type that is named as kubectl names it:
// "httproute", "httproutes", "secrets".
func (c *client) named(typ, namespace string) (dynamic.ResourceInterface, error) {
	resource, group, _ := strings.Cut(strings.ToLower(typ), ".")
	gvr, err := c.mapper.ResourceFor(schema.GroupVersionResource{Group: group, Resource: resource})
	if err != nil {
		return nil, err
	}
	return c.in(gvr, namespace != "", namespace), nil
}

func (c *client) in(gvr schema.GroupVersionResource, namespaced bool, namespace string) dynamic.ResourceInterface {
	if !namespaced {
		return c.dynamic.Resource(gvr)
	}
	return c.dynamic.Resource(gvr).Namespace(namespace)
}

func (c *client) create(ctx context.Context, text string) error {
	list, err := objects(text)
	if err != nil {
		return err
	}
	for _, o := range list {
		of, err := c.of(o.GroupVersionKind(), o.GetNamespace())
		if err != nil {
			return err
		}
		if _, err := of.Create(ctx, o, metav1.CreateOptions{FieldManager: "kubernetestest"}); err != nil {
			return err
		}
	}
	return nil
}

func (c *client) apply(ctx context.Context, manager, text string) error {
	list, err := objects(text)
	if err != nil {
		return err
	}
	for _, o := range list {
		if err := c.applyObject(ctx, manager, o); err != nil {
			return err
		}
	}
	return nil
}

func (c *client) applyObject(ctx context.Context, manager string, o *unstructured.Unstructured) error {
	of, err := c.of(o.GroupVersionKind(), o.GetNamespace())
	if err != nil {
		return err
	}
	_, err = of.Apply(ctx, o.GetName(), o, metav1.ApplyOptions{FieldManager: manager, Force: true})
	return err
}

// token asks for a token of a service account.
func (c *client) token(ctx context.Context, namespace, account string) (string, error) {
	accounts := c.dynamic.Resource(schema.GroupVersionResource{Version: "v1", Resource: "serviceaccounts"}).Namespace(namespace)
	request := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
		"metadata": map[string]any{"name": account}, "spec": map[string]any{"expirationSeconds": int64(24 * 3600)},
	}}
	answer, err := accounts.Create(ctx, request, metav1.CreateOptions{}, "token")
	if err != nil {
		return "", err
	}
	token, _, err := unstructured.NestedString(answer.Object, "status", "token")
	return token, err
}
