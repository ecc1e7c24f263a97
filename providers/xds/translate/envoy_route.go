package translate

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gwctl/gwctl/internal/hostname"

	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// UnresolvedCluster is the name that routes send the share of an unresolved
// reference to. No cluster has it, so Envoy answers 500 as it is told to.
const UnresolvedCluster = "unresolved"

// streamIdleTimeout ends streams on which nothing moves.
const streamIdleTimeout = 5 * time.Minute

// maxFaces is how many faces of a route are remembered.
const maxFaces = 16

// face is what routes must know of the listener that they answer at.
type face struct {
	port   int32
	scheme string
	egress
	// listener is what requests are counted for, where any are; "" otherwise.
	listener string
}

// builtRoute is what a route is in Envoy's words at one face, for references
// that lead to certain clusters.
type builtRoute struct {
	clusters []string // one for each reference of each rule; "" if unresolved
	held     [][]*trafficPolicy
	entries  []*entry // in order of precedence
}

// build returns the entries of a route, made anew only where a reference leads
// to another cluster than the last time, or other policies hold for a rule.
func (r *route) build(l face, clusters []string, held [][]*trafficPolicy) *builtRoute {
	if b := r.built[l]; b != nil && slices.Equal(b.clusters, clusters) && sameHeld(b.held, held) {
		return b
	}
	b := &builtRoute{clusters: clusters, held: held}
	for n, rule := range r.rules {
		var policies []*trafficPolicy
		if held != nil {
			policies = held[n]
		}
		n := len(rule.references())
		own := clusters[:n]
		clusters = clusters[n:]
		for i := range rule.matches {
			b.entries = append(b.entries, buildEntry(r, rule, &rule.matches[i], l, own, policies))
		}
	}
	slices.SortFunc(b.entries, before)
	if len(r.built) >= maxFaces { // listeners that come and go
		r.built = nil
	}
	if r.built == nil {
		r.built = map[face]*builtRoute{}
	}
	r.built[l] = b
	return b
}

func buildEntry(r *route, rule *rule, m *match, l face, clusters []string, policies []*trafficPolicy) *entry {
	e := &entry{route: r, rule: rule, match: m, all: m.all()}
	authCluster := ""
	if rule.auth != nil {
		authCluster = clusters[len(clusters)-1]
		e.clusters = clusters[len(clusters)-1:]
	}
	name := fmt.Sprintf("%s/%s/%s/%d", r.id.Namespace, r.id.Name, rule.label, m.index)
	// Nobody passes where there is nobody to ask, or nothing to count with.
	closed := rule.broken || rule.auth != nil && authCluster == "" || slices.ContainsFunc(policies, (*trafficPolicy).cannot)
	wire := func(routes ...*routev3.Route) []byte {
		var b []byte
		if !closed {
			routes = append(preflights(rule, m, routes), routes...)
		}
		for _, out := range routes {
			out.Name = name
			if !rule.headersPerBackend() {
				out.RequestHeadersToAdd, out.RequestHeadersToRemove = headerOptions(rule.request), rule.request.remove
				out.ResponseHeadersToAdd, out.ResponseHeadersToRemove = headerOptions(rule.response), rule.response.remove
			}
			if !closed {
				rule.turnOn(out, authCluster)
			}
			b = protowire.AppendTag(b, fieldRoutes, protowire.BytesType)
			b = protowire.AppendBytes(b, marshal(out))
		}
		return b
	}
	switch {
	case closed:
		e.clusters = nil
		e.wire = wire(failure(m, r.unavailable()))
	case rule.redirect != nil && dependsOnHost(rule.redirect, l):
		known := perHost(func(host string) []byte { return wire(redirectRoutes(rule.redirect, m, host, l)...) })
		e.perHost = func(host string) []byte {
			if !hostname.Exact(host) {
				host = "" // the same for all that are not known
			}
			return known(host)
		}
	case rule.redirect != nil:
		e.wire = wire(redirectRoutes(rule.redirect, m, "", l)...)
	default:
		var out *routev3.Route
		out, e.clusters = forward(r, rule, m, clusters)
		limited := func(host string) []byte {
			out.TypedPerFilterConfig = limiting(policies, strings.Join([]string{l.listener, host, r.id.Kind, name}, " "))
			return wire(out)
		}
		if countsByPlace(policies) {
			e.perHost = perHost(limited)
		} else {
			e.wire = limited("")
		}
	}
	return e
}

// perHost remembers what build returned for each host.
func perHost(build func(host string) []byte) func(host string) []byte {
	known := map[string][]byte{}
	return func(host string) []byte {
		b, ok := known[host]
		if !ok {
			b = build(host)
			known[host] = b
		}
		return b
	}
}

// unavailable is what requests are answered with that lead nowhere. Envoy makes
// 503 the status UNAVAILABLE of gRPC.
func (r *route) unavailable() uint32 {
	if r.id.GroupKind() == kindGRPCRoute {
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

func failure(m *match, status uint32) *routev3.Route {
	return &routev3.Route{
		Match:  routeMatch(m),
		Action: &routev3.Route_DirectResponse{DirectResponse: &routev3.DirectResponseAction{Status: status}},
	}
}

// forward builds the route to the backends and lists their clusters, those of
// weight 0 included: they are kept warm.
func forward(r *route, rule *rule, m *match, clusters []string) (*routev3.Route, []string) {
	var total uint32
	var used []string
	for i, b := range rule.backends {
		if clusters[i] != "" {
			total += b.weight
		}
	}
	for _, c := range clusters {
		if c != "" {
			used = append(used, c)
		}
	}
	slices.Sort(used)
	used = slices.Compact(used)

	action := &routev3.RouteAction{ClusterNotFoundResponseCode: routev3.RouteAction_INTERNAL_SERVER_ERROR}
	if r.unavailable() == http.StatusServiceUnavailable {
		action.ClusterNotFoundResponseCode = routev3.RouteAction_SERVICE_UNAVAILABLE
	}
	if total == 0 { // none, none that is resolved, or none that gets anything
		action.ClusterSpecifier = &routev3.RouteAction_Cluster{Cluster: UnresolvedCluster}
		return &routev3.Route{Match: routeMatch(m), Action: &routev3.Route_Route{Route: action}}, used
	}
	if len(rule.backends) == 1 { // whose filters are the rule's
		action.ClusterSpecifier = &routev3.RouteAction_Cluster{Cluster: clusters[0]}
	} else {
		action.ClusterSpecifier = &routev3.RouteAction_WeightedClusters{WeightedClusters: split(rule, clusters)}
	}
	action.RequestMirrorPolicies = mirrorPolicies(rule.mirrors, clusters[len(rule.backends):])
	if rule.retry != nil {
		action.RetryPolicy = retryPolicy(rule.retry, rule.timeout.backend)
	}
	setTimeouts(action, rule)
	setRewrite(action, rule, m)
	return &routev3.Route{Match: routeMatch(m), Action: &routev3.Route_Route{Route: action}}, used
}

func split(rule *rule, clusters []string) *routev3.WeightedCluster {
	out := &routev3.WeightedCluster{}
	for i, b := range rule.backends {
		share := &routev3.WeightedCluster_ClusterWeight{Name: clusters[i], Weight: wrapperspb.UInt32(b.weight)}
		if share.Name == "" {
			share.Name = UnresolvedCluster
		}
		if rule.headersPerBackend() {
			request, response := rule.request.then(b.request), rule.response.then(b.response)
			share.RequestHeadersToAdd, share.RequestHeadersToRemove = headerOptions(request), request.remove
			share.ResponseHeadersToAdd, share.ResponseHeadersToRemove = headerOptions(response), response.remove
		}
		if host := cmp.Or(hostnameOf(b.rewrite), hostnameOf(rule.rewrite)); host != "" && rule.hostPerBackend() {
			share.HostRewriteSpecifier = &routev3.WeightedCluster_ClusterWeight_HostRewriteLiteral{HostRewriteLiteral: host}
		}
		if c := cmp.Or(b.cors, rule.cors); c != nil && rule.corsPerBackend() {
			share.TypedPerFilterConfig = map[string]*anypb.Any{corsFilter: pack(corsPolicy(c))}
		}
		out.Clusters = append(out.Clusters, share)
	}
	return out
}

// setTimeouts sets the shorter of the two limits where there is one attempt
// only; where there may be more, each has its own (retryPolicy). Without a limit
// there is none: Envoy's own of 15 s would surprise. A limit that was asked for
// is not cut short by the idle timeout of streams.
func setTimeouts(action *routev3.RouteAction, rule *rule) {
	t := rule.timeout
	limits := []*time.Duration{t.request}
	if rule.retry == nil {
		limits = append(limits, t.backend)
	}
	var limit time.Duration
	for _, d := range limits {
		if d != nil && *d > 0 && (limit == 0 || *d < limit) {
			limit = *d
		}
	}
	action.Timeout = durationpb.New(limit)
	if asked := t.request != nil || t.backend != nil; asked && (limit == 0 || limit > streamIdleTimeout) {
		action.IdleTimeout = durationpb.New(limit)
	}
}

func hostnameOf(r *rewrite) string {
	if r == nil {
		return ""
	}
	return r.hostname
}

func setRewrite(action *routev3.RouteAction, rule *rule, m *match) {
	r := rule.rewrite
	if r == nil {
		return
	}
	if r.hostname != "" && !rule.hostPerBackend() {
		action.HostRewriteSpecifier = &routev3.RouteAction_HostRewriteLiteral{HostRewriteLiteral: r.hostname}
		action.AppendXForwardedHost = true
	}
	if r.path == nil {
		return
	}
	edit := fullEdit(r.path.value)
	if r.path.prefix {
		edit = prefixEdit(m.path.value, r.path.value)
	}
	action.PrefixRewrite, action.RegexRewrite = edit.prefix, edit.regex
}
