package translate_test

func anyClientPolicy(d draw) map[string]any {
	spec := map[string]any{"targetRefs": d.list("targets", 1, 2, func() any {
		t := map[string]any{"group": "gateway.networking.k8s.io", "kind": d.of("target kind", "Gateway", "Gateway", "ListenerSet"), "name": d.of("target", "a", "b")}
		d.maybe(t, "sectionName", nil, nil, "l", "a", "b")
		if d.rarely("bad target") {
			t["kind"] = "HTTPRoute"
		}
		return t
	})}
	forwarded := map[string]any{}
	d.maybe(forwarded, "numTrustedHops", nil, int64(1), int64(2))
	if d.rarely("ranges") {
		forwarded["trustedCIDRs"] = []any{"10.0.0.0/8"}
	}
	spec["clientIPDetection"] = map[string]any{"xForwardedFor": forwarded}
	return spec
}
