package kinds

import (
	"github.com/gwctl/gwctl/config/schema"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/zclconf/go-cty/cty"
)

// forwardSchema is the block of a rule that says where its requests go; filters
// are what may happen to them on the way to one backend.
func forwardSchema(filters ...schema.Block) schema.Block {
	return schema.Block{
		Type: "forward", KeyAttr: "to", Max: 16,
		Doc: "A backend that requests go to.",
		Body: schema.Body{
			Attrs: []schema.Attr{
				{Name: "to", Type: schema.Ref, Refs: []string{"backend"}, Required: true, Doc: "The backend: `backend.orders`, `{ name = \"orders\", namespace = \"shop\", port = 8080 }` for a Service, or without the port for a Backend that another configuration owns."},
				{Name: "weight", Type: cty.Number, Default: "1", Doc: "Share of the requests, relative to the sum over the rule's forwards: 0 to 1000000."},
				otherArg("backend reference"),
			},
			Blocks: filters,
		},
	}
}

// encodeForwards writes where the requests of a rule go.
func encodeForwards(b *resource.Block, filters []filter, rule Field) {
	for _, forward := range b.BlocksOf("forward") {
		encodeForward(forward, filters, rule)
	}
}

func encodeForward(b *resource.Block, filters []filter, rule Field) {
	f := rule.f
	ref, a := backendRef(b, f)
	if a == nil {
		return
	}
	out := rule.Item("backendRefs", within(b))
	encodeBackendRef(ref, a, out)
	switch weight, a := f.number(b, "weight"); {
	case a == nil:
	case weight < 0 || weight > 1000000:
		f.Errorf(a.Range, "Invalid weight", "weight is %d; a weight is 0 to 1000000, relative to the other forwards of the rule.", weight)
	default:
		out.Set("weight", weight, from(a))
	}
	encodeFilters(b, filters, out)
	encodeOther(b, out)
}

// backendRef reads what a block sends requests to.
func backendRef(b *resource.Block, f *Fragment) (resource.Ref, *resource.Attr) {
	ref, a := f.ref(b, "to", "backend", backendObject.GroupKind())
	if a != nil && ref.Address.IsZero() && ref.Port != 0 && ref.ID.GroupKind() == backendObject.GroupKind() {
		ref.ID.Group, ref.ID.Kind = service.Group, service.Kind // of the two, only a Service takes a port
	}
	return ref, a
}

func encodeBackendRef(ref resource.Ref, a *resource.Attr, out Field) {
	encodeObjectRef(ref, service, out, from(a))
	if ref.Port != 0 {
		out.Set("port", ref.Port, from(a))
	}
}

func decodeForwards(p fields, b *resource.Block, filters []filter, in home) {
	keys := make(map[string]int)
	for _, v := range list[map[string]any](p, "backendRefs") {
		b.Blocks = append(b.Blocks, decodeForward(fieldsOf(v), filters, in, keys))
	}
}

func decodeForward(p fields, filters []filter, in home, keys map[string]int) *resource.Block {
	ref := decodeBackendRef(p, in)
	b := &resource.Block{Type: "forward", Key: unique(keys, ref.String())}
	set(b, "to", ref)
	if weight, ok := p.number("weight"); ok && weight != 1 {
		set(b, "weight", weight)
	}
	b.Blocks = decodeFilters(p, filters, in)
	p.other(b)
	return b
}

func decodeBackendRef(p fields, in home) resource.Ref {
	ref := decodeRef(p, service, in)
	ref.Port, _ = p.number("port")
	return ref
}
