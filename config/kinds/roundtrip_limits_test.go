package kinds_test

import (
	"fmt"

	"github.com/gwctl/gwctl/internal/resource"
	"pgregory.net/rapid"
)

// policyRefs are what a policy of namespace default may be for.
var policyRefs = []resource.Ref{
	{Address: resource.Address{Kind: "gateway", Name: "public"}, ID: resource.ID{Group: "gateway.networking.k8s.io", Kind: "Gateway", Namespace: "default", Name: "public"}},
	{ID: resource.ID{Group: "gateway.networking.k8s.io", Kind: "HTTPRoute", Namespace: "default", Name: "orders"}},
	{ID: resource.ID{Group: "gateway.networking.k8s.io", Kind: "GRPCRoute", Namespace: "default", Name: "orders"}},
}

func rateLimitBlock(t *rapid.T) *resource.Block {
	b := top(t, "rate_limit")
	switch rapid.IntRange(0, 2).Draw(t, "targets") {
	case 0:
		b.Attrs = append(b.Attrs, attr("target", rapid.SampledFrom(policyRefs).Draw(t, "target")))
		maybe(t, b, "section", word)
	case 1:
		b.Attrs = append(b.Attrs, attr("target", policyRefs[1]), attr("merge", rapid.Bool().Draw(t, "merge")))
	default:
		b.Attrs = append(b.Attrs, attr("targets", []any{policyRefs[2], policyRefs[1]}))
	}
	scope := rapid.SampledFrom([]string{"global", "local"}).Draw(t, "scope")
	b.Attrs = append(b.Attrs, attr("scope", scope))
	if scope == "global" {
		maybe(t, b, "limiter_down", rapid.SampledFrom([]string{"open", "closed"}))
	}
	maybe(t, b, "other", rapid.SampledFrom([]map[string]any{
		{"circuitBreaker": map[string]any{"maxConnections": int64(10)}},
		{"rateLimit": map[string]any{scope: map[string]any{"rules": []any{map[string]any{
			"clientSelectors": []any{map[string]any{"path": map[string]any{"type": "Exact", "value": "/a"}}},
			"limit":           map[string]any{"requests": int64(0), "unit": "Hour"},
		}}}}},
	}))
	if rapid.Bool().Draw(t, "has a refusal") {
		n := block("refusal", "", attr("status", rapid.Int64Range(400, 599).Draw(t, "status")))
		if rapid.Bool().Draw(t, "has a body") {
			n.Attrs = append(n.Attrs, attr("body", rapid.SampledFrom([]string{"", "no", "100% %REQ(:path)% %%"}).Draw(t, "body")))
			maybe(t, n, "content_type", rapid.Just("application/json"))
		}
		b.Blocks = append(b.Blocks, n)
	}
	for i := range rapid.IntRange(1, 4).Draw(t, "rules") {
		b.Blocks = append(b.Blocks, limitRule(t, fmt.Sprintf("r%d", i), scope))
	}
	return b
}

func clientPolicyBlock(t *rapid.T) *resource.Block {
	b := top(t, "client_traffic_policy")
	b.Attrs = append(b.Attrs, attr("target", policyRefs[0]))
	maybe(t, b, "section", word)
	maybe(t, b, "other", rapid.SampledFrom([]map[string]any{
		{"http3": map[string]any{}},
		{"headers": map[string]any{"enableEnvoyHeaders": true}},
	}))
	switch rapid.IntRange(0, 2).Draw(t, "proxies") {
	case 1:
		b.Attrs = append(b.Attrs, attr("trusted_hops", rapid.Int64Range(0, 100).Draw(t, "trusted_hops")))
	case 2:
		b.Attrs = append(b.Attrs, attr("trusted_cidrs", []any{"10.0.0.0/8", "fd00::/8"}))
	}
	return b
}

func limitRule(t *rapid.T, name, scope string) *resource.Block {
	b := block("rule", name, attr("limit", rapid.SampledFrom([]string{"5/second", "100/minute", "4294967295/year"}).Draw(t, "limit")))
	switch rapid.IntRange(0, 2).Draw(t, "headers") {
	case 1:
		b.Attrs = append(b.Attrs, attr("per_header", "x-api-key"))
	case 2:
		b.Attrs = append(b.Attrs, attr("per_headers", []any{"x-user", "X-Tenant"}))
	}
	maybe(t, b, "per_query", word)
	maybe(t, b, "per_client_ip", rapid.Bool())
	maybe(t, b, "source_cidr", rapid.SampledFrom([]string{"10.0.0.0/8", "::/0", "0.0.0.0/0"}))
	if scope == "global" {
		maybe(t, b, "response_cost", rapid.Int64Range(0, 1_000_000_000))
		maybe(t, b, "shared", rapid.Bool())
	}
	maybe(t, b, "cost", rapid.Int64Range(0, 5))
	maybe(t, b, "shadow", rapid.Bool())
	maybe(t, b, "rate_limit_headers", rapid.Bool())
	if rapid.Bool().Draw(t, "has a match") {
		b.Blocks = append(b.Blocks, limitCondition(t, "match"))
	}
	for range rapid.IntRange(0, 3).Draw(t, "excepts") {
		b.Blocks = append(b.Blocks, limitCondition(t, "except"))
	}
	return b
}

func limitCondition(t *rapid.T, typ string) *resource.Block {
	b := block(typ, "")
	switch rapid.IntRange(0, 3).Draw(t, "path") {
	case 0:
		b.Attrs = append(b.Attrs, attr("path_exact", rapid.SampledFrom([]string{"/", "/a.b/c+d", "/a%20b"}).Draw(t, "exact")))
	case 1:
		b.Attrs = append(b.Attrs, attr("path_prefix", rapid.SampledFrom([]string{"/api", "/api/v1.0/"}).Draw(t, "prefix")))
	case 2:
		b.Attrs = append(b.Attrs, attr("path_regex", rapid.SampledFrom([]string{"/a|/b", `/v\d+/.*`, "/(a)"}).Draw(t, "regex")))
	}
	switch rapid.IntRange(0, 2).Draw(t, "method") {
	case 0:
		b.Attrs = append(b.Attrs, attr("method", "GET"))
	case 1:
		b.Attrs = append(b.Attrs, attr("methods", rapid.SampledFrom([][]any{{"GET", "HEAD"}, {"POST"}}).Draw(t, "methods")))
	}
	conditions := rapid.SampledFrom([]map[string]any{
		{"x-a": "1"},
		{"x-b": map[string]any{"regex": "b+"}, "x-a": "2"},
	})
	maybe(t, b, "headers", conditions)
	maybe(t, b, "query", conditions)
	if len(b.Attrs) == 0 {
		b.Attrs = append(b.Attrs, attr("method", "PUT"))
	}
	return b
}
