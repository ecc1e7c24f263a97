package kubernetes

import (
	"cmp"

	cluster "github.com/gwctl/gwctl/internal/kubernetes"
	"github.com/gwctl/gwctl/internal/resource"
)

// Labels returns what all objects of an owner carry besides gwctl's own marks.
// namespace is that of the provider block, "" for its default.
func Labels(owner, namespace string) map[string]string {
	namespace = cmp.Or(namespace, "default")
	return map[string]string{resource.LabelPartOf: cluster.ApplySetID(cluster.StateName(owner), namespace)}
}
