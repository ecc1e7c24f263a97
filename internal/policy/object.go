package policy

import (
	"fmt"

	"github.com/gwctl/gwctl/internal/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// Of reads how an object of a policy kind is attached. Targets that a selector
// chooses are not among those returned.
func Of(o *resource.Object) (Attached, error) {
	var typed struct {
		metav1.ObjectMeta `json:"metadata"`
		Spec              struct {
			TargetRef  *gatewayv1.LocalPolicyTargetReferenceWithSectionName  `json:"targetRef"`
			TargetRefs []gatewayv1.LocalPolicyTargetReferenceWithSectionName `json:"targetRefs"`
			MergeType  string                                                `json:"mergeType"`
		} `json:"spec"`
	}
	id := resource.IDOf(o)
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(o.Object, &typed); err != nil {
		return Attached{}, fmt.Errorf("%s is not of the form of a policy: %w", id, err)
	}
	refs := typed.Spec.TargetRefs
	if typed.Spec.TargetRef != nil {
		refs = append(refs, *typed.Spec.TargetRef)
	}
	p := Attached{ID: id, Merges: typed.Spec.MergeType != "", Created: typed.CreationTimestamp.Time}
	for _, ref := range refs {
		t := Target{ID: resource.ID{Group: string(ref.Group), Kind: string(ref.Kind), Namespace: id.Namespace, Name: string(ref.Name)}}
		if ref.SectionName != nil {
			t.Section = string(*ref.SectionName)
		}
		p.Targets = append(p.Targets, t)
	}
	return p, nil
}
