//go:build linux

// Package node stands in for what a cluster has beside its API server: the
// controllers that make Pods of Deployments and EndpointSlices of Services, and
// one node with its kubelet. Each Pod is the real program in a network
// namespace of its own, with an address that the others reach it at.
package node

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
)

// name is the node's.
const name = "conformance"

// again is how long something that is not there yet is waited for, such as the
// Secret of a volume.
const again = 200 * time.Millisecond

// Options say what a node runs.
type Options struct {
	Config *rest.Config
	// Address is where the node's kubelet answers the API server.
	Address string
	// Programs are those behind images, by a part of the image's name. Pods of
	// other images are not made.
	Programs map[string]string
	Log      func(format string, args ...any)
}

// Node is a running node.
type Node struct {
	opts    Options
	client  kubernetes.Interface
	dir     string
	factory informers.SharedInformerFactory
	wake    chan struct{}
	pods    map[podKey]*pod
	numbers int // of pods, for their addresses
	kubelet *kubelet
	cancel  context.CancelFunc
	done    chan struct{}
}

// Start runs a node until Stop.
func Start(ctx context.Context, opts Options) (*Node, error) {
	client, err := kubernetes.NewForConfig(opts.Config)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "node-")
	if err != nil {
		return nil, err
	}
	n := &Node{
		opts: opts, client: client, dir: dir, wake: make(chan struct{}, 1),
		factory: informers.NewSharedInformerFactory(client, 0),
		pods:    map[podKey]*pod{}, done: make(chan struct{}),
	}
	if n.kubelet, err = startKubelet(opts.Address); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if err := n.register(ctx); err != nil {
		n.kubelet.stop()
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	ctx, n.cancel = context.WithCancel(context.WithoutCancel(ctx))
	for _, informer := range []cache.SharedIndexInformer{
		n.factory.Apps().V1().Deployments().Informer(), n.factory.Core().V1().Pods().Informer(),
		n.factory.Core().V1().Services().Informer(), n.factory.Discovery().V1().EndpointSlices().Informer(),
	} {
		if _, err := informer.AddEventHandler(n.handler()); err != nil {
			n.cancel()
			n.kubelet.stop()
			return nil, errors.Join(err, os.RemoveAll(dir))
		}
	}
	n.factory.Start(ctx.Done())
	go n.run(ctx)
	return n, nil
}

func (n *Node) handler() cache.ResourceEventHandler {
	poke := func() {
		select {
		case n.wake <- struct{}{}:
		default:
		}
	}
	return cache.ResourceEventHandlerFuncs{
		AddFunc: func(any) { poke() }, UpdateFunc: func(any, any) { poke() }, DeleteFunc: func(any) { poke() },
	}
}

// run brings about what the objects say, again and again.
func (n *Node) run(ctx context.Context) {
	defer close(n.done)
	n.factory.WaitForCacheSync(ctx.Done())
	for {
		err := errors.Join(n.runPods(ctx), n.writeEndpoints(ctx))
		if ctx.Err() != nil {
			return
		}
		var retry <-chan time.Time
		if err != nil {
			if !apierrors.IsNotFound(err) { // not there yet
				n.opts.Log("the node: %v", err)
			}
			retry = time.After(again)
		}
		select {
		case <-ctx.Done():
			return
		case <-n.wake:
		case <-retry:
		}
	}
}

// Stop ends all Pods.
func (n *Node) Stop() {
	n.cancel()
	<-n.done
	n.factory.Shutdown()
	for _, p := range n.pods {
		p.stop()
	}
	n.kubelet.stop()
	_ = os.RemoveAll(n.dir) // a temporary folder
}

// register makes the Node object, which tells the API server whom to ask for
// logs.
func (n *Node) register(ctx context.Context) error {
	node := &corev1.Node{}
	node.Name = name
	made, err := n.client.CoreV1().Nodes().Create(ctx, node, createOptions)
	if err != nil {
		return fmt.Errorf("make the Node: %w", err)
	}
	made.Status.Addresses = []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: n.opts.Address}}
	made.Status.DaemonEndpoints.KubeletEndpoint.Port = n.kubelet.port
	made.Status.Conditions = []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue}}
	_, err = n.client.CoreV1().Nodes().UpdateStatus(ctx, made, updateOptions)
	return err
}
