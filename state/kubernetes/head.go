package kubernetes

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cluster "github.com/gwctl/gwctl/internal/kubernetes"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/state"
)

// secretType is that of all Secrets of a state.
const secretType = "gwctl.dev/state"

// What people and tools can read of a state without decoding it.
const (
	annotationSerial = "gwctl.dev/serial"
	annotationWrite  = "gwctl.dev/write" // names the write that made this content
)

// Keys of the head Secret: it has the state, or the names of those that have.
const (
	keyState  = "state"  // gzipped
	keyChunks = "chunks" // names, one a line
)

// head returns the Secret that is the state or says where it is, nil where
// there is none.
func (m *medium) head(ctx context.Context) (*corev1.Secret, error) {
	head, err := m.secrets.Get(ctx, m.name, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		return nil, nil
	case err != nil:
		return nil, m.cannot(ctx, "read", "get", secretAccess, err)
	case head.Type != secretType:
		return nil, fmt.Errorf("the secret %s in the namespace %s of %s is no state: its type is %s, and not %s; remove it, or keep the state in another namespace",
			m.name, m.namespace, m.cluster.Name, head.Type, secretType)
	}
	return head, nil
}

func (m *medium) newHead() *corev1.Secret {
	head := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Name: m.name, Namespace: m.namespace},
		Type:       secretType,
	}
	m.mark(head)
	return head
}

// mark makes the head the parent of an ApplySet, whose members are what the
// provider applies.
func (m *medium) mark(head *corev1.Secret) {
	if head.Labels == nil {
		head.Labels = map[string]string{}
	}
	if head.Annotations == nil {
		head.Annotations = map[string]string{}
	}
	head.Labels[cluster.LabelApplySetID] = cluster.ApplySetID(m.name, m.namespace)
	head.Annotations[cluster.AnnotationApplySetTooling] = "gwctl/v" + strings.TrimPrefix(m.version, "v")
	if head.Annotations[resource.AnnotationOwner] == "" {
		head.Annotations[resource.AnnotationOwner] = m.owner
	}
}

// isEmpty reports whether a head was made for a lock and never got a state.
func isEmpty(head *corev1.Secret) bool { return len(head.Data) == 0 }

// describe writes about a state what can be read without decoding it.
func describe(head *corev1.Secret, s *state.State, namespace string) {
	head.Annotations[resource.AnnotationOwner] = s.Owner
	head.Annotations[resource.AnnotationLineage] = s.Lineage
	head.Annotations[annotationSerial] = strconv.FormatUint(s.Serial, 10)
	kinds, namespaces := map[string]bool{}, map[string]bool{}
	for _, r := range s.Resources {
		if typ, _, _ := strings.Cut(r.Provider, "."); typ != "kubernetes" {
			continue
		}
		for _, o := range r.Objects {
			kinds[o.GroupVersionKind().GroupKind().String()] = true
			if ns := o.GetNamespace(); ns != "" && ns != namespace {
				namespaces[ns] = true
			}
		}
	}
	list := func(set map[string]bool) string { return strings.Join(slices.Sorted(maps.Keys(set)), ",") }
	head.Annotations[cluster.AnnotationApplySetGroupKinds] = list(kinds)
	head.Annotations[cluster.AnnotationApplySetOtherNamespaces] = list(namespaces)
}
