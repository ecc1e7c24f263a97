package kinds

import (
	"github.com/gwctl/gwctl/config/schema"
	"github.com/gwctl/gwctl/internal/resource"
)

// plainRule is the rule of a route that looks at nothing but where a
// connection comes in, and so has one.
var plainRule = schema.Block{
	Type: "rule", Label: "name", OptionalLabel: true, Min: 1, Max: 1,
	Doc: "Where it goes.",
	Body: schema.Body{
		Attrs:  []schema.Attr{otherArg("rule")},
		Blocks: []schema.Block{forwardSchema()},
	},
}

func encodePlainRule(b *resource.Block, rule Field) {
	encodeForwards(b, nil, rule)
	checkOutcome(b, rule.f)
}

func decodePlainRule(p fields, b *resource.Block, in home) { decodeForwards(p, b, nil, in) }

// closed is what becomes of connections that lead nowhere.
var closed = refusal{"closed", "its share of the connections is closed"}
