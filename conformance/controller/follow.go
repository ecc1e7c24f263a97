package controller

import (
	"context"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/tools/cache"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/providers/xds/translate"
)

const gatewayGroup = "gateway.networking.k8s.io"

// Resources that are more than translated.
var (
	classes      = schema.GroupVersionResource{Group: gatewayGroup, Version: "v1", Resource: "gatewayclasses"}
	gateways     = schema.GroupVersionResource{Group: gatewayGroup, Version: "v1", Resource: "gateways"}
	listenerSets = schema.GroupVersionResource{Group: gatewayGroup, Version: "v1", Resource: "listenersets"}
	policies     = schema.GroupVersionResource{Group: gatewayGroup, Version: "v1", Resource: "backendtlspolicies"}

	secrets    = schema.GroupVersionResource{Version: "v1", Resource: "secrets"}
	configMaps = schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}
)

// routes are the resources of all kinds of routes.
var routes = []schema.GroupVersionResource{
	{Group: gatewayGroup, Version: "v1", Resource: "httproutes"},
	{Group: gatewayGroup, Version: "v1", Resource: "grpcroutes"},
	{Group: gatewayGroup, Version: "v1", Resource: "tlsroutes"},
	{Group: gatewayGroup, Version: "v1", Resource: "tcproutes"},
	{Group: gatewayGroup, Version: "v1", Resource: "udproutes"},
}

// followed are all resources that translation takes, and the classes.
var followed = append([]schema.GroupVersionResource{
	classes, gateways, listenerSets, policies,
	{Group: gatewayGroup, Version: "v1", Resource: "referencegrants"},
	{Version: "v1", Resource: "services"},
	{Group: "discovery.k8s.io", Version: "v1", Resource: "endpointslices"},
	{Version: "v1", Resource: "namespaces"},
	secrets, configMaps,
}, routes...)

// follower keeps what the API server has.
type follower struct {
	factory dynamicinformer.DynamicSharedInformerFactory
	changed chan struct{} // has a token when there is something new
}

// follow returns when everything is known.
func follow(ctx context.Context, client dynamic.Interface) (*follower, error) {
	f := &follower{factory: dynamicinformer.NewDynamicSharedInformerFactory(client, 0), changed: make(chan struct{}, 1)}
	poke := func() {
		select {
		case f.changed <- struct{}{}:
		default:
		}
	}
	for _, gvr := range followed {
		_, err := f.factory.ForResource(gvr).Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
			AddFunc: func(any) { poke() }, UpdateFunc: func(any, any) { poke() }, DeleteFunc: func(any) { poke() },
		})
		if err != nil {
			return nil, err
		}
	}
	f.factory.Start(ctx.Done())
	f.factory.WaitForCacheSync(ctx.Done())
	return f, ctx.Err()
}

// stop is for after the end of the context.
func (f *follower) stop() { f.factory.Shutdown() }

// seen is what the API server has at one moment.
type seen map[schema.GroupVersionResource][]*unstructured.Unstructured

func (f *follower) list() (seen, error) {
	out := seen{}
	for _, gvr := range followed {
		list, err := f.factory.ForResource(gvr).Lister().List(labels.Everything())
		if err != nil {
			return nil, err
		}
		out[gvr] = unstructuredOf(list)
	}
	// Of the Gateways only those that are this controller's.
	own := map[string]bool{}
	for _, class := range out[classes] {
		if controller, _, _ := unstructured.NestedString(class.Object, "spec", "controllerName"); controller == Name {
			own[class.GetName()] = true
		}
	}
	out[gateways] = slices.DeleteFunc(out[gateways], func(g *unstructured.Unstructured) bool {
		class, _, _ := unstructured.NestedString(g.Object, "spec", "gatewayClassName")
		return !own[class]
	})
	out[classes] = slices.DeleteFunc(out[classes], func(c *unstructured.Unstructured) bool { return !own[c.GetName()] })
	return out, nil
}

func unstructuredOf(list []runtime.Object) []*unstructured.Unstructured {
	var out []*unstructured.Unstructured
	for _, o := range list {
		if u := o.(*unstructured.Unstructured); u.GetDeletionTimestamp() == nil || len(u.GetFinalizers()) > 0 {
			out = append(out, u)
		}
	}
	slices.SortFunc(out, func(a, b *unstructured.Unstructured) int {
		return strings.Compare(a.GetNamespace()+"/"+a.GetName(), b.GetNamespace()+"/"+b.GetName())
	})
	return out
}

// inputs is what is translated. Gateways are bound to the address that they
// were given, as a cluster's would be by its network; what Secrets and
// ConfigMaps hold is in files.
func (c *Controller) inputs(all seen) ([]translate.Object, error) {
	var out []translate.Object
	for gvr, list := range all {
		if gvr == classes {
			continue
		}
		for _, o := range list {
			in := translate.Object{Object: &unstructured.Unstructured{Object: map[string]any{}}, Created: o.GetCreationTimestamp().Time}
			for key, value := range o.Object {
				if key != "status" {
					in.Object.Object[key] = value
				}
			}
			if p := c.gateways[resource.IDOf(o)]; p != nil {
				spec, _ := o.Object["spec"].(map[string]any)
				in.Object.Object["spec"] = p.bound(spec)
			}
			if gvr == secrets || gvr == configMaps {
				var err error
				if in.Object, in.Unusable, err = c.material.annotated(in.Object); err != nil {
					return nil, err
				}
			}
			out = append(out, in)
		}
	}
	return out, nil
}
