//go:build linux

package node

import (
	"context"
	"errors"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	apiequality "k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// writeEndpoints makes an EndpointSlice of the Pods that a Service selects.
// Others are their authors'.
func (n *Node) writeEndpoints(ctx context.Context) error {
	services, err := n.factory.Core().V1().Services().Lister().List(labels.Everything())
	if err != nil {
		return err
	}
	pods, err := n.factory.Core().V1().Pods().Lister().List(labels.Everything())
	if err != nil {
		return err
	}
	slices.SortFunc(pods, func(a, b *corev1.Pod) int { return strings.Compare(a.Name, b.Name) })
	var failed []error
	wanted := map[[2]string]bool{}
	for _, s := range services {
		if len(s.Spec.Selector) == 0 || s.DeletionTimestamp != nil {
			continue
		}
		slice := sliceOf(s, pods)
		wanted[[2]string{slice.Namespace, slice.Name}] = true
		failed = append(failed, n.writeSlice(ctx, slice))
	}
	written, err := n.factory.Discovery().V1().EndpointSlices().Lister().List(labels.SelectorFromSet(labels.Set{discoveryv1.LabelManagedBy: manager}))
	if err != nil {
		return err
	}
	for _, s := range written {
		if wanted[[2]string{s.Namespace, s.Name}] {
			continue
		}
		err := n.client.DiscoveryV1().EndpointSlices(s.Namespace).Delete(ctx, s.Name, metav1.DeleteOptions{})
		if err != nil && !apierrors.IsNotFound(err) {
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}

func sliceOf(s *corev1.Service, pods []*corev1.Pod) *discoveryv1.EndpointSlice {
	out := &discoveryv1.EndpointSlice{AddressType: discoveryv1.AddressTypeIPv4}
	out.Namespace, out.Name = s.Namespace, s.Name+"-pods"
	out.Labels = map[string]string{discoveryv1.LabelServiceName: s.Name, discoveryv1.LabelManagedBy: manager}
	selected := labels.SelectorFromSet(s.Spec.Selector)
	ready := true
	var template *corev1.Pod
	for _, p := range pods {
		if p.Namespace != s.Namespace || p.Status.PodIP == "" || p.DeletionTimestamp != nil || !selected.Matches(labels.Set(p.Labels)) {
			continue
		}
		template = p
		out.Endpoints = append(out.Endpoints, discoveryv1.Endpoint{
			Addresses:  []string{p.Status.PodIP},
			Conditions: discoveryv1.EndpointConditions{Ready: &ready},
			TargetRef:  &corev1.ObjectReference{Kind: "Pod", Namespace: p.Namespace, Name: p.Name, UID: p.UID},
		})
	}
	for _, p := range s.Spec.Ports {
		number := targetPort(p, template)
		out.Ports = append(out.Ports, discoveryv1.EndpointPort{Name: &p.Name, Port: &number, Protocol: &p.Protocol, AppProtocol: p.AppProtocol})
	}
	return out
}

// targetPort returns the number of a Service's port at the Pods.
func targetPort(p corev1.ServicePort, pod *corev1.Pod) int32 {
	if p.TargetPort.Type == intstr.Int {
		if p.TargetPort.IntVal != 0 {
			return p.TargetPort.IntVal
		}
		return p.Port
	}
	if pod != nil {
		for _, c := range pod.Spec.Containers {
			for _, named := range c.Ports {
				if named.Name == p.TargetPort.StrVal {
					return named.ContainerPort
				}
			}
		}
	}
	return p.Port
}

func (n *Node) writeSlice(ctx context.Context, slice *discoveryv1.EndpointSlice) error {
	api := n.client.DiscoveryV1().EndpointSlices(slice.Namespace)
	live, err := n.factory.Discovery().V1().EndpointSlices().Lister().EndpointSlices(slice.Namespace).Get(slice.Name)
	switch {
	case apierrors.IsNotFound(err):
		_, err = api.Create(ctx, slice, createOptions)
		if apierrors.IsAlreadyExists(err) {
			return nil // it will be seen in a moment
		}
		return err
	case err != nil:
		return err
	case apiequality.Semantic.DeepEqual(live.Endpoints, slice.Endpoints) && apiequality.Semantic.DeepEqual(live.Ports, slice.Ports):
		return nil
	}
	live = live.DeepCopy()
	live.Endpoints, live.Ports = slice.Endpoints, slice.Ports
	if _, err = api.Update(ctx, live, updateOptions); apierrors.IsConflict(err) {
		return nil // it will be seen in a moment
	}
	return err
}
