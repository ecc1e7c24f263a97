package translate

import (
	"math"
	"time"

	xdscorev3 "github.com/cncf/xds/go/xds/core/v3"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	ratelimitservicev3 "github.com/envoyproxy/go-control-plane/envoy/config/ratelimit/v3"
	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	commonv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/common/ratelimit/v3"
	localv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/local_ratelimit/v3"
	ratelimitv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/ratelimit/v3"
	matcherv3 "github.com/envoyproxy/go-control-plane/envoy/type/matcher/v3"
	typev3 "github.com/envoyproxy/go-control-plane/envoy/type/v3"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

const (
	// limiterTimeout is how long the limiter may take: then it is down.
	limiterTimeout = 250 * time.Millisecond
	// maxValues bounds how many values of a header, a parameter or an address an
	// Envoy counts apart for a local limit. The ones that were not seen for the
	// longest time are forgotten first.
	maxValues = 10_000
)

// globalFilter names one of Envoy's filters that ask the limiter. What happens
// while it is down is a setting of a filter as a whole, and a filter asks about
// the limits of one policy: so there are two for that of a route, and two for
// the one that it is merged with.
func globalFilter(merged, closed bool) string {
	name := "envoy.filters.http.ratelimit"
	if merged {
		name += "/merged"
	}
	if closed {
		name += "/closed"
	}
	return name
}

// localBase and globalBase stand in every listener: routes say what is counted.
func localBase() *localv3.LocalRateLimit {
	return &localv3.LocalRateLimit{StatPrefix: "local_rate_limit"}
}

func globalBase(limiter string, closed bool) *ratelimitv3.RateLimit {
	return &ratelimitv3.RateLimit{
		Domain:          "gwctl", // each route has its own
		Timeout:         durationpb.New(limiterTimeout),
		FailureModeDeny: closed,
		StatusOnError:   &typev3.HttpStatus{Code: typev3.StatusCode_ServiceUnavailable},
		RateLimitService: &ratelimitservicev3.RateLimitServiceConfig{
			TransportApiVersion: corev3.ApiVersion_V3,
			GrpcService: &corev3.GrpcService{TargetSpecifier: &corev3.GrpcService_EnvoyGrpc_{
				EnvoyGrpc: &corev3.GrpcService_EnvoyGrpc{ClusterName: limiter},
			}},
		},
		EnableXRatelimitHeaders:        ratelimitv3.RateLimit_DRAFT_VERSION_03,
		DisableXEnvoyRatelimitedHeader: true,
	}
}

// limiting turns on what limits the requests of a route of Envoy's. What is not
// shared is counted for the place alone.
func limiting(policies []*trafficPolicy, place string) map[string]*anypb.Any {
	out := map[string]*anypb.Any{}
	if local := localLimits(policies); local != nil {
		out[localFilter] = pack(local)
	}
	for i, p := range policies {
		if len(p.global) > 0 {
			out[globalFilter(i < len(policies)-1, p.closed)] = pack(globalLimits(p, place))
		}
		if p.refusal != nil { // the most specific one counts
			out[refusalFilter] = pack(refusalPolicy(p.refusal))
		}
	}
	return out
}

// countsByPlace reports whether what limiting says depends on the place.
func countsByPlace(policies []*trafficPolicy) bool {
	for _, p := range policies {
		for _, l := range p.global {
			if !l.shared {
				return true
			}
		}
	}
	return false
}

func globalLimits(p *trafficPolicy, place string) *ratelimitv3.RateLimitPerRoute {
	out := &ratelimitv3.RateLimitPerRoute{Domain: p.domain()}
	for i := range p.global {
		l := &p.global[i]
		counted := place
		if l.shared {
			counted = "shared"
		}
		asked := l.asked(l.name, counted)
		out.RateLimits = append(out.RateLimits, asked)
		if l.responseCost > 0 {
			out.RateLimits = append(out.RateLimits, &routev3.RateLimit{
				Actions: asked.Actions, XRatelimitOption: asked.XRatelimitOption,
				HitsAddend: hits(l.responseCost), ApplyOnStreamDone: true,
			})
		}
	}
	return out
}

// localLimits has a bucket of tokens for each limit. Each route of Envoy's has
// its own.
func localLimits(policies []*trafficPolicy) *localv3.LocalRateLimit {
	always := &corev3.RuntimeFractionalPercent{DefaultValue: &typev3.FractionalPercent{Numerator: 100}}
	out := localBase()
	out.FilterEnabled, out.FilterEnforced = always, always
	out.EnableXRatelimitHeaders = commonv3.XRateLimitHeadersRFCVersion_DRAFT_VERSION_03
	out.MaxDynamicDescriptors = wrapperspb.UInt32(maxValues)
	// What no limit counts has a bucket that is never empty.
	out.AlwaysConsumeDefaultTokenBucket = wrapperspb.Bool(false)
	out.TokenBucket = bucket(math.MaxUint32, time.Second)
	none := true
	for _, p := range policies {
		for i := range p.local {
			l := &p.local[i]
			none = false
			if len(l.conditions) == 0 {
				out.TokenBucket = bucket(l.requests, units[l.unit])
				if l.told == routev3.RateLimit_OFF {
					out.EnableXRatelimitHeaders = commonv3.XRateLimitHeadersRFCVersion_OFF
				}
				continue
			}
			name := p.domain() + "/" + l.name
			out.RateLimits = append(out.RateLimits, l.asked(ruleKey, name))
			out.Descriptors = append(out.Descriptors, &commonv3.LocalRateLimitDescriptor{
				Entries: l.entries(name), TokenBucket: bucket(l.requests, units[l.unit]), ShadowMode: l.shadow,
			})
		}
	}
	if none {
		return nil
	}
	return out
}

func bucket(tokens uint32, interval time.Duration) *typev3.TokenBucket {
	return &typev3.TokenBucket{MaxTokens: tokens, TokensPerFill: wrapperspb.UInt32(tokens), FillInterval: durationpb.New(interval)}
}

// Words of descriptors, which tell what is counted.
const (
	ruleKey = "rule"
	met     = "met" // the value of a condition that has no count for each value
)

// asked is a limit as Envoy asks about it: of requests that meet all conditions.
func (l *limit) asked(key, value string) *routev3.RateLimit {
	out := &routev3.RateLimit{XRatelimitOption: l.told, Actions: []*routev3.RateLimit_Action{{
		ActionSpecifier: &routev3.RateLimit_Action_GenericKey_{GenericKey: &routev3.RateLimit_Action_GenericKey{
			DescriptorKey: key, DescriptorValue: value,
		}},
	}}}
	for i := range l.conditions {
		out.Actions = append(out.Actions, l.conditions[i].action())
	}
	if l.cost != 1 {
		out.HitsAddend = hits(l.cost)
	}
	return out
}

func hits(n uint64) *routev3.RateLimit_HitsAddend {
	return &routev3.RateLimit_HitsAddend{Number: wrapperspb.UInt64(n)}
}

// entries are what the actions of a local limit come to; without a value any.
func (l *limit) entries(name string) []*commonv3.RateLimitDescriptor_Entry {
	out := []*commonv3.RateLimitDescriptor_Entry{{Key: ruleKey, Value: name}}
	for _, c := range l.conditions {
		e := &commonv3.RateLimitDescriptor_Entry{Key: c.key(), Value: met}
		if c.distinct {
			e.Value = ""
		}
		out = append(out, e)
	}
	return out
}

// key is what a condition is called in descriptors.
func (c *condition) key() string {
	switch {
	case c.from.IsValid():
		return "address"
	case c.query:
		return "?" + c.name
	}
	return c.name
}

// action adds a word to a descriptor where the condition is met. Otherwise
// nothing is asked.
func (c *condition) action() *routev3.RateLimit_Action {
	switch {
	case c.from.IsValid():
		return c.addressAction()
	case c.query && c.distinct:
		return &routev3.RateLimit_Action{ActionSpecifier: &routev3.RateLimit_Action_QueryParameters_{QueryParameters: &routev3.RateLimit_Action_QueryParameters{
			QueryParameterName: c.name, DescriptorKey: c.key(),
		}}}
	case c.query:
		return &routev3.RateLimit_Action{ActionSpecifier: &routev3.RateLimit_Action_QueryParameterValueMatch_{
			QueryParameterValueMatch: &routev3.RateLimit_Action_QueryParameterValueMatch{
				DescriptorKey: c.key(), DescriptorValue: met, ExpectMatch: wrapperspb.Bool(!c.inverted),
				QueryParameters: []*routev3.QueryParameterMatcher{queryMatcher(c.valueMatch)},
			},
		}}
	case c.distinct:
		return &routev3.RateLimit_Action{ActionSpecifier: &routev3.RateLimit_Action_RequestHeaders_{RequestHeaders: &routev3.RateLimit_Action_RequestHeaders{
			HeaderName: c.name, DescriptorKey: c.key(),
		}}}
	}
	return &routev3.RateLimit_Action{ActionSpecifier: &routev3.RateLimit_Action_HeaderValueMatch_{
		HeaderValueMatch: &routev3.RateLimit_Action_HeaderValueMatch{
			DescriptorKey: c.key(), DescriptorValue: met, ExpectMatch: wrapperspb.Bool(!c.inverted),
			Headers: []*routev3.HeaderMatcher{headerMatcher(c.valueMatch)},
		},
	}}
}

// addressAction is about the client's address, which those of trusted proxies
// may tell.
func (c *condition) addressAction() *routev3.RateLimit_Action {
	counted := met
	if c.distinct {
		counted = "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%"
	}
	return &routev3.RateLimit_Action{ActionSpecifier: &routev3.RateLimit_Action_RemoteAddressMatch_{
		RemoteAddressMatch: &routev3.RateLimit_Action_RemoteAddressMatch{
			DescriptorKey: c.key(), DescriptorValue: counted,
			AddressMatcher: &matcherv3.AddressMatcher{InvertMatch: c.inverted, Ranges: []*xdscorev3.CidrRange{{
				AddressPrefix: c.from.Addr().String(), PrefixLen: wrapperspb.UInt32(uint32(c.from.Bits())),
			}}},
		},
	}}
}
