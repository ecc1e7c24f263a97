package kinds

import (
	"fmt"

	"github.com/gwctl/gwctl/config/schema"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/zclconf/go-cty/cty"
)

// parentSchema says who takes the requests of a route, where that is one
// gateway or one of its listeners.
var parentSchema = []schema.Attr{
	{Name: "gateway", Type: schema.Ref, Refs: []string{"gateway"}, Doc: "The gateway that takes the requests: `gateway.public`, or `{ name = \"public\", namespace = \"infra\" }` for another team's. Several: `attach` blocks instead."},
	{Name: "listener_set", Type: schema.Ref, Refs: []string{"listener_set"}, Doc: "Instead of a gateway, the listeners that a team has added to one: `listener_set.shop`."},
	{Name: "listener", Type: cty.String, Default: "every listener that allows it", Doc: "Name of one listener of the gateway."},
	{Name: "port", Type: cty.Number, Default: "every port", Doc: "The listeners on one port alone."},
}

var attachSchema = schema.Block{
	Type: "attach", Max: 32,
	Doc:  "One of several gateways or listeners that take the requests.",
	Body: schema.Body{Attrs: append(parentSchema[:len(parentSchema):len(parentSchema)], otherArg("parent reference"))},
}

// parentsOf returns the blocks that say who takes the requests of a route.
func parentsOf(b *resource.Block) []*resource.Block {
	return append([]*resource.Block{b}, b.BlocksOf("attach")...)
}

// parentOf returns the argument with the gateway or listener set that a block
// says, nil where it says none.
func parentOf(b *resource.Block) *resource.Attr {
	if a := argument(b, "gateway"); a != nil {
		return a
	}
	return argument(b, "listener_set")
}

func encodeParents(b *resource.Block, spec Field) {
	f := spec.f
	attached := b.BlocksOf("attach")
	gateway, listener := parentOf(b), argument(b, "listener")
	if listener == nil {
		listener = argument(b, "port")
	}
	switch {
	case gateway == nil && listener != nil:
		f.Errorf(listener.Range, "Listener without a gateway", "%s names a listener of gateway = ..., which is missing.", listener.Name)
	case gateway == nil && len(attached) == 0 && argument(b, "other") == nil:
		f.Errorf(b.Range, "Route without a gateway", "Say which gateway takes the requests: gateway = gateway.NAME, or attach blocks for several.")
	case gateway != nil && len(attached) > 0:
		f.Errorf(attached[0].Range, "gateway and attach", "A route has %s = ... or attach blocks, not both. Write an attach block for each gateway.", gateway.Name)
	}
	if gateway != nil && len(attached) == 0 {
		encodeParent(b, spec)
	}
	for _, a := range attached {
		if parentOf(a) == nil && !otherSets(a, "name") {
			f.Errorf(a.Range, "Attached to nothing", "An attach block names a gateway or a listener set: gateway = gateway.NAME.")
		}
		if out, ok := encodeParent(a, spec); ok {
			encodeOther(a, out)
		}
	}
}

// encodeParent writes the gateway and listener that b says.
func encodeParent(b *resource.Block, spec Field) (Field, bool) {
	f := spec.f
	ref, a := f.ref(b, "gateway", "gateway", gatewayObject.GroupKind())
	set, bySet := f.ref(b, "listener_set", "listener_set", listenerSetObject.GroupKind())
	switch {
	case a != nil && bySet != nil:
		f.Errorf(bySet.Range, "gateway and listener_set", "A route is attached to a gateway or to a listener set, not to both at once. Write an attach block for each.")
	case a == nil && bySet == nil:
		return Field{}, false
	case a == nil:
		ref, a = set, bySet
	}
	out := spec.Item("parentRefs", from(a))
	encodeObjectRef(ref, gatewayObject.GroupKind(), out, from(a))
	if listener, a := f.text(b, "listener"); a != nil {
		out.Set("sectionName", listener, from(a))
	}
	if port, a := f.number(b, "port"); a != nil {
		out.Set("port", port, from(a))
	}
	return out, true
}

// decodeParents writes a single parent as arguments of the route.
func decodeParents(spec fields, b *resource.Block, in home) {
	var attached []*resource.Block
	keys := make(map[string]int)
	for _, v := range list[map[string]any](spec, "parentRefs") {
		p := fieldsOf(v)
		ref := decodeRef(p, gatewayObject.GroupKind(), in)
		n := &resource.Block{Type: "attach", Key: ref.String()}
		if ref.ID.GroupKind() == listenerSetObject.GroupKind() {
			set(n, "listener_set", ref)
		} else {
			set(n, "gateway", ref)
		}
		if listener := p.text("sectionName"); listener != "" {
			set(n, "listener", listener)
			n.Key += "/" + listener
		}
		if port, ok := p.number("port"); ok {
			set(n, "port", port)
			n.Key += fmt.Sprintf(":%d", port)
		}
		n.Key = unique(keys, n.Key)
		p.other(n)
		attached = append(attached, n)
	}
	if len(attached) == 1 && attached[0].Attr("other") == nil {
		b.Attrs = append(b.Attrs, attached[0].Attrs...)
	} else {
		b.Blocks = attached
	}
}
