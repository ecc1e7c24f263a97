package resource

import (
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Object is an API object with exactly the fields that somebody wrote.
type Object = unstructured.Unstructured

// ID identifies an object on one target. The version is left out: the same
// object is served in several.
type ID struct {
	Group     string `json:"group,omitempty"`
	Kind      string `json:"kind"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name"`
}

// IDOf returns the identity of an object.
func IDOf(o *Object) ID {
	gvk := o.GroupVersionKind()
	return ID{Group: gvk.Group, Kind: gvk.Kind, Namespace: o.GetNamespace(), Name: o.GetName()}
}

// GroupKind returns the type of the object.
func (id ID) GroupKind() schema.GroupKind { return schema.GroupKind{Group: id.Group, Kind: id.Kind} }

// String returns "HTTPRoute default/orders".
func (id ID) String() string {
	if id.Namespace == "" {
		return id.Kind + " " + id.Name
	}
	return id.Kind + " " + id.Namespace + "/" + id.Name
}

// Compare orders identities by group, kind, namespace and name.
func (id ID) Compare(other ID) int {
	for _, c := range []int{
		strings.Compare(id.Group, other.Group),
		strings.Compare(id.Kind, other.Kind),
		strings.Compare(id.Namespace, other.Namespace),
	} {
		if c != 0 {
			return c
		}
	}
	return strings.Compare(id.Name, other.Name)
}

// CompareNames orders by "{namespace}/{name}", which decides between routes that
// are equal otherwise. A namespace that begins another is not always first:
// "shop-b/x" comes before "shop/x".
func (id ID) CompareNames(other ID) int {
	if id.Namespace == other.Namespace {
		return strings.Compare(id.Name, other.Name)
	}
	return strings.Compare(id.Namespace+"/"+id.Name, other.Namespace+"/"+other.Name)
}

// Unique returns each object once, the first of those that several resources
// share.
func Unique(objects []*Object) []*Object {
	seen := make(map[ID]bool, len(objects))
	out := make([]*Object, 0, len(objects))
	for _, o := range objects {
		if id := IDOf(o); !seen[id] {
			seen[id] = true
			out = append(out, o)
		}
	}
	return out
}

// Metadata that gwctl writes on what it owns, so that lost state can be
// rebuilt from the objects alone.
const (
	LabelOwner        = "gwctl.dev/owner"   // hash of the owner's name: selects by label
	AnnotationOwner   = "gwctl.dev/name"    // the owner's name
	AnnotationLineage = "gwctl.dev/lineage" // lineage of the owner's state
	AnnotationAddress = "gwctl.dev/address" // HCL addresses that made the object, separated by a space

	// AnnotationCanary has what a canary block says, on the ConfigMap that it becomes.
	AnnotationCanary = MarkPrefix + "canary"

	// MarkPrefix starts all of these. LabelPartOf is the one label besides them,
	// of the members of an ApplySet: what belongs together, for other tools to see.
	MarkPrefix  = "gwctl.dev/"
	LabelPartOf = "applyset.kubernetes.io/part-of"
)

// IsMark reports whether a label or annotation is one that gwctl itself puts on
// what it owns.
func IsMark(key string) bool { return strings.HasPrefix(key, MarkPrefix) || key == LabelPartOf }
