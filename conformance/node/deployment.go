//go:build linux

package node

import (
	"context"
	"errors"
	"fmt"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
)

const manager = "conformance"

var (
	createOptions = metav1.CreateOptions{FieldManager: manager}
	updateOptions = metav1.UpdateOptions{FieldManager: manager}
)

// podKey names a Pod, and the Deployment that it was made for: one that comes
// again under its name has other Pods.
type podKey struct {
	namespace, name string
	owner           types.UID
}

// runPods runs the Pods that Deployments want, and ends the others.
func (n *Node) runPods(ctx context.Context) error {
	deployments, err := n.factory.Apps().V1().Deployments().Lister().List(labels.Everything())
	if err != nil {
		return err
	}
	var failed []error
	wanted := map[podKey]bool{}
	for _, d := range deployments {
		if d.DeletionTimestamp != nil {
			continue
		}
		replicas := int32(1)
		if d.Spec.Replicas != nil {
			replicas = *d.Spec.Replicas
		}
		for i := range replicas {
			key := podKey{d.Namespace, fmt.Sprintf("%s-%s-%d", d.Name, d.UID[:8], i), d.UID}
			if n.program(d.Spec.Template.Spec.Containers) == "" {
				continue
			}
			wanted[key] = true
			if n.pods[key] == nil {
				failed = append(failed, n.runPod(ctx, key, d))
			}
		}
	}
	for key, p := range n.pods {
		if wanted[key] {
			continue
		}
		p.stop()
		now := int64(0)
		err := n.client.CoreV1().Pods(key.namespace).Delete(ctx, key.name, metav1.DeleteOptions{GracePeriodSeconds: &now})
		if err != nil && !apierrors.IsNotFound(err) {
			failed = append(failed, err)
			continue
		}
		delete(n.pods, key)
	}
	return errors.Join(failed...)
}

// program returns what stands in for the image of a Pod's one container; "" if
// nothing does.
func (n *Node) program(containers []corev1.Container) string {
	if len(containers) != 1 {
		return ""
	}
	for part, program := range n.opts.Programs {
		if strings.Contains(containers[0].Image, part) {
			return program
		}
	}
	return ""
}

// runPod makes a Pod, runs it, and says that it is ready. An error says that it
// has to be tried again.
func (n *Node) runPod(ctx context.Context, key podKey, d *appsv1.Deployment) error {
	object := &corev1.Pod{Spec: *d.Spec.Template.Spec.DeepCopy()}
	object.Namespace, object.Name = key.namespace, key.name
	object.Labels, object.Annotations = d.Spec.Template.Labels, d.Spec.Template.Annotations
	object.Spec.NodeName = name
	made, err := n.client.CoreV1().Pods(key.namespace).Create(ctx, object, createOptions)
	if apierrors.IsAlreadyExists(err) {
		made, err = n.client.CoreV1().Pods(key.namespace).Get(ctx, key.name, metav1.GetOptions{})
	}
	if err != nil {
		return err
	}
	p, err := n.startPod(ctx, made)
	if err != nil {
		return fmt.Errorf("run Pod %s/%s: %w", key.namespace, key.name, err)
	}
	now := metav1.Now()
	made.Status = corev1.PodStatus{
		Phase: corev1.PodRunning, StartTime: &now, HostIP: n.opts.Address,
		PodIP: p.address, PodIPs: []corev1.PodIP{{IP: p.address}},
	}
	for _, c := range []corev1.PodConditionType{corev1.PodScheduled, corev1.PodInitialized, corev1.ContainersReady, corev1.PodReady} {
		made.Status.Conditions = append(made.Status.Conditions, corev1.PodCondition{Type: c, Status: corev1.ConditionTrue, LastTransitionTime: now})
	}
	made.Status.ContainerStatuses = []corev1.ContainerStatus{{
		Name: made.Spec.Containers[0].Name, Image: made.Spec.Containers[0].Image, Ready: true,
		State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: now}},
	}}
	if _, err := n.client.CoreV1().Pods(key.namespace).UpdateStatus(ctx, made, updateOptions); err != nil {
		p.stop()
		return err
	}
	n.pods[key] = p
	return nil
}
