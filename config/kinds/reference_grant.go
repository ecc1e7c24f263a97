package kinds

import (
	"github.com/gwctl/gwctl/config/schema"
	"github.com/gwctl/gwctl/internal/diag"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/zclconf/go-cty/cty"
)

var referenceGrantObject = gatewayAPI("ReferenceGrant")

var referenceGrant = &Kind{
	Name: "reference_grant",
	Doc:  "What objects of other namespaces may refer to in this one. Without a grant, a route forwards to its own namespace alone, and a gateway shows certificates of its own.",
	Example: `
reference_grant "certificates" {
  namespace = "certs"
  from {
    kind      = "Gateway"
    namespace = "infra"
  }
  to {
    kind = "Secret"
    name = "wildcard-tls"
  }
}`,
	Object: referenceGrantObject,
	Schema: schema.Body{
		Attrs: withMetadata(otherArg("ReferenceGrant's spec")),
		Blocks: []schema.Block{
			{
				Type: "from", Min: 1, Max: 16,
				Doc: "Who may refer: objects of a kind in a namespace.",
				Body: schema.Body{Attrs: []schema.Attr{
					{Name: "kind", Type: cty.String, Required: true, Doc: "Kind of the objects, as `HTTPRoute` or `Gateway`."},
					{Name: "namespace", Type: cty.String, Required: true, Doc: "Their namespace."},
					grantedGroup,
				}},
			},
			{
				Type: "to", Min: 1, Max: 16,
				Doc: "What they may refer to: objects of a kind in the grant's own namespace.",
				Body: schema.Body{Attrs: []schema.Attr{
					{Name: "kind", Type: cty.String, Required: true, Doc: "Kind of the objects, as `Service`, `Backend`, `Secret` or `ConfigMap`."},
					{Name: "name", Type: cty.String, Default: "all of them", Doc: "Name of one of them."},
					grantedGroup,
				}},
			},
		},
	},
	Identity: []string{"name", "namespace"},
	Refer:    referTo(called(referenceGrantObject.GroupKind())),
	Encode:   encodeReferenceGrant,
	Decode:   decodeReferenceGrant,
}

var grantedGroup = schema.Attr{Name: "group", Type: cty.String, Default: "the kind's, where gwctl knows it", Doc: "API group of the kind; `\"\"` is Kubernetes' core."}

// grantedGroups are the API groups of kinds that are commonly granted.
var grantedGroups = map[string]string{
	"Gateway": gatewayObject.Group, "ListenerSet": gatewayObject.Group, "BackendTLSPolicy": gatewayObject.Group,
	"HTTPRoute": gatewayObject.Group, "GRPCRoute": gatewayObject.Group, "TLSRoute": gatewayObject.Group, "TCPRoute": gatewayObject.Group, "UDPRoute": gatewayObject.Group,
	"Backend": backendObject.Group, "SecurityPolicy": backendObject.Group, "ClientTrafficPolicy": backendObject.Group, "EnvoyExtensionPolicy": backendObject.Group,
	"Service": "", "Secret": "", "ConfigMap": "",
}

func encodeReferenceGrant(b *resource.Block, f *Fragment) {
	spec := f.Spec(b)
	for _, part := range []struct{ block, arg string }{{"from", "namespace"}, {"to", "name"}} {
		for _, n := range b.BlocksOf(part.block) {
			encodeGranted(n, part.arg, spec.Item(part.block, within(n)))
		}
	}
	encodeOther(b, spec)
}

func encodeGranted(b *resource.Block, arg string, out Field) {
	f := out.f
	kind, a := f.text(b, "kind")
	if a != nil {
		out.Set("kind", kind, from(a))
	}
	group, given := f.text(b, "group")
	switch known, ok := grantedGroups[kind]; {
	case given != nil:
		out.Set("group", group, from(given))
	case ok:
		out.Set("group", known, from(a))
	case a != nil:
		names := make([]string, 0, len(grantedGroups))
		for name := range grantedGroups {
			names = append(names, name)
		}
		suggestion := ""
		if nearest := diag.Nearest(kind, names); nearest != "" {
			suggestion = " Did you mean \"" + nearest + "\"?"
		}
		f.Errorf(a.Range, "Kind of no group", "kind is %q, whose API group gwctl does not know.%s Say it: group = \"example.com\".", kind, suggestion)
		out.Set("group", "", from(a))
	}
	if value, a := f.text(b, arg); a != nil {
		out.Set(arg, value, from(a))
	}
}

func decodeReferenceGrant(o *resource.Object, names Names) (*resource.Block, error) {
	b := decodeMetadata(o, "reference_grant", names)
	spec := fieldsOf(o.Object["spec"])
	for _, part := range []struct{ block, arg string }{{"from", "namespace"}, {"to", "name"}} {
		var kept []any
		for _, v := range list[map[string]any](spec, part.block) {
			if n := decodeGranted(fieldsOf(v), part.block, part.arg); n != nil {
				b.Blocks = append(b.Blocks, n)
			} else {
				kept = append(kept, v)
			}
		}
		spec.keep(part.block, kept)
	}
	spec.other(b)
	decodeLabels(o, b)
	return b, nil
}

// decodeGranted returns nil for what has no words.
func decodeGranted(p fields, typ, arg string) *resource.Block {
	b := &resource.Block{Type: typ}
	kind := p.text("kind")
	set(b, "kind", kind)
	if value := p.text(arg); value != "" {
		set(b, arg, value)
	}
	group, ok := take[string](p, "group")
	if known, isKnown := grantedGroups[kind]; !isKnown || known != group {
		set(b, "group", group)
	}
	if !ok || len(p.left) > 0 {
		return nil
	}
	return b
}
