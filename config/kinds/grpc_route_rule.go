package kinds

import "github.com/gwctl/gwctl/internal/resource"

// callFilters are those filters of an HTTPRoute that a GRPCRoute has as well.
var callFilters = []filter{
	{"request_headers", "RequestHeaderModifier", "requestHeaderModifier", encodeHeaders, decodeHeaders},
	{"response_headers", "ResponseHeaderModifier", "responseHeaderModifier", encodeHeaders, decodeHeaders},
	{"mirror", "RequestMirror", "requestMirror", encodeMirror, decodeMirror},
}

func encodeCallRule(b *resource.Block, rule Field) {
	for _, m := range b.BlocksOf("match") {
		encodeCallMatch(m, rule)
	}
	encodeFilters(b, callFilters, rule)
	for _, s := range b.BlocksOf("session_persistence") {
		encodeSession(s, rule)
	}
	encodeForwards(b, callFilters, rule)
	checkOutcome(b, rule.f)
}

func decodeCallRule(p fields, b *resource.Block, in home) {
	b.Blocks = append(b.Blocks, decodeCallMatches(p)...)
	b.Blocks = append(b.Blocks, decodeFilters(p, callFilters, in)...)
	b.Blocks = append(b.Blocks, decodeSession(p)...)
	decodeForwards(p, b, callFilters, in)
}
