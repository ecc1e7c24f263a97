package kinds

import (
	"github.com/gwctl/gwctl/config/schema"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/zclconf/go-cty/cty"
)

// allowedListeners says whose listener sets a gateway takes.
var allowedListeners = schema.Block{
	Type: "allowed_listeners", Max: 1,
	Doc: "Which `listener_set` blocks may add listeners to the gateway.",
	Body: schema.Body{
		Attrs: []schema.Attr{
			{Name: "namespaces", Type: cty.String, Default: `"None"`, OneOf: []string{"None", "Same", "All", "Selector"}, Doc: "Those of no namespace, of the gateway's own, of all, or of those that `selector` chooses."},
		},
		Blocks: []schema.Block{selectorSchema},
	},
}

func encodeAllowedListeners(b *resource.Block, spec Field) {
	for _, allowed := range b.BlocksOf("allowed_listeners") {
		encodeNamespaces(allowed, spec.Map("allowedListeners", within(allowed)))
	}
}

func decodeAllowedListeners(spec fields, b *resource.Block) {
	if _, ok := spec.left["allowedListeners"].(map[string]any); !ok {
		return
	}
	p := spec.sub("allowedListeners")
	allowed := &resource.Block{Type: "allowed_listeners"}
	decodeNamespaces(p, allowed, "None")
	spec.put("allowedListeners", p)
	b.Blocks = append(b.Blocks, allowed)
}
