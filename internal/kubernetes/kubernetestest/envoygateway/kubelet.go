package envoygateway

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"strconv"
	"sync"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"

	"github.com/gwctl/gwctl/internal/envoy"
	"github.com/gwctl/gwctl/internal/kubernetes/kubernetestest/sandbox"
)

// Labels of what Envoy Gateway makes for a Gateway.
const (
	labelGateway   = "gateway.envoyproxy.io/owning-gateway-name"
	labelNamespace = "gateway.envoyproxy.io/owning-gateway-namespace"
)

// kubelet stands in for all that would run a Gateway's Deployment and give its
// Service an address: it runs an Envoy for each, and says in status that all is
// well.
type kubelet struct {
	client kubernetes.Interface
	dir    string
	cancel context.CancelFunc
	done   chan struct{}

	mu      sync.Mutex
	proxies map[types.NamespacedName]*proxy // by Gateway
	err     error                           // of the last round
}

// proxy is the Envoy of a Gateway.
type proxy struct {
	deployment types.UID
	envoy      *envoy.Process
	ports      map[int32]int32 // of the Service, to Envoy's
}

func startKubelet(client kubernetes.Interface, dir string) *kubelet {
	ctx, cancel := context.WithCancel(context.Background())
	k := &kubelet{client: client, dir: dir, cancel: cancel, done: make(chan struct{}), proxies: map[types.NamespacedName]*proxy{}}
	go k.run(ctx)
	return k
}

func (k *kubelet) stop() {
	k.cancel()
	<-k.done
	for _, p := range k.proxies {
		p.envoy.Kill()
	}
}

func (k *kubelet) run(ctx context.Context) {
	defer close(k.done)
	for ctx.Err() == nil {
		err := k.round(ctx)
		k.mu.Lock()
		k.err = err
		k.mu.Unlock()
		select {
		case <-ctx.Done():
		case <-time.After(poll):
		}
	}
}

// round looks at all Deployments of Gateways once.
func (k *kubelet) round(ctx context.Context) error {
	list, err := k.client.AppsV1().Deployments(Namespace).List(ctx, metav1.ListOptions{LabelSelector: labelGateway})
	if err != nil {
		return err
	}
	var problems []error
	wanted := map[types.NamespacedName]bool{}
	for i := range list.Items {
		d := &list.Items[i]
		gateway := types.NamespacedName{Namespace: d.Labels[labelNamespace], Name: d.Labels[labelGateway]}
		wanted[gateway] = true
		if err := k.look(ctx, gateway, d); err != nil {
			problems = append(problems, fmt.Errorf("the Envoy of Gateway %s: %w", gateway, err))
		}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for gateway, p := range k.proxies {
		if !wanted[gateway] {
			p.envoy.Kill()
			delete(k.proxies, gateway)
		}
	}
	return errors.Join(problems...)
}

// look runs what one Deployment wants.
func (k *kubelet) look(ctx context.Context, gateway types.NamespacedName, d *appsv1.Deployment) error {
	k.mu.Lock()
	running := k.proxies[gateway]
	k.mu.Unlock()
	if running != nil && running.deployment != d.UID {
		running.envoy.Kill()
		running = nil
	}
	service, err := k.client.CoreV1().Services(Namespace).Get(ctx, d.Name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	if err := k.serve(ctx, service); err != nil {
		return err
	}
	next := proxy{deployment: d.UID, ports: map[int32]int32{}}
	for _, port := range service.Spec.Ports {
		next.ports[port.Port] = port.TargetPort.IntVal
	}
	if running != nil {
		next.envoy = running.envoy
	} else if next.envoy, err = k.runEnvoy(ctx, d); err != nil {
		return err
	}
	k.mu.Lock()
	k.proxies[gateway] = &next
	k.mu.Unlock()
	return k.report(ctx, d)
}

// report says in a Deployment's status that its Pods run.
func (k *kubelet) report(ctx context.Context, d *appsv1.Deployment) error {
	if d.Status.ObservedGeneration == d.Generation {
		return nil
	}
	d.Status = appsv1.DeploymentStatus{
		ObservedGeneration: d.Generation, Replicas: 1, UpdatedReplicas: 1, ReadyReplicas: 1, AvailableReplicas: 1,
		Conditions: []appsv1.DeploymentCondition{{Type: appsv1.DeploymentAvailable, Status: corev1.ConditionTrue, Reason: "MinimumReplicasAvailable"}},
	}
	_, err := k.client.AppsV1().Deployments(Namespace).UpdateStatus(ctx, d, metav1.UpdateOptions{})
	return err
}

// serve gives a Service an address, and the endpoints that its Pods would be.
// Without them Envoy waits for those of its own cluster for ever.
func (k *kubelet) serve(ctx context.Context, service *corev1.Service) error {
	if len(service.Status.LoadBalancer.Ingress) == 0 {
		service.Status.LoadBalancer.Ingress = []corev1.LoadBalancerIngress{{IP: sandbox.Address}}
		if _, err := k.client.CoreV1().Services(Namespace).UpdateStatus(ctx, service, metav1.UpdateOptions{}); err != nil {
			return err
		}
	}
	// Envoy Gateway knows the slice as that of one of its Services by their
	// labels, which a slice has too.
	labels := map[string]string{discoveryv1.LabelServiceName: service.Name}
	maps.Copy(labels, service.Labels)
	ready := true
	slice := &discoveryv1.EndpointSlice{
		ObjectMeta:  metav1.ObjectMeta{Name: service.Name, Labels: labels},
		AddressType: discoveryv1.AddressTypeIPv4,
		Endpoints:   []discoveryv1.Endpoint{{Addresses: []string{sandbox.Address}, Conditions: discoveryv1.EndpointConditions{Ready: &ready}}},
	}
	for _, port := range service.Spec.Ports {
		slice.Ports = append(slice.Ports, discoveryv1.EndpointPort{Name: &port.Name, Port: &port.TargetPort.IntVal, Protocol: &port.Protocol})
	}
	slices := k.client.DiscoveryV1().EndpointSlices(Namespace)
	old, err := slices.Get(ctx, slice.Name, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		_, err = slices.Create(ctx, slice, metav1.CreateOptions{})
	case err == nil && len(old.Ports) != len(slice.Ports):
		slice.ResourceVersion = old.ResourceVersion
		_, err = slices.Update(ctx, slice, metav1.UpdateOptions{})
	}
	return err
}

// address returns where a listener's port is served.
func (k *kubelet) address(namespace, gateway string, port int) (string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	p := k.proxies[types.NamespacedName{Namespace: namespace, Name: gateway}]
	if p == nil {
		return "", errors.Join(fmt.Errorf("no Envoy runs for Gateway %s/%s", namespace, gateway), k.err)
	}
	target, ok := p.ports[int32(port)]
	if !ok {
		return "", fmt.Errorf("the Service of Gateway %s/%s has no port %d but %v", namespace, gateway, port, p.ports)
	}
	select {
	case <-p.envoy.Done():
		return "", p.envoy.Wait()
	default:
		return net.JoinHostPort(sandbox.Address, strconv.Itoa(int(target))), nil
	}
}
