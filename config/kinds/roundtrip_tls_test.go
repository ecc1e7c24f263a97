package kinds_test

import (
	"github.com/gwctl/gwctl/internal/resource"
	"pgregory.net/rapid"
)

var authorityRefs = []resource.Ref{
	{Address: resource.Address{Kind: "certificate_authority", Name: "a"}, ID: resource.ID{Kind: "ConfigMap", Namespace: "default", Name: "a"}},
	{ID: resource.ID{Kind: "ConfigMap", Namespace: "default", Name: "b"}},
}

// targetRefs are what a policy of namespace default may be for.
var targetRefs = []resource.Ref{
	{Address: resource.Address{Kind: "backend", Name: "a", Key: `["x"]`}, ID: resource.ID{Group: "gateway.envoyproxy.io", Kind: "Backend", Namespace: "default", Name: "a-x"}},
	{ID: resource.ID{Kind: "Service", Namespace: "default", Name: "d"}},
}

func certificateBlock(t *rapid.T) *resource.Block {
	b := top(t, "certificate")
	b.Attrs = append(b.Attrs, attr("cert_file", "tls/a.crt"), attr("key_file", "tls/a.key"))
	return b
}

func authorityBlock(t *rapid.T) *resource.Block {
	b := top(t, "certificate_authority")
	b.Attrs = append(b.Attrs, attr("file", "tls/a.crt"))
	return b
}

func backendTLSPolicyBlock(t *rapid.T) *resource.Block {
	b := top(t, "backend_tls_policy")
	b.Attrs = append(b.Attrs, attr("hostname", "a.internal"))
	if rapid.Bool().Draw(t, "has one target") {
		b.Attrs = append(b.Attrs, attr("target", rapid.SampledFrom(targetRefs).Draw(t, "target")))
		maybe(t, b, "section", word)
	} else {
		b.Attrs = append(b.Attrs, attr("other", map[string]any{"targetRefs": []any{
			map[string]any{"group": "", "kind": "Service", "name": "a"}, map[string]any{"group": "", "kind": "Service", "name": "b"},
		}}))
	}
	if rapid.Bool().Draw(t, "system") {
		b.Attrs = append(b.Attrs, attr("system_cas", true))
	} else {
		b.Attrs = append(b.Attrs, attr("certificate_authorities", rapid.SampledFrom([][]any{
			{authorityRefs[0]}, {authorityRefs[1], authorityRefs[0]},
		}).Draw(t, "authorities")))
	}
	maybe(t, b, "subject_alt_names", rapid.SampledFrom([][]any{{"a.internal"}, {"spiffe://corp/a", "b.internal"}, {}}))
	maybe(t, b, "options", stringMap("example.com/a", "example.com/b"))
	return b
}

// authBlock adds a question to a rule, half of the time.
func authBlock(t *rapid.T, rule *resource.Block) {
	if !rapid.Bool().Draw(t, "asks") {
		return
	}
	b := block("external_auth", "", attr("to", rapid.SampledFrom(backendRefs).Draw(t, "asks whom")))
	if rapid.Bool().Draw(t, "over gRPC") {
		b.Attrs = append(b.Attrs, attr("protocol", "GRPC"))
	} else {
		maybe(t, b, "protocol", rapid.Just("HTTP"))
		maybe(t, b, "path", paths)
		maybe(t, b, "allowed_response_headers", rapid.Just([]any{"x-role"}))
	}
	maybe(t, b, "allowed_headers", rapid.SampledFrom([][]any{{"x-user", "X-B"}, {}}))
	maybe(t, b, "forward_body", rapid.Int64Range(0, 1<<16-1))
	rule.Blocks = append(rule.Blocks, b)
}
