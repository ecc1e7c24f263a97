package translate

import (
	"net"
	"net/netip"
	"strconv"

	envoygateway "github.com/envoyproxy/gateway/api/v1alpha1"
	rlsv3 "github.com/envoyproxy/go-control-plane/ratelimit/config/ratelimit/v3"
	"github.com/gwctl/gwctl/internal/resource"
)

// newLimiter is the cluster of the limiter at host:port; nil where that is no
// address.
func newLimiter(address string) *backend {
	host, port, err := net.SplitHostPort(address)
	if err != nil || host == "" {
		return nil
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil || number == 0 {
		return nil
	}
	_, notIP := netip.ParseAddr(host)
	return &backend{
		id:    resource.ID{Kind: "RateLimitService", Namespace: "ratelimit", Name: address},
		http2: true, byName: notIP != nil, endpoints: []endpoint{{address: host, port: uint32(number)}},
	}
}

// domain is where the limiter keeps the counts of a policy apart from others.
func (p *trafficPolicy) domain() string { return p.ID.Namespace + "/" + p.ID.Name }

// limiterConfig is what the limiter is told of a policy: for each limit the
// words that Envoys send, down to the last, which has the number.
func limiterConfig(p *trafficPolicy) *Resource {
	if len(p.global) == 0 {
		return nil
	}
	config := &rlsv3.RateLimitConfig{Name: p.domain(), Domain: p.domain()}
	var origins []Origin
	for i := range p.global {
		l := &p.global[i]
		top := &rlsv3.RateLimitDescriptor{Key: l.name}
		last := top
		for _, c := range l.conditions {
			next := &rlsv3.RateLimitDescriptor{Key: c.key()}
			last.Descriptors, last = []*rlsv3.RateLimitDescriptor{next}, next
		}
		last.RateLimit = &rlsv3.RateLimitPolicy{RequestsPerUnit: l.requests, Unit: limiterUnits[l.unit]}
		last.ShadowMode = l.shadow
		config.Descriptors = append(config.Descriptors, top)
		origins = append(origins, Origin{p.ID, l.path})
	}
	return newResource(RateLimit, p.domain(), marshal(config), nil, origins)
}

var limiterUnits = map[envoygateway.RateLimitUnit]rlsv3.RateLimitUnit{
	envoygateway.RateLimitUnitSecond: rlsv3.RateLimitUnit_SECOND,
	envoygateway.RateLimitUnitMinute: rlsv3.RateLimitUnit_MINUTE,
	envoygateway.RateLimitUnitHour:   rlsv3.RateLimitUnit_HOUR,
	envoygateway.RateLimitUnitDay:    rlsv3.RateLimitUnit_DAY,
	envoygateway.RateLimitUnitWeek:   rlsv3.RateLimitUnit_WEEK,
	envoygateway.RateLimitUnitMonth:  rlsv3.RateLimitUnit_MONTH,
	envoygateway.RateLimitUnitYear:   rlsv3.RateLimitUnit_YEAR,
}
