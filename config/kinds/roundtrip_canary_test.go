package kinds_test

import (
	"fmt"

	"github.com/gwctl/gwctl/internal/resource"
	"pgregory.net/rapid"
)

var canariedRefs = []resource.Ref{
	{Address: resource.Address{Kind: "http_route", Name: "orders"}, ID: resource.ID{Group: "gateway.networking.k8s.io", Kind: "HTTPRoute", Namespace: "default", Name: "orders"}},
	{Address: resource.Address{Kind: "grpc_route", Name: "calls"}, ID: resource.ID{Group: "gateway.networking.k8s.io", Kind: "GRPCRoute", Namespace: "shop", Name: "calls"}},
}

func canaryBlock(t *rapid.T) *resource.Block {
	b := top(t, "canary")
	var routes []any
	for _, r := range canariedRefs[:rapid.IntRange(1, 2).Draw(t, "routes")] {
		routes = append(routes, r)
	}
	pair := rapid.Permutation(backendRefs).Draw(t, "backends")
	b.Attrs = append(b.Attrs, attr("routes", routes), attr("stable", pair[0]), attr("candidate", pair[1]))
	maybe(t, b, "min_ready", rapid.Int64Range(0, 5))
	weight := int64(0)
	for i := range rapid.IntRange(1, 4).Draw(t, "steps") {
		step := block("step", fmt.Sprintf("s%d", i))
		if weight = rapid.Int64Range(weight, 1_000_000).Draw(t, "weight"); weight%10_000 == 0 {
			step.Attrs = append(step.Attrs, attr("weight", weight/10_000))
		} else {
			step.Attrs = append(step.Attrs, attr("weight", float64(weight)/10_000))
		}
		maybe(t, step, "hold", rapid.SampledFrom([]string{"0s", "90s", "1h30m"}))
		maybe(t, step, "approval", rapid.Bool())
		b.Blocks = append(b.Blocks, step)
	}
	return b
}
