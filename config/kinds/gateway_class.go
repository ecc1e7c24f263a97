package kinds

import (
	"github.com/gwctl/gwctl/config/schema"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/zclconf/go-cty/cty"
	runtime "k8s.io/apimachinery/pkg/runtime/schema"
)

var gatewayClassObject = runtime.GroupVersionKind{Group: "gateway.networking.k8s.io", Version: "v1", Kind: "GatewayClass"}

var gatewayClass = &Kind{
	Name: "gateway_class",
	Doc:  "Who makes the proxies of a cluster's gateways, and how. Of a Kubernetes cluster alone: an xDS server has the class `gwctl` and no other.",
	Example: `
gateway_class "eg" {
  controller  = "gateway.envoyproxy.io/gatewayclass-controller"
  description = "Envoy, made by Envoy Gateway"
}`,
	Object: gatewayClassObject,
	Schema: schema.Body{
		Attrs: withName(
			schema.Attr{Name: "controller", Type: cty.String, Required: true, Doc: "Name of the controller: `gateway.envoyproxy.io/gatewayclass-controller`. It cannot be changed later."},
			schema.Attr{Name: "description", Type: cty.String, Doc: "What the class is for, in at most 64 characters."},
			schema.Attr{Name: "parameters", Type: schema.Ref, Doc: "An object with the controller's settings: `manifest.proxy`, or `{ group = \"gateway.envoyproxy.io\", kind = \"EnvoyProxy\", name = \"proxy\", namespace = \"infra\" }` for one that another configuration owns."},
			otherArg("GatewayClass's spec"),
		),
	},
	Identity: []string{"name"},
	Refer:    referTo(called(gatewayClassObject.GroupKind())),
	Encode:   encodeGatewayClass,
	Decode:   decodeGatewayClass,
}

func encodeGatewayClass(b *resource.Block, f *Fragment) {
	if f.Scope.Provider == "xds" {
		f.Errorf(b.Range, "Class on an xDS server", "An xDS server has the class \"gwctl\" and takes no other: gateways on it name none. Remove the block, or have a Kubernetes provider apply it.")
	}
	spec := f.Spec(b)
	if controller, a := f.text(b, "controller"); a != nil {
		spec.Set("controllerName", controller, from(a))
	}
	if description, a := f.text(b, "description"); a != nil {
		spec.Set("description", description, from(a))
	}
	if ref, a := f.ref(b, "parameters", "manifest", runtime.GroupKind{}); a != nil {
		parameters := spec.Map("parametersRef", from(a))
		parameters.Set("group", ref.ID.Group, from(a))
		parameters.Set("kind", ref.ID.Kind, from(a))
		parameters.Set("name", ref.ID.Name, from(a))
		if ref.ID.Namespace != "" {
			parameters.Set("namespace", ref.ID.Namespace, from(a))
		}
	}
	encodeOther(b, spec)
}

func decodeGatewayClass(o *resource.Object, names Names) (*resource.Block, error) {
	b := decodeMetadata(o, "gateway_class", names)
	spec := fieldsOf(o.Object["spec"])
	if controller := spec.text("controllerName"); controller != "" {
		set(b, "controller", controller)
	}
	if description := spec.text("description"); description != "" {
		set(b, "description", description)
	}
	parameters := spec.sub("parametersRef")
	if ref := decodeRef(parameters, runtime.GroupKind{}, home{names: names}); ref.ID.Kind != "" && ref.ID.Name != "" {
		set(b, "parameters", ref)
		spec.put("parametersRef", parameters)
	}
	spec.other(b)
	decodeLabels(o, b)
	return b, nil
}
