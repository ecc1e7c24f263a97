package kubernetes

import (
	"cmp"

	cluster "github.com/gwctl/gwctl/internal/kubernetes"
)

// labelPartOf is the label of members of an ApplySet: what belongs together,
// for other tools to see.
const labelPartOf = "applyset.kubernetes.io/part-of"

// Labels returns what all objects of an owner carry besides gwctl's own marks.
// namespace is that of the provider block, "" for its default.
func Labels(owner, namespace string) map[string]string {
	namespace = cmp.Or(namespace, "default")
	return map[string]string{labelPartOf: cluster.ApplySetID(cluster.StateName(owner), namespace)}
}
