package translate

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"

	envoygateway "github.com/envoyproxy/gateway/api/v1alpha1"
	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	"github.com/gwctl/gwctl/internal/resource"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// limit is one rule of a policy: how many of the requests that meet all
// conditions may pass in a unit of time.
type limit struct {
	path         string // in its object
	name         string // what it counts, apart from how many may pass
	conditions   []condition
	requests     uint32
	unit         envoygateway.RateLimitUnit
	cost         uint64 // of a request
	responseCost uint64 // that is added when the response is over
	shared       bool   // one count for all that the policy is for
	shadow       bool   // it counts, and lets pass
	told         routev3.RateLimit_XRateLimitOption
}

// condition is about a header, the method and the path among them, about a
// parameter of the query, or about the client's address.
type condition struct {
	valueMatch              // of a header or a parameter
	query      bool         // it is one of a parameter
	from       netip.Prefix // addresses, where it is about those
	distinct   bool         // each value has a count of its own
	inverted   bool
}

// units are how long they last. A month has 30 days, as Envoy Gateway and the
// limiter have it.
var units = map[envoygateway.RateLimitUnit]time.Duration{
	envoygateway.RateLimitUnitSecond: time.Second,
	envoygateway.RateLimitUnitMinute: time.Minute,
	envoygateway.RateLimitUnitHour:   time.Hour,
	envoygateway.RateLimitUnitDay:    24 * time.Hour,
	envoygateway.RateLimitUnitWeek:   7 * 24 * time.Hour,
	envoygateway.RateLimitUnitMonth:  30 * 24 * time.Hour,
	envoygateway.RateLimitUnitYear:   365 * 24 * time.Hour,
}

func (p *trafficPolicy) takeLimits(d *decoding, o *resource.Object, path string, in *envoygateway.RateLimitSpec) {
	local, global := in.Local, in.Global
	// type is deprecated: it chooses one of the two.
	switch typ, _, _ := unstructured.NestedString(o.Object, "spec", "rateLimit", "type"); {
	case typ == string(envoygateway.LocalRateLimitType) && local != nil && global == nil:
	case typ == string(envoygateway.GlobalRateLimitType) && global != nil && local == nil:
	case typ != "":
		d.problem(path+".type", "type %q goes with a field of that name alone: remove type", typ)
	}
	if local != nil {
		for i := range local.Rules {
			p.local = append(p.local, decodeLimit(d, index(path+".local.rules", i), &local.Rules[i]))
		}
		checkLocal(d, p.local)
	}
	if global != nil {
		for i := range global.Rules {
			p.global = append(p.global, decodeLimit(d, index(path+".global.rules", i), &global.Rules[i]))
		}
	}
	for _, list := range [][]limit{p.local, p.global} {
		first := map[string]string{}
		for _, l := range list {
			if other, ok := first[l.name]; ok {
				d.problem(l.path, "it counts the same requests in the same time as %s: remove one of the two", other)
			}
			first[l.name] = l.path
		}
	}
}

// checkLocal reports what Envoys cannot do by themselves.
func checkLocal(d *decoding, limits []limit) {
	all := ofAll(limits)
	for i := range limits {
		l := &limits[i]
		switch {
		case l.responseCost > 0:
			d.problem(l.path+".cost.response", "a local limit counts requests before they go on: make it a global one, or remove the cost of responses")
		case l.shared:
			d.problem(l.path+".shared", "a local limit counts for each match of a rule apart: make it a global one, or remove shared")
		case len(l.conditions) == 0 && l != all:
			d.problem(l.path, "there is one local limit for all requests that no other counts, %s: remove one of the two, or give this one a condition", all.path)
		case l == all && (l.shadow || l.cost != 1):
			d.problem(l.path, "a local limit for all requests that no other counts has neither cost nor shadow mode: give it the condition that paths begin with /")
		}
	}
}

// ofAll returns the local limit that has no condition: it counts what no other
// one does, as Envoy Gateway has it. It is nil if there is none.
func ofAll(limits []limit) *limit {
	if i := slices.IndexFunc(limits, func(l limit) bool { return len(l.conditions) == 0 }); i >= 0 {
		return &limits[i]
	}
	return nil
}

// maxCost is Envoy's.
const maxCost = 1_000_000_000

func decodeLimit(d *decoding, path string, in *envoygateway.RateLimitRule) limit {
	l := limit{
		path: path, requests: in.Limit.Requests, unit: in.Limit.Unit, cost: 1,
		shared: value(in.Shared, false), shadow: value(in.ShadowMode, false),
		conditions: decodeConditions(d, path+".clientSelectors", in.ClientSelectors),
	}
	if l.requests == 0 {
		d.problem(path+".limit.requests", "a limit of 0 lets nothing pass: allowed is 1 and more. A route can refuse or redirect requests without counting them")
	}
	if units[l.unit] == 0 {
		d.problem(path+".limit.unit", "%q is no unit: allowed are Second, Minute, Hour, Day, Week, Month and Year", l.unit)
	}
	if in.Limit.FromMetadata != nil {
		d.unsupported(path + ".limit.fromMetadata")
	}
	if in.Cost != nil {
		l.cost = decodeCost(d, path+".cost.request", in.Cost.Request, 1)
		l.responseCost = decodeCost(d, path+".cost.response", in.Cost.Response, 0)
	}
	switch told := value(in.XRateLimitHeaders, ""); told {
	case "":
	case envoygateway.XRateLimitHeadersOptionDisabled:
		l.told = routev3.RateLimit_OFF
	case envoygateway.XRateLimitHeadersOptionDraftVersion03:
		l.told = routev3.RateLimit_DRAFT_VERSION_03
	default:
		d.problem(path+".xRateLimitHeaders", "%q is not known: allowed are Off and DraftVersion03", told)
	}
	l.name = l.counts()
	return l
}

// counts names a limit by what it counts: so a count goes on when the limit is
// another number, or stands elsewhere in its list.
func (l *limit) counts() string {
	type of struct {
		Name, Value        string
		Regex, Query       bool
		From               netip.Prefix
		Distinct, Inverted bool
	}
	conditions := []of{}
	for _, c := range l.conditions {
		conditions = append(conditions, of{c.name, c.value, c.regex, c.query, c.from, c.distinct, c.inverted})
	}
	b, err := json.Marshal([]any{conditions, l.shadow, l.shared})
	if err != nil { // there is nothing in it that JSON has no words for
		return ""
	}
	return fmt.Sprintf("%s-%s", strings.ToLower(string(l.unit)), digest(b)[:8])
}

func decodeCost(d *decoding, path string, in *envoygateway.RateLimitCostSpecifier, otherwise uint64) uint64 {
	switch {
	case in == nil:
		return otherwise
	case in.From != envoygateway.RateLimitCostFromNumber || in.Metadata != nil:
		d.problem(path, "the xDS server knows no cost but a number: make from Number")
		return otherwise
	}
	n := value(in.Number, otherwise)
	if n > maxCost {
		d.problem(path+".number", "%d is too much: allowed is 0 to %d", n, maxCost)
	}
	return n
}

// decodeConditions puts the conditions of all selectors together: all must hold.
// Of methods one must, in whatever selectors they are.
func decodeConditions(d *decoding, path string, in []envoygateway.RateLimitSelectCondition) []condition {
	var out []condition
	var methods methodSet
	for i := range in {
		path, s := index(path, i), &in[i]
		if len(s.Headers)+len(s.Methods)+len(s.QueryParams) == 0 && s.Path == nil && s.SourceCIDR == nil {
			d.problem(path, "a selector needs one of headers, methods, path, sourceCIDR and queryParams")
		}
		for j, h := range s.Headers {
			path := index(path+".headers", j)
			c := decodeValueCondition(d, path, strings.ToLower(h.Name), string(value(h.Type, envoygateway.HeaderMatchExact)), h.Value, h.Invert)
			if !validHeaderName(strings.TrimPrefix(c.name, ":")) {
				d.problem(path+".name", "%q is no name of a header", h.Name)
			}
			out = append(out, c)
		}
		for j, m := range s.Methods {
			if !validHeaderName(string(m.Value)) { // both are tokens
				d.problem(index(path+".methods", j)+".value", "%q is no method", m.Value)
			}
			methods.add(string(m.Value), value(m.Invert, false))
		}
		if s.Path != nil {
			out = append(out, decodePathCondition(d, path+".path", s.Path))
		}
		if s.SourceCIDR != nil {
			out = append(out, decodeAddressCondition(d, path+".sourceCIDR", s.SourceCIDR))
		}
		for j, q := range s.QueryParams {
			path := index(path+".queryParams", j)
			c := decodeValueCondition(d, path, q.Name, string(value(q.Type, envoygateway.QueryParamMatchExact)), q.Value, q.Invert)
			c.query = true
			switch {
			case c.name == "":
				d.problem(path+".name", "a query parameter needs a name")
			case !c.distinct && c.value == "":
				d.problem(path+".value", "a query parameter is compared with a value: it is empty")
			}
			out = append(out, c)
		}
	}
	return append(out, methods.conditions()...)
}

func decodeValueCondition(d *decoding, path, name, typ string, v *string, invert *bool) condition {
	c := condition{valueMatch: valueMatch{name: name, value: value(v, "")}, inverted: value(invert, false)}
	switch typ {
	case string(envoygateway.HeaderMatchExact):
	case string(envoygateway.HeaderMatchRegularExpression):
		c.regex = true // whether it is one, Envoy says
		if v != nil && *v == "" {
			d.problem(path+".value", "the regular expression is empty")
		}
	case string(envoygateway.HeaderMatchDistinct):
		c.distinct = true
		if v != nil || c.inverted {
			d.problem(path, "each value has a count of its own with type Distinct: remove value and invert")
		}
		return c
	default:
		d.problem(path+".type", "values of type %q are not supported: allowed are Exact, RegularExpression and Distinct", typ)
	}
	if v == nil {
		d.problem(path+".value", "type %s needs a value", typ)
	}
	return c
}

// decodePathCondition makes a condition of all that follows the host, the query
// included, as Envoy Gateway compares it. A prefix ends where a segment does.
func decodePathCondition(d *decoding, path string, in *envoygateway.PathMatch) condition {
	typ := value(in.Type, gatewayv1.PathMatchPathPrefix)
	m := decodePath(d, path, &gatewayv1.HTTPPathMatch{Type: &typ, Value: &in.Value})
	c := condition{valueMatch: valueMatch{name: ":path", value: m.value, regex: m.kind != pathExact}, inverted: value(in.Invert, false)}
	if m.kind == pathPrefix {
		c.value = regexp.QuoteMeta(m.value) + `([/?].*)?`
	}
	return c
}

func decodeAddressCondition(d *decoding, path string, in *envoygateway.SourceMatch) condition {
	c := condition{inverted: value(in.Invert, false)}
	switch typ := value(in.Type, envoygateway.SourceMatchExact); typ {
	case envoygateway.SourceMatchExact:
	case envoygateway.SourceMatchDistinct:
		c.distinct = true
	default:
		d.problem(path+".type", "%q is not known: allowed are Exact and Distinct", typ)
	}
	from, err := netip.ParsePrefix(in.Value)
	switch {
	case err != nil:
		d.problem(path+".value", "%q is no range of addresses: allowed are such as 10.0.0.0/8 and 2001:db8::/32", in.Value)
	case from != from.Masked():
		d.problem(path+".value", "%s has bits behind its first %d: did you mean %s", in.Value, from.Bits(), from.Masked())
	}
	c.from = from
	return c
}

// methodSet is the methods that a rule counts.
type methodSet struct {
	these  []string
	others []string // all but each of them
}

func (s *methodSet) add(method string, inverted bool) {
	list := &s.these
	if inverted {
		list = &s.others
	}
	if !slices.Contains(*list, method) {
		*list = append(*list, method)
	}
}

// conditions are of one header at most: a request is counted once, however many
// of the methods it meets.
func (s *methodSet) conditions() []condition {
	c := condition{valueMatch: valueMatch{name: ":method"}}
	switch {
	case len(s.these)+len(s.others) == 0:
		return nil
	case len(s.others) > 1, len(s.others) == 1 && slices.Contains(s.these, s.others[0]):
		c.value, c.regex = ".*", true // each is another than one of them
	case len(s.others) == 1:
		c.value, c.inverted = s.others[0], true
	case len(s.these) == 1:
		c.value = s.these[0]
	default:
		slices.Sort(s.these)
		for i, m := range s.these {
			s.these[i] = regexp.QuoteMeta(m)
		}
		c.value, c.regex = strings.Join(s.these, "|"), true
	}
	return []condition{c}
}
