package kubernetes

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	cluster "github.com/gwctl/gwctl/internal/kubernetes"
)

var namespaces = schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}

// Identity returns the UID of the namespace kube-system, which every cluster
// has and none has twice. An account that may not look there is told apart by
// the namespace that it works in.
func (p *Provider) Identity(ctx context.Context) (string, error) {
	client := p.cluster.Dynamic().Resource(namespaces)
	system, err := client.Get(ctx, metav1.NamespaceSystem, metav1.GetOptions{})
	if err == nil {
		return string(system.GetUID()), nil
	}
	explained := p.cluster.Explain(ctx, err, cluster.Access{Verb: "get", Resource: namespaces.GroupResource(), Name: metav1.NamespaceSystem})
	if !apierrors.IsForbidden(err) {
		return "", explained
	}
	own, err := client.Get(ctx, p.opts.Namespace, metav1.GetOptions{})
	if err != nil {
		return "", fmt.Errorf("gwctl tells clusters apart by the UID of kube-system or, where an account may not read that, of its own namespace %s; neither can be read. A Role in %s with the rule {apiGroups: [\"\"], resources: [\"namespaces\"], verbs: [get]} will do: %w", p.opts.Namespace, p.opts.Namespace, explained)
	}
	return own.GetName() + "/" + string(own.GetUID()), nil
}
