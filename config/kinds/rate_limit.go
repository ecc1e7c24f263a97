package kinds

import (
	"slices"
	"strings"

	"github.com/gwctl/gwctl/config/schema"
	"github.com/gwctl/gwctl/internal/policy"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/zclconf/go-cty/cty"
)

var rateLimit = &Kind{
	Name: "rate_limit",
	Doc:  "How many requests pass in a time; what is above is refused with 429. All limits that a request meets count it, and any of them refuses it. Of the policies on a gateway, a listener, a route and a rule of it, the most specific one holds alone, unless it says `merge`. Blocks for one target share one object, and so one name.",
	Example: `
rate_limit "orders" {
  target = http_route.orders
  scope  = "global"
  rule "key" {
    per_header = "x-api-key"
    limit      = "1000/hour"
  }
  rule "address" {
    except { path_prefix = "/health" }
    per_client_ip = true
    limit         = "100/minute"
  }
}`,
	Object: trafficPolicyObject,
	Schema: schema.Body{
		Attrs: withTarget(onRequests,
			schema.Attr{Name: "merge", Type: cty.Bool, Default: "false", Doc: "Whether it is added to what the listener or gateway above the route says, instead of replacing it. For routes alone."},
			schema.Attr{Name: "scope", Type: cty.String, Required: true, OneOf: scopes, Doc: "Who counts: `\"global\"` is one count for all proxies, kept by a limiter that they ask (envoyproxy/ratelimit); `\"local\"` is a count in each proxy, so that two of them let twice as much pass."},
			schema.Attr{Name: "limiter_down", Type: cty.String, OneOf: []string{"open", "closed"}, Default: `"open"`, Doc: "What happens to requests while the limiter cannot be asked: they pass, or are refused. On an xDS server alone: Envoy Gateway has one setting for all policies, `rateLimit.failClosed` of its own configuration."},
			otherArg("BackendTrafficPolicy's spec"),
		),
		Blocks: []schema.Block{
			{
				Type: "refusal", Max: 1,
				Doc: "The answer to requests that are refused.",
				Body: schema.Body{Attrs: []schema.Attr{
					{Name: "status", Type: cty.Number, Default: "429", Doc: "The status: 400 to 599."},
					{Name: "body", Type: cty.String, Doc: "The body, as it is."},
					{Name: "content_type", Type: cty.String, Default: `"text/plain"`, Doc: "What the body is."},
				}},
			},
			limitRuleSchema,
		},
	},
	Identity: policyIdentity,
	Refer:    referTo(identifyPolicy(trafficPolicyObject.GroupKind())),
	Identify: identifyPolicy(trafficPolicyObject.GroupKind()),
	Encode:   encodeRateLimit,
	Decode:   decodeRateLimit,
	Check:    checkSection,
	Shared:   sharedLimits,
	Fits: func(o *resource.Object) bool {
		return slices.ContainsFunc(scopes, func(scope string) bool { return len(limitRules(o.Object, scope)) > 0 })
	},
}

var scopes = []string{policy.Global, policy.Local}

func encodeRateLimit(b *resource.Block, f *Fragment) {
	spec := f.Spec(b)
	encodeTargets(b, spec)
	scope, a := f.text(b, "scope")
	encodeLimiterDown(b, f, scope)
	encodeRefusal(b, spec)
	rules := b.BlocksOf("rule")
	checkLabels(f, rules)
	if len(rules) == 0 && !otherSets(b, "rateLimit") {
		f.Errorf(b.Range, "Limit on nothing", "A rate_limit has a rule block for each limit: rule \"all\" { limit = \"100/minute\" }.")
	}
	var names []string
	if a != nil && len(rules) > 0 {
		limits := spec.Map("rateLimit", within(b)).Map(scope, within(b))
		for _, rule := range rules {
			for range encodeLimitRule(rule, limits, scope) {
				names = append(names, rule.Label)
			}
		}
	}
	encodeOther(b, spec)
	encodeOrigins(b, f, scope, names)
}

// encodeOrigins notes which rule of the block each of the object's comes from;
// those that `other` adds have no name.
func encodeOrigins(b *resource.Block, f *Fragment, scope string, names []string) {
	var lines []string
	for _, s := range scopes {
		for i := range limitRules(f.root, s) {
			origin := policy.Origin{Scope: s, Address: f.Address, Rule: policy.Unnamed}
			if s == scope && i < len(names) {
				origin.Rule = names[i]
			}
			lines = append(lines, origin.String())
		}
	}
	if len(b.BlocksOf("refusal")) > 0 {
		lines = append(lines, policy.Origin{Scope: policy.Refusal, Address: f.Address, Rule: policy.Unnamed}.String())
	}
	if len(lines) > 0 {
		f.annotate(policy.AnnotationRateLimits, strings.Join(lines, "\n"), within(b))
	}
}

// annotate gives the object an annotation of gwctl's own.
func (f *Fragment) annotate(key, value string, by source) {
	f.Root().Map("metadata", by).Map("annotations", by).Entry(key, value, by)
}

func encodeLimiterDown(b *resource.Block, f *Fragment, scope string) {
	down, a := f.text(b, "limiter_down")
	switch {
	case a == nil:
		return
	case scope == policy.Local:
		f.Errorf(a.Range, "Limiter of local limits", "limiter_down says what happens while the limiter cannot be asked, and local limits ask none: each proxy counts for itself. Remove it, or say scope = \"global\".")
	case f.Scope.Provider == "kubernetes":
		f.Errorf(a.Range, "Limiter of all policies", "Envoy Gateway decides for all policies at once what happens while the limiter cannot be asked: rateLimit.failClosed in its own configuration (the ConfigMap envoy-gateway-config), which is open unless it says true. Set it there, and remove limiter_down.")
	}
	f.annotate(policy.AnnotationLimiterDown, down, from(a))
}

// limitRules returns the rules of a scope in an object.
func limitRules(object map[string]any, scope string) []any {
	spec, _ := object["spec"].(map[string]any)
	limits, _ := spec["rateLimit"].(map[string]any)
	of, _ := limits[scope].(map[string]any)
	rules, _ := of["rules"].([]any)
	return rules
}

func decodeRateLimit(o *resource.Object, names Names) (*resource.Block, error) {
	b := decodeMetadata(o, "rate_limit", names)
	spec := fieldsOf(o.Object["spec"])
	decodeTargets(spec, b, home{o.GetNamespace(), names})
	scope := policy.Global
	if len(limitRules(o.Object, policy.Global)) == 0 && len(limitRules(o.Object, policy.Local)) > 0 {
		scope = policy.Local
	}
	set(b, "scope", scope)
	if down := o.GetAnnotations()[policy.AnnotationLimiterDown]; down != "" && scope == policy.Global {
		set(b, "limiter_down", down)
	}
	limits := spec.sub("rateLimit")
	of := limits.sub(scope)
	rules := decodeLimitRules(of, scope, policy.Origins(o, scope))
	limits.put(scope, of)
	spec.put("rateLimit", limits)
	if refusal := decodeRefusal(spec); refusal != nil {
		b.Blocks = append(b.Blocks, refusal)
	}
	b.Blocks = append(b.Blocks, rules...)
	spec.other(b)
	decodeLabels(o, b)
	return b, nil
}
