package kinds_test

import (
	"github.com/gwctl/gwctl/internal/resource"
	"pgregory.net/rapid"
)

func grpcRouteBlock(t *rapid.T) *resource.Block {
	b := top(t, "grpc_route")
	parentBlocks(t, b)
	maybe(t, b, "hostnames", rapid.Map(rapid.SliceOfN(hosts, 0, 3), anys))
	ruleBlocks(t, b, 4, func(t *rapid.T, label string) *resource.Block {
		r := block("rule", label)
		for range rapid.IntRange(0, 3).Draw(t, "matches") {
			r.Blocks = append(r.Blocks, callMatchBlock(t))
		}
		maybe(t, r, "other", rapid.Just(map[string]any{"filters": []any{extensionFilter}}))
		r.Blocks = append(r.Blocks, callFilterBlocks(t)...)
		if rapid.Bool().Draw(t, "persists") {
			r.Blocks = append(r.Blocks, sessionBlock(t))
		}
		forwardBlocks(t, r, func(f *resource.Block) { f.Blocks = callFilterBlocks(t) })
		return r
	})
	return b
}

// callFilterBlocks draws those filters that a GRPCRoute has.
func callFilterBlocks(t *rapid.T) []*resource.Block {
	var out []*resource.Block
	for _, f := range filterBlocks(t) {
		if f.Type != "cors" && f.Type != "external_auth" {
			out = append(out, f)
		}
	}
	return out
}

func callMatchBlock(t *rapid.T) *resource.Block {
	m := block("match", "")
	names := rapid.SampledFrom([]string{"Get", "List", "Place"})
	services := rapid.SampledFrom([]string{"shop.v1.Orders", "a"})
	patterns := rapid.SampledFrom([]string{"(Get|List).*", "shop\\.v[0-9]+\\.Orders"})
	switch rapid.SampledFrom([]string{"", "service", "method", "methods", "both", "regex"}).Draw(t, "call") {
	case "service":
		m.Attrs = append(m.Attrs, attr("service", services.Draw(t, "service")))
	case "method":
		m.Attrs = append(m.Attrs, attr("method", names.Draw(t, "method")))
	case "methods":
		m.Attrs = append(m.Attrs, attr("methods", rapid.Map(rapid.SliceOfNDistinct(names, 1, 3, rapid.ID), anys).Draw(t, "methods")))
	case "both":
		m.Attrs = append(m.Attrs, attr("service", services.Draw(t, "service")), attr("method", names.Draw(t, "method")))
	case "regex":
		maybe(t, m, "service_regex", patterns)
		maybe(t, m, "method_regex", patterns)
	}
	if rapid.Bool().Draw(t, "has headers") {
		m.Attrs = append(m.Attrs, attr("headers", map[string]any{"a": "b", "x-c": map[string]any{"regex": "^b[0-9]+$"}}))
	}
	return m
}

func tlsRouteBlock(t *rapid.T) *resource.Block {
	b := plainRouteBlock("tls_route")(t)
	b.Attrs = append(b.Attrs, attr("hostnames", rapid.Map(rapid.SliceOfN(hosts, 1, 3), anys).Draw(t, "hostnames")))
	return b
}

func plainRouteBlock(kind string) func(*rapid.T) *resource.Block {
	return func(t *rapid.T) *resource.Block {
		b := top(t, kind)
		parentBlocks(t, b)
		maybe(t, b, "other", rapid.Just(map[string]any{"useDefaultGateways": "None"}))
		ruleBlocks(t, b, 1, func(t *rapid.T, label string) *resource.Block {
			r := block("rule", label)
			forwardBlocks(t, r, func(*resource.Block) {})
			return r
		})
		return b
	}
}

func listenerSetBlock(t *rapid.T) *resource.Block {
	b := top(t, "listener_set")
	b.Attrs = append(b.Attrs, attr("gateway", rapid.SampledFrom(gatewayRefs[:2]).Draw(t, "gateway")))
	for i := range rapid.IntRange(1, 4).Draw(t, "listeners") {
		b.Blocks = append(b.Blocks, listenerBlock(t, i))
	}
	return b
}

func grantBlock(t *rapid.T) *resource.Block {
	b := top(t, "reference_grant")
	granted := func(typ, kind, group string, more ...resource.Attr) *resource.Block {
		n := block(typ, "", append([]resource.Attr{attr("kind", kind)}, more...)...)
		if group != "" {
			n.Attrs = append(n.Attrs, attr("group", group))
		}
		return n
	}
	for range rapid.IntRange(1, 3).Draw(t, "from") {
		b.Blocks = append(b.Blocks, rapid.SampledFrom([]*resource.Block{
			granted("from", "HTTPRoute", "", attr("namespace", "a")),
			granted("from", "OwnRoute", "example.com", attr("namespace", "a")),
			granted("from", "Gateway", "example.com", attr("namespace", "b")),
		}).Draw(t, "who"))
	}
	for range rapid.IntRange(1, 3).Draw(t, "to") {
		b.Blocks = append(b.Blocks, rapid.SampledFrom([]*resource.Block{
			granted("to", "Secret", ""),
			granted("to", "Backend", "", attr("name", "a")),
			granted("to", "Service", "example.com"),
			granted("to", "Own", "example.com", attr("name", "b")),
		}).Draw(t, "what"))
	}
	return b
}
