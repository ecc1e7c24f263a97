package kinds

import (
	"cmp"
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
			otherArg("Gateway's spec"),
		),
		Blocks: []schema.Block{{
			Type: "listener", Label: "name", Min: 1, Max: 64,
			Doc: "A port, and what is taken from it. Routes may name it.",
			Body: schema.Body{
				Attrs: []schema.Attr{
					{Name: "port", Type: cty.Number, Required: true, Doc: "1 to 65535. Listeners may share a port if their hostnames differ."},
					{Name: "protocol", Type: cty.String, Default: `"HTTP"`, Doc: "What is spoken on the port: `HTTP`, or on Kubernetes `HTTPS` with a `tls` block. Others are not supported yet."},
					{Name: "hostname", Type: cty.String, Default: "every host", Doc: "Hosts that the listener serves: `shop.example.com` or `*.example.com`."},
					otherArg("listener"),
				},
				Blocks: []schema.Block{listenerTLS, {
					Type: "allowed_routes", Max: 1,
					Doc: "Which routes may attach to the listener.",
					Body: schema.Body{Attrs: []schema.Attr{
						{Name: "namespaces", Type: cty.String, Default: `"Same"`, OneOf: []string{"Same", "All"}, Doc: "Routes of the gateway's own namespace, or of all."},
					}},
				}},
			},
		}},
	},
	Identity: []string{"name", "namespace"},
	Refer:    referGateway,
	Encode:   encodeGateway,
	Decode:   decodeGateway,
}

func referGateway(b *resource.Block, a resource.Address, in Scope) resource.Ref {
	return resource.Ref{Address: a, ID: identify(gatewayObject.GroupKind(), b, a, in)}
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
	listeners := b.BlocksOf("listener")
	checkLabels(f, listeners)
	for _, l := range listeners {
		encodeListener(l, spec)
	}
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
	ip, err := netip.ParseAddr(address)
	if err == nil {
		kind = "IPAddress"
	}
	if spec.f.Scope.Provider == "xds" && (err != nil || ip.Zone() != "") {
		spec.f.Errorf(by.at, "Unsupported address", "%s is %q. The provider xds takes IP addresses that Envoy can bind, such as 127.0.0.1 or ::.", by, address)
	}
	item := spec.Item("addresses", by)
	item.Set("type", kind, by)
	item.Set("value", address, by)
}

func encodeListener(l *resource.Block, spec Field) {
	f := spec.f
	out := spec.Item("listeners", within(l))
	out.Set("name", l.Label, within(l))
	refused := false
	protocol, a := f.text(l, "protocol")
	switch {
	case a == nil:
		out.Set("protocol", "HTTP", within(l))
	case protocol != "HTTP" && f.Scope.Provider == "xds":
		f.Errorf(a.Range, "Unsupported protocol", "protocol is %q; an xDS server speaks \"HTTP\" alone so far.", protocol)
		out.Set("protocol", "HTTP", from(a))
		refused = true
	case protocol != "HTTP" && protocol != "HTTPS":
		f.Errorf(a.Range, "Unsupported protocol", "protocol is %q; \"HTTP\" and \"HTTPS\" are supported so far.", protocol)
		out.Set("protocol", "HTTP", from(a))
		refused = true
	default:
		out.Set("protocol", protocol, from(a))
	}
	if port, a := f.number(l, "port"); a != nil {
		out.Set("port", port, from(a))
	}
	if hostname, a := f.text(l, "hostname"); a != nil {
		out.Set("hostname", hostname, from(a))
	}
	if !refused {
		encodeTLS(l, cmp.Or(protocol, "HTTP"), out)
	}
	for _, allowed := range l.BlocksOf("allowed_routes") {
		if namespaces, a := f.text(allowed, "namespaces"); a != nil {
			out.Map("allowedRoutes", within(allowed)).Map("namespaces", from(a)).Set("from", namespaces, from(a))
		}
	}
	encodeOther(l, out)
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
	for _, v := range list[map[string]any](spec, "listeners") {
		b.Blocks = append(b.Blocks, decodeListener(fieldsOf(v), o.GetNamespace(), names))
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

func decodeListener(p fields, namespace string, names Names) *resource.Block {
	l := &resource.Block{Type: "listener", Label: p.text("name")}
	if port, ok := p.number("port"); ok {
		set(l, "port", port)
	}
	if protocol := p.text("protocol"); protocol != "HTTP" && protocol != "" {
		set(l, "protocol", protocol)
	}
	if hostname := p.text("hostname"); hostname != "" {
		set(l, "hostname", hostname)
	}
	routes := p.sub("allowedRoutes")
	namespaces := routes.sub("namespaces")
	allowed, ok := namespaces.left["from"].(string)
	if ok && (allowed == "Same" || allowed == "All") {
		delete(namespaces.left, "from")
	}
	routes.put("namespaces", namespaces)
	p.put("allowedRoutes", routes)
	tls := decodeTLS(p, namespace, names)
	p.other(l)
	if tls != nil {
		l.Blocks = append(l.Blocks, tls)
	}
	if allowed == "All" {
		block := &resource.Block{Type: "allowed_routes"}
		set(block, "namespaces", allowed)
		l.Blocks = append(l.Blocks, block)
	}
	return l
}
