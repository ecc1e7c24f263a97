package kinds

import (
	"cmp"
	"slices"
	"strings"

	"github.com/gwctl/gwctl/config/schema"
	"github.com/gwctl/gwctl/internal/attachment"
	"github.com/gwctl/gwctl/internal/diag"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/zclconf/go-cty/cty"
)

// protocols are those of the Gateway API itself.
var protocols = []string{"HTTP", "HTTPS", "TLS", "TCP", "UDP"}

var listenerSchema = schema.Block{
	Type: "listener", Label: "name", Min: 1, Max: 64,
	Doc: "A port, and what is taken from it. Routes may name it.",
	Body: schema.Body{
		Attrs: []schema.Attr{
			{Name: "port", Type: cty.Number, Required: true, Doc: "1 to 65535. Listeners of HTTP share a port if their hostnames differ, and so do those of HTTPS and TLS; one of TCP has its port alone."},
			{Name: "protocol", Type: cty.String, Default: `"HTTP"`, Doc: "What is spoken on the port: `HTTP`, `HTTPS`, `TLS`, `TCP` or `UDP`, or a controller's own such as `example.com/quic`. `HTTPS` and `TLS` want a `tls` block."},
			{Name: "hostname", Type: cty.String, Default: "every host", Doc: "Hosts that the listener serves: `shop.example.com` or `*.example.com`. Not with `TCP` and `UDP`, which know no hosts."},
			otherArg("listener"),
		},
		Blocks: []schema.Block{listenerTLS, {
			Type: "allowed_routes", Max: 1,
			Doc: "Which routes may attach to the listener.",
			Body: schema.Body{
				Attrs: []schema.Attr{
					{Name: "namespaces", Type: cty.String, Default: `"Same"`, OneOf: []string{"Same", "All", "Selector"}, Doc: "Routes of the gateway's own namespace, of all, or of those that `selector` chooses."},
					{Name: "kinds", Type: cty.List(cty.String), Default: "what the protocol can take", OneOf: []string{"HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute"}, Doc: "Kinds of routes."},
				},
				Blocks: []schema.Block{selectorSchema},
			},
		}},
	},
}

// encodeListeners writes the listeners of a Gateway or of a ListenerSet.
func encodeListeners(b *resource.Block, spec Field) {
	listeners := b.BlocksOf("listener")
	checkLabels(spec.f, listeners)
	conflicting := checkListeners(listeners, spec.f)
	for _, l := range listeners {
		if !conflicting[l] {
			encodeListener(l, spec)
		}
	}
}

func encodeListener(l *resource.Block, spec Field) {
	f := spec.f
	out := spec.Item("listeners", within(l))
	out.Set("name", l.Label, within(l))
	protocol, refused := encodeProtocol(l, out)
	if port, a := f.number(l, "port"); a != nil {
		out.Set("port", port, from(a))
	}
	if hostname, a := f.text(l, "hostname"); a != nil {
		if protocol == "TCP" || protocol == "UDP" {
			f.Errorf(a.Range, "Hostname without hosts", "%s carries no hostnames, so that a listener of it takes all of its port. Remove hostname.", protocol)
		} else {
			out.Set("hostname", hostname, from(a))
		}
	}
	if !refused {
		encodeTLS(l, protocol, out)
	}
	for _, allowed := range l.BlocksOf("allowed_routes") {
		encodeAllowedRoutes(allowed, protocol, out)
	}
	encodeOther(l, out)
}

// encodeProtocol returns what the listener speaks, and whether that was
// refused.
func encodeProtocol(l *resource.Block, out Field) (protocol string, refused bool) {
	f := out.f
	given, a := f.text(l, "protocol")
	protocol = cmp.Or(given, "HTTP")
	by := within(l)
	if a != nil {
		by = from(a)
	}
	if attachment.RoutesOf(protocol) == nil && !strings.Contains(protocol, "/") {
		f.Errorf(by.at, "Unknown protocol", "protocol is %q.%s", protocol, diag.Allowed(protocol, protocols))
		protocol, refused = "HTTP", true
	}
	out.Set("protocol", protocol, by)
	return protocol, refused
}

func encodeAllowedRoutes(b *resource.Block, protocol string, listener Field) {
	f := listener.f
	kinds, a := f.texts(b, "kinds")
	if a == nil && argument(b, "namespaces") == nil && len(b.BlocksOf("selector")) == 0 {
		return
	}
	out := listener.Map("allowedRoutes", within(b))
	encodeNamespaces(b, out)
	if a != nil && len(kinds) == 0 {
		f.Errorf(a.Range, "No kinds", "kinds must name at least one kind of routes. Leave it out for all that the protocol can take.")
	}
	can := attachment.RoutesOf(protocol)
	for i, kind := range kinds {
		by := fromIndex(a, i)
		if can != nil && !slices.Contains(can, kind) {
			f.Errorf(by.at, "Routes of another protocol", "A listener of %s cannot take a %s. It takes %s.", protocol, kind, strings.Join(can, " and "))
			continue
		}
		listener.Map("allowedRoutes", within(b)).Item("kinds", by).Set("kind", kind, by)
	}
}

func decodeListener(p fields, in home) *resource.Block {
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
	allowed := &resource.Block{Type: "allowed_routes"}
	decodeNamespaces(routes, allowed, "Same")
	if kinds := decodeRouteKinds(routes.left["kinds"]); kinds != nil {
		set(allowed, "kinds", kinds)
		delete(routes.left, "kinds")
	}
	p.put("allowedRoutes", routes)
	tls := decodeTLS(p, in)
	p.other(l)
	if tls != nil {
		l.Blocks = append(l.Blocks, tls)
	}
	if len(allowed.Attrs)+len(allowed.Blocks) > 0 {
		l.Blocks = append(l.Blocks, allowed)
	}
	return l
}

// decodeRouteKinds returns nil unless all are kinds of the Gateway API.
func decodeRouteKinds(v any) []any {
	list, _ := v.([]any)
	var out []any
	for _, v := range list {
		p := fieldsOf(v)
		kind := p.text("kind")
		if group, given := take[string](p, "group"); given && group != gatewayObject.Group {
			return nil
		}
		known := slices.ContainsFunc(protocols, func(p string) bool { return slices.Contains(attachment.RoutesOf(p), kind) })
		if !known || len(p.left) > 0 {
			return nil
		}
		out = append(out, kind)
	}
	return out
}
