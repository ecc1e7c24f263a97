package translate

import (
	"slices"
	"time"

	envoygateway "github.com/envoyproxy/gateway/api/v1alpha1"
	"github.com/gwctl/gwctl/internal/policy"
	"github.com/gwctl/gwctl/internal/resource"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

var kindTrafficPolicy = schema.GroupKind{Group: groupEnvoy, Kind: "BackendTrafficPolicy"}

// trafficPolicy is a BackendTrafficPolicy, checked.
type trafficPolicy struct {
	policy.Attached
	local, global []limit
	refusal       *refusal // how Envoy refuses; nil: in its own way
	closed        bool     // nobody passes while the limiter cannot be asked
	// invalid says why the policy cannot be done; "" if it can. Requests that it
	// is for are refused then: they would pass unlimited.
	invalid string
	limits  *Resource // for the limiter; nil where it has nothing to count
}

func decodeTrafficPolicy(d *decoding, o *resource.Object, created time.Time, limiter string) *trafficPolicy {
	p := &trafficPolicy{Attached: policy.Attached{ID: d.id, Created: created}}
	var typed envoygateway.BackendTrafficPolicy
	if !d.typed(o, &typed) {
		p.invalid = "The object is not of the form of a BackendTrafficPolicy."
		if attached, err := policy.Of(o); err == nil {
			p.Targets = attached.Targets
		}
		return p
	}
	spec := &typed.Spec
	p.Targets = decodeTargets(d, o, &spec.PolicyTargetReferences, kindGateway, kindListenerSet, kindHTTPRoute, kindGRPCRoute)
	p.Merges = spec.MergeType != nil
	d.onlyFields(o, "mergeType", "rateLimit", "responseOverride", "targetRef", "targetRefs", "targetSelectors")
	if spec.RateLimit != nil {
		p.takeLimits(d, o, "spec.rateLimit", spec.RateLimit)
	}
	p.takeRefusal(d, "spec.responseOverride", spec.ResponseOverride)
	p.takeLimiterDown(d, o)
	if len(p.global) > 0 && limiter == "" {
		d.problem("spec.rateLimit.global", "the xDS server knows no limiter, which counts for all Envoys: start it with -ratelimit HOST:PORT, or make the limit a local one")
	}
	if p.invalid = d.invalid(); p.invalid != "" {
		return p
	}
	p.limits = limiterConfig(p)
	return p
}

// takeLimiterDown reads what Envoy Gateway's API has no field for.
func (p *trafficPolicy) takeLimiterDown(d *decoding, o *resource.Object) {
	switch v := o.GetAnnotations()[policy.AnnotationLimiterDown]; v {
	case "", "open":
	case "closed":
		p.closed = true
	default:
		d.problem("metadata.annotations["+policy.AnnotationLimiterDown+"]", "%q is not known: allowed are open and closed", v)
	}
}

// decodeTargets returns what a policy is attached to: objects of its namespace
// that are of certain kinds, and sections of them.
func decodeTargets(d *decoding, o *resource.Object, in *envoygateway.PolicyTargetReferences, kinds ...schema.GroupKind) []policy.Target {
	attached, err := policy.Of(o)
	if err != nil {
		d.problem("", "%v", err)
	}
	var out []policy.Target
	for i, t := range attached.Targets {
		path := "spec.targetRef" // deprecated, and behind all others
		if i < len(in.TargetRefs) {
			path = index("spec.targetRefs", i)
		}
		if !slices.Contains(kinds, t.ID.GroupKind()) {
			d.problem(path, "a %s cannot be for a %s on the xDS server: allowed are %s", d.id.Kind, t.ID.Kind, kindNames(kinds))
			continue
		}
		out = append(out, t)
	}
	if len(in.TargetSelectors) > 0 {
		d.problem("spec.targetSelectors", "targets are not chosen by labels on the xDS server: name them in targetRefs")
	}
	return out
}
