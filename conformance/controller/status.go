package controller

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	apiequality "k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	apimeta "k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/providers/xds/translate"
)

// writeStatus tells the API server what became of its objects, once Envoys have
// it.
func (c *Controller) writeStatus(ctx context.Context, all seen, result translate.Result) error {
	var failed []error
	for _, o := range all[classes] {
		failed = append(failed, write(ctx, c, classes, o, c.classStatus(o.GetGeneration())))
	}
	for _, o := range all[gateways] {
		if s := result.Status.Of(resource.IDOf(o)); s != nil {
			failed = append(failed, write(ctx, c, gateways, o, c.gatewayStatus(o, s)))
		}
	}
	owned := maps.Clone(c.gateways) // who is responsible for a parent
	for _, o := range all[listenerSets] {
		p := c.gateways[gatewayOf(o)]
		if s := result.Status.Of(resource.IDOf(o)); s != nil && p != nil {
			owned[resource.IDOf(o)] = p
			failed = append(failed, write(ctx, c, listenerSets, o, listenerSetStatus(o, s, p)))
		}
	}
	for _, gvr := range routes {
		for _, o := range all[gvr] {
			if s := result.Status.Of(resource.IDOf(o)); s != nil {
				failed = append(failed, write(ctx, c, gvr, o, routeStatus(o, s, owned)))
			}
		}
	}
	for _, o := range all[policies] {
		if s := result.Status.Of(resource.IDOf(o)); s != nil {
			failed = append(failed, write(ctx, c, policies, o, policyStatus(o.GetGeneration(), s)))
		}
	}
	return errors.Join(failed...)
}

// write writes the status that make makes of the live one, if that is another.
func write[S any](ctx context.Context, c *Controller, gvr schema.GroupVersionResource, o *unstructured.Unstructured, change func(*S)) error {
	var live, wanted S
	for _, s := range []*S{&live, &wanted} {
		status, _, _ := unstructured.NestedMap(o.Object, "status")
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(status, s); err != nil {
			return err
		}
	}
	change(&wanted)
	if apiequality.Semantic.DeepEqual(live, wanted) {
		return nil
	}
	status, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&wanted)
	if err != nil {
		return err
	}
	next := o.DeepCopy()
	next.Object["status"] = status
	_, err = c.client.Resource(gvr).Namespace(o.GetNamespace()).UpdateStatus(ctx, next, metav1.UpdateOptions{FieldManager: "conformance"})
	switch {
	case apierrors.IsNotFound(err), apierrors.IsConflict(err):
		return nil // what it is now will be seen in a moment
	case err != nil:
		return fmt.Errorf("write the status of %s %s/%s: %w", o.GetKind(), o.GetNamespace(), o.GetName(), err)
	}
	return nil
}

func (c *Controller) classStatus(generation int64) func(*gatewayv1.GatewayClassStatus) {
	return func(s *gatewayv1.GatewayClassStatus) {
		setConditions(&s.Conditions, generation, []translate.Condition{
			{Type: string(gatewayv1.GatewayClassConditionStatusAccepted), Status: true, Reason: string(gatewayv1.GatewayClassReasonAccepted)},
			{Type: string(gatewayv1.GatewayClassConditionStatusSupportedVersion), Status: true, Reason: string(gatewayv1.GatewayClassReasonSupportedVersion)},
		})
		s.SupportedFeatures = nil
		for _, f := range c.opts.Features {
			s.SupportedFeatures = append(s.SupportedFeatures, gatewayv1.SupportedFeature{Name: gatewayv1.FeatureName(f)})
		}
	}
}

func (c *Controller) gatewayStatus(o *unstructured.Unstructured, in *translate.Status) func(*gatewayv1.GatewayStatus) {
	return func(s *gatewayv1.GatewayStatus) {
		p := c.gateways[resource.IDOf(o)]
		conditions := slices.Clone(in.Conditions)
		for i := range conditions {
			if conditions[i].Type == string(gatewayv1.GatewayConditionProgrammed) && conditions[i].Status {
				conditions[i] = programmed(p)
			}
		}
		setConditions(&s.Conditions, o.GetGeneration(), conditions)
		s.Addresses = nil
		if p != nil && apimeta.IsStatusConditionTrue(s.Conditions, string(gatewayv1.GatewayConditionProgrammed)) {
			spec, _ := o.Object["spec"].(map[string]any)
			addresses, _ := p.bound(spec)["addresses"].([]any)
			typ := gatewayv1.IPAddressType
			for _, a := range addresses {
				value, _, _ := unstructured.NestedString(a.(map[string]any), "value")
				s.Addresses = append(s.Addresses, gatewayv1.GatewayStatusAddress{Type: &typ, Value: value})
			}
		}
		s.Listeners = listenerStatuses(s.Listeners, in.Listeners, o.GetGeneration())
		attached := int32(in.AttachedListenerSets)
		s.AttachedListenerSets = &attached
	}
}

// listenerSetStatus is that of a set of a Gateway that this controller has.
func listenerSetStatus(o *unstructured.Unstructured, in *translate.Status, p *proxy) func(*gatewayv1.ListenerSetStatus) {
	return func(s *gatewayv1.ListenerSetStatus) {
		conditions := slices.Clone(in.Conditions)
		for i := range conditions {
			if conditions[i].Type == string(gatewayv1.ListenerSetConditionProgrammed) && conditions[i].Status && !programmed(p).Status {
				conditions[i] = translate.Condition{Type: conditions[i].Type, Reason: "ParentNotProgrammed", Message: programmed(p).Message}
			}
		}
		setConditions(&s.Conditions, o.GetGeneration(), conditions)
		// An entry of a set is what a Gateway's is, by another name.
		var old []gatewayv1.ListenerStatus
		for _, l := range s.Listeners {
			old = append(old, gatewayv1.ListenerStatus(l))
		}
		s.Listeners = nil
		for _, l := range listenerStatuses(old, in.Listeners, o.GetGeneration()) {
			s.Listeners = append(s.Listeners, gatewayv1.ListenerEntryStatus(l))
		}
	}
}

func listenerStatuses(old []gatewayv1.ListenerStatus, in []translate.ListenerStatus, generation int64) []gatewayv1.ListenerStatus {
	var out []gatewayv1.ListenerStatus
	for _, l := range in {
		listener := gatewayv1.ListenerStatus{Name: gatewayv1.SectionName(l.Name), AttachedRoutes: int32(l.AttachedRoutes), SupportedKinds: []gatewayv1.RouteGroupKind{}}
		for _, was := range old {
			if was.Name == listener.Name {
				listener.Conditions = was.Conditions
			}
		}
		setConditions(&listener.Conditions, generation, l.Conditions)
		for _, k := range l.SupportedKinds {
			group := gatewayv1.Group(k.Group)
			listener.SupportedKinds = append(listener.SupportedKinds, gatewayv1.RouteGroupKind{Group: &group, Kind: gatewayv1.Kind(k.Kind)})
		}
		out = append(out, listener)
	}
	return out
}

// gatewayOf returns the Gateway that a ListenerSet wants to add to.
func gatewayOf(set *unstructured.Unstructured) resource.ID {
	text := func(field, otherwise string) string {
		if s, _, _ := unstructured.NestedString(set.Object, "spec", "parentRef", field); s != "" {
			return s
		}
		return otherwise
	}
	return resource.ID{
		Group: text("group", gatewayGroup), Kind: text("kind", "Gateway"),
		Namespace: text("namespace", set.GetNamespace()), Name: text("name", ""),
	}
}

// programmed says whether the Envoy of a Gateway took what it was to serve.
func programmed(p *proxy) translate.Condition {
	out := translate.Condition{Type: string(gatewayv1.GatewayConditionProgrammed)}
	switch {
	case p == nil:
		out.Reason, out.Message = string(gatewayv1.GatewayReasonAddressNotAssigned), "No address is left."
	case p.refused == "":
		out.Status, out.Reason = true, string(gatewayv1.GatewayReasonProgrammed)
	case strings.Contains(p.refused, "cannot bind"):
		out.Reason, out.Message = string(gatewayv1.GatewayReasonAddressNotUsable), p.refused
	default:
		out.Reason, out.Message = string(gatewayv1.GatewayReasonInvalid), p.refused
	}
	return out
}

// routeStatus is about the parents that are this controller's alone.
func routeStatus(o *unstructured.Unstructured, in *translate.Status, owned map[resource.ID]*proxy) func(*gatewayv1.RouteStatus) {
	var route struct {
		Spec gatewayv1.CommonRouteSpec `json:"spec"`
	}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(o.Object, &route); err != nil {
		return func(*gatewayv1.RouteStatus) {}
	}
	return func(s *gatewayv1.RouteStatus) {
		old := s.Parents
		s.Parents = []gatewayv1.RouteParentStatus{}
		for i, p := range in.Parents {
			if i >= len(route.Spec.ParentRefs) || owned[p.Parent] == nil {
				continue
			}
			parent := gatewayv1.RouteParentStatus{ParentRef: route.Spec.ParentRefs[i], ControllerName: Name}
			for _, was := range old {
				if apiequality.Semantic.DeepEqual(was.ParentRef, parent.ParentRef) {
					parent.Conditions = was.Conditions
				}
			}
			setConditions(&parent.Conditions, o.GetGeneration(), p.Conditions)
			s.Parents = append(s.Parents, parent)
		}
	}
}

// policyStatus says the same to each Gateway that the policy matters to.
func policyStatus(generation int64, in *translate.Status) func(*gatewayv1.PolicyStatus) {
	return func(s *gatewayv1.PolicyStatus) {
		old := s.Ancestors
		s.Ancestors = []gatewayv1.PolicyAncestorStatus{}
		for _, g := range in.Ancestors {
			group, kind, namespace := gatewayv1.Group(g.Group), gatewayv1.Kind(g.Kind), gatewayv1.Namespace(g.Namespace)
			ancestor := gatewayv1.PolicyAncestorStatus{ControllerName: Name, AncestorRef: gatewayv1.ParentReference{
				Group: &group, Kind: &kind, Namespace: &namespace, Name: gatewayv1.ObjectName(g.Name),
			}}
			for _, was := range old {
				if apiequality.Semantic.DeepEqual(was.AncestorRef, ancestor.AncestorRef) {
					ancestor.Conditions = was.Conditions
				}
			}
			setConditions(&ancestor.Conditions, generation, in.Conditions)
			s.Ancestors = append(s.Ancestors, ancestor)
		}
	}
}

// setConditions makes conditions those that translation says, and keeps the
// times of what has not changed.
func setConditions(conditions *[]metav1.Condition, generation int64, in []translate.Condition) {
	wanted := map[string]bool{}
	for _, c := range in {
		status := metav1.ConditionFalse
		if c.Status {
			status = metav1.ConditionTrue
		}
		wanted[c.Type] = true
		apimeta.SetStatusCondition(conditions, metav1.Condition{
			Type: c.Type, Status: status, Reason: c.Reason, Message: c.Message, ObservedGeneration: generation,
		})
	}
	for _, c := range append([]metav1.Condition(nil), *conditions...) {
		if !wanted[c.Type] {
			apimeta.RemoveStatusCondition(conditions, c.Type)
		}
	}
}
