package translate

import (
	"time"

	envoygateway "github.com/envoyproxy/gateway/api/v1alpha1"
	"github.com/gwctl/gwctl/internal/policy"
	"github.com/gwctl/gwctl/internal/resource"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

var kindClientPolicy = schema.GroupKind{Group: groupEnvoy, Kind: "ClientTrafficPolicy"}

// clientPolicy is a ClientTrafficPolicy, checked: how listeners take their
// clients.
type clientPolicy struct {
	policy.Attached
	// hops is how many proxies before Envoy are trusted: the client's address is
	// that many from the end of X-Forwarded-For, and the connection's with 0 or
	// where fewer are there.
	hops    uint32
	invalid string // why the policy cannot be done; "" if it can
}

// maxHops bounds what Envoy looks for in X-Forwarded-For.
const maxHops = 100

func decodeClientPolicy(d *decoding, o *resource.Object, created time.Time) *clientPolicy {
	p := &clientPolicy{Attached: policy.Attached{ID: d.id, Created: created}}
	var typed envoygateway.ClientTrafficPolicy
	if d.typed(o, &typed) {
		p.Targets = decodeTargets(d, o, &typed.Spec.PolicyTargetReferences, kindGateway, kindListenerSet)
		d.onlyFields(o, "clientIPDetection", "targetRef", "targetRefs", "targetSelectors")
		p.takeDetection(d, typed.Spec.ClientIPDetection)
	}
	if p.invalid = d.invalid(); p.invalid != "" {
		p.hops = 0
	}
	return p
}

func (p *clientPolicy) takeDetection(d *decoding, in *envoygateway.ClientIPDetectionSettings) {
	const path = "spec.clientIPDetection"
	if in == nil {
		return
	}
	if in.CustomHeader != nil {
		d.unsupported(path + ".customHeader")
	}
	forwarded := in.XForwardedFor
	if forwarded == nil {
		return
	}
	if forwarded.DisableXForwardedForAppend != nil {
		d.unsupported(path + ".xForwardedFor.disableXForwardedForAppend")
	}
	if len(forwarded.TrustedCIDRs) > 0 {
		// Envoy would look at the ranges only with use_remote_address off, and
		// then leaves clients some of their x-envoy headers.
		d.problem(path+".xForwardedFor.trustedCIDRs", "the xDS server does not tell proxies by their addresses: say how many there are, in numTrustedHops (trusted_hops)")
	}
	if forwarded.NumTrustedHops == nil {
		return
	}
	switch hops := *forwarded.NumTrustedHops; {
	case hops == 0:
		// Envoy Gateway takes it for 1, against what it says.
		d.problem(path+".xForwardedFor.numTrustedHops", "0 proxies are said by leaving out xForwardedFor: allowed are 1 to %d", maxHops)
	case hops > maxHops:
		d.problem(path+".xForwardedFor.numTrustedHops", "%d proxies are more than an xDS server looks for: allowed are 1 to %d", hops, maxHops)
	default:
		p.hops = hops
	}
}
