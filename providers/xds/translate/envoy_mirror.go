package translate

import (
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	typev3 "github.com/envoyproxy/go-control-plane/envoy/type/v3"
)

// mirrorPolicies leaves out mirrors that lead nowhere, as the specification
// wants. Backends see the host that clients asked for, not one that Envoy marks.
func mirrorPolicies(mirrors []mirror, clusters []string) []*routev3.RouteAction_RequestMirrorPolicy {
	var out []*routev3.RouteAction_RequestMirrorPolicy
	for i, m := range mirrors {
		if clusters[i] == "" {
			continue
		}
		policy := &routev3.RouteAction_RequestMirrorPolicy{Cluster: clusters[i], DisableShadowHostSuffixAppend: true}
		if m.millionth < million {
			policy.RuntimeFraction = &corev3.RuntimeFractionalPercent{DefaultValue: &typev3.FractionalPercent{
				Numerator: m.millionth, Denominator: typev3.FractionalPercent_MILLION,
			}}
		}
		out = append(out, policy)
	}
	return out
}
