package attachment

import (
	"k8s.io/apimachinery/pkg/labels"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// Namespaces are those whose objects may attach: routes to a listener, or
// ListenerSets to a Gateway. The zero value is none.
type Namespaces struct {
	From     gatewayv1.FromNamespaces
	Selector labels.Selector // where From is Selector
}

// Allow reports whether objects of a namespace may attach to one of namespace
// home. It asks for the labels only where they decide.
func (n *Namespaces) Allow(home, namespace string, labelsOf func(namespace string) labels.Set) bool {
	switch n.From {
	case gatewayv1.NamespacesFromAll:
		return true
	case gatewayv1.NamespacesFromSame:
		return namespace == home
	case gatewayv1.NamespacesFromSelector:
		return n.Selector != nil && n.Selector.Matches(NamespaceLabels(namespace, labelsOf(namespace)))
	}
	return false
}

// NamespaceLabels completes the labels of a namespace: every one has its name.
func NamespaceLabels(name string, written labels.Set) labels.Set {
	return labels.Merge(written, labels.Set{nameLabel: name})
}

// nameLabel is on every namespace, whoever made it.
const nameLabel = "kubernetes.io/metadata.name"
