package kubernetes_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/gwctl/gwctl/internal/kubernetes"
	"github.com/gwctl/gwctl/internal/kubernetes/kubernetestest"
)

var configMap = schema.GroupVersionKind{Version: "v1", Kind: "ConfigMap"}

// TestListVisitsEveryPage lists more objects than one answer has, of a type whose
// lists do not say of which type their elements are.
func TestListVisitsEveryPage(t *testing.T) {
	plane := kubernetestest.Shared(t)
	namespace := plane.Namespace(t)
	const n = kubernetes.PageSize + 3
	var text strings.Builder
	for i := range n {
		fmt.Fprintf(&text, "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c%d, namespace: %s, labels: {third: \"%t\"}}\n", i, namespace, i%3 == 0)
	}
	plane.Create(t, text.String())
	proxy := plane.Proxy(t, kubernetestest.Account{})
	c := connect(t, kubernetes.Options{Kubeconfig: proxy.Kubeconfig()})
	m, err := c.Mapping(t.Context(), configMap)
	if err != nil {
		t.Fatal(err)
	}
	list := func(ctx context.Context, selector string) (map[string]int, error) {
		seen := map[string]int{}
		err := c.List(ctx, m, namespace, selector, func(o *unstructured.Unstructured) {
			if o.GroupVersionKind() != configMap || o.GetNamespace() != namespace {
				t.Errorf("%s %s/%s", o.GroupVersionKind(), o.GetNamespace(), o.GetName())
			}
			seen[o.GetName()]++
		})
		return seen, err
	}

	proxy.Reset()
	seen, err := list(t.Context(), "")
	if err != nil || len(seen) != n || seen["c0"] != 1 || seen[fmt.Sprint("c", n-1)] != 1 {
		t.Errorf("%d of %d seen: %v", len(seen), n, err)
	}
	if asked := proxy.Count("list configmaps"); asked != 2 {
		t.Errorf("%d requests for two pages", asked)
	}
	if seen, err = list(t.Context(), "third=true"); err != nil || len(seen) != (n+2)/3 {
		t.Errorf("%d of %d seen: %v", len(seen), (n+2)/3, err)
	}

	// disturb does something to the second page that is asked for.
	disturb := func(d kubernetestest.Disturbance) {
		asked := 0
		proxy.Disturb(func(r kubernetestest.Request) kubernetestest.Disturbance {
			if r.Verb == "list" {
				if asked++; asked == 2 {
					return d
				}
			}
			return kubernetestest.Disturbance{}
		})
	}
	t.Run("begins anew where its beginning is forgotten", func(t *testing.T) {
		disturb(kubernetestest.Disturbance{Status: http.StatusGone})
		if seen, err := list(t.Context(), ""); err != nil || len(seen) != n || seen["c0"] != 2 {
			t.Errorf("%d seen, one of them %d times: %v", len(seen), seen["c0"], err)
		}
	})
	t.Run("says what the API server says of a later page", func(t *testing.T) {
		disturb(kubernetestest.Disturbance{Status: http.StatusForbidden})
		if _, err := list(t.Context(), ""); !apierrors.IsForbidden(err) {
			t.Error(err)
		}
	})
	t.Run("ends with its context", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		held := make(chan struct{})
		t.Cleanup(func() { close(held) })
		proxy.Disturb(func(kubernetestest.Request) kubernetestest.Disturbance {
			cancel()
			return kubernetestest.Disturbance{Hold: held}
		})
		if _, err := list(ctx, ""); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}
