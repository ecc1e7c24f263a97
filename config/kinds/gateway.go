package kinds

import (
	"net/netip"

	"github.com/gwctl/gwctl/config/schema"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/zclconf/go-cty/cty"
	runtime "k8s.io/apimachinery/pkg/runtime/schema"
)

var gatewayObject = runtime.GroupVersionKind{Group: "gateway.networking.k8s.io", Version: "v1", Kind: "Gateway"}

var gateway = &Kind{
	Name: "gateway",
	Doc:  "A group of proxies and the ports they listen on.",
	Example: `
gateway "public" {
  listener "http" {
    port     = 8080
    protocol = "HTTP"
    hostname = "*.example.com"
    allowed_routes { namespaces = "Same" }
  }
}`,
	Object: gatewayObject,
	Schema: schema.Body{
		Attrs: withMetadata(
			schema.Attr{Name: "class", Type: cty.String, Refs: []string{"gateway_class"}, Default: "the provider block's, which is \"gwctl\" on xds", Doc: "GatewayClass: who makes the proxies. Its name, or the block that makes it: `gateway_class.eg`."},
			schema.Attr{Name: "addresses", Type: cty.List(cty.String), Default: "every address of the proxy", Doc: "IP addresses that the proxies listen on, such as `127.0.0.1`, or names that lead to them where the provider can make such."},
			schema.Attr{Name: "client_certificate", Type: schema.Ref, Refs: []string{"certificate"}, Doc: "What the proxies show to backends that ask for a certificate."},
			otherArg("Gateway's spec"),
		),
		Blocks: []schema.Block{listenerSchema, clientValidation, infrastructureSchema, allowedListeners},
	},
	Identity: []string{"name", "namespace"},
	Refer:    referTo(called(gatewayObject.GroupKind())),
	Encode:   encodeGateway,
	Decode:   decodeGateway,
}

func encodeGateway(b *resource.Block, f *Fragment) {
	spec := f.Spec(b)
	if class, a := f.name(b, "class"); a != nil {
		spec.Set("gatewayClassName", class, from(a))
	} else {
		spec.Set("gatewayClassName", defaultClass(b, f), within(b))
	}
	addresses, a := f.texts(b, "addresses")
	for i, address := range addresses {
		encodeAddress(spec, address, fromIndex(a, i))
	}
	encodeInfrastructure(b, spec)
	encodeAllowedListeners(b, spec)
	encodeGatewayTLS(b, spec)
	encodeListeners(b, spec)
	encodeOther(b, spec)
}

// defaultClass returns the class of a gateway that names none.
func defaultClass(b *resource.Block, f *Fragment) string {
	if f.Scope.Class != "" {
		return f.Scope.Class
	}
	if f.Scope.Provider == "kubernetes" {
		f.Errorf(b.Range, "Gateway without a class", "On Kubernetes a GatewayClass says who makes the proxies, such as Envoy Gateway's \"eg\". Name it here, class = \"eg\", or for all gateways that name none in the provider block: provider \"kubernetes\" { class = \"eg\" }.")
	}
	return "gwctl"
}

func encodeAddress(spec Field, address string, by source) {
	kind := "Hostname"
	if _, err := netip.ParseAddr(address); err == nil {
		kind = "IPAddress"
	}
	item := spec.Item("addresses", by)
	item.Set("type", kind, by)
	item.Set("value", address, by)
}

func decodeGateway(o *resource.Object, names Names) (*resource.Block, error) {
	b := decodeMetadata(o, "gateway", names)
	spec := fieldsOf(o.Object["spec"])
	if class := spec.text("gatewayClassName"); class != "" {
		id := resource.ID{Group: gatewayClassObject.Group, Kind: gatewayClassObject.Kind, Name: class}
		if a, ok := names.find(id); ok {
			set(b, "class", resource.Ref{Address: a, ID: id})
		} else {
			set(b, "class", class)
		}
	}
	if addresses := decodeGatewayAddresses(spec.left["addresses"]); addresses != nil {
		set(b, "addresses", addresses)
		delete(spec.left, "addresses")
	}
	in := home{o.GetNamespace(), names}
	decodeGatewayTLS(spec, b, in)
	decodeInfrastructure(spec, b, in)
	decodeAllowedListeners(spec, b)
	for _, v := range list[map[string]any](spec, "listeners") {
		b.Blocks = append(b.Blocks, decodeListener(fieldsOf(v), in))
	}
	spec.other(b)
	decodeLabels(o, b)
	return b, nil
}

// decodeGatewayAddresses returns nil unless each address has the type that its
// value alone tells.
func decodeGatewayAddresses(v any) []any {
	given, _ := v.([]any)
	var out []any
	for _, v := range given {
		p := fieldsOf(v)
		value := p.text("value")
		_, err := netip.ParseAddr(value)
		kind, typed := p.left["type"].(string)
		if !typed {
			kind = "IPAddress"
		}
		delete(p.left, "type")
		if value == "" || len(p.left) > 0 || (kind == "IPAddress") != (err == nil) || kind != "IPAddress" && kind != "Hostname" {
			return nil
		}
		out = append(out, value)
	}
	return out
}
