package translate

import (
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/gwctl/gwctl/internal/attachment"
	"github.com/gwctl/gwctl/internal/resource"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// route is a route of any kind, checked and with the schema's defaults. Those of
// connections have one rule, without matches.
type route struct {
	id        resource.ID
	created   time.Time
	parents   []parent
	hostnames []string // normalized; [""] where the route names none
	rules     []*rule
	refused   Condition // why none of it is served; zero if some is
	partly    string    // says that rules were left out; "" if none was
	origins   []Origin  // of what is served
	place     *place
	built     map[face]*builtRoute
}

func (r *route) compare(other *route) int { return r.id.Compare(other.id) }

// parent is what a route wants to attach to.
type parent struct {
	id resource.ID
	attachment.Parent
}

// rule is one rule of a route.
type rule struct {
	index   int
	name    string // "" if it has none
	label   string // for people: its name or its position
	matches []match
	filters
	backends []backendRef
	timeout  timeout
	retry    *retry
	session  *session
	// broken rules ask for what cannot be done and must not be passed over:
	// their requests are answered with 500.
	broken bool
}

// backendRef is one of the backends of a rule, and its share of the requests.
type backendRef struct {
	path      string
	id        resource.ID
	port      int32 // of a Service
	weight    uint32
	supported bool // whether the kind of the object can be a backend at all
	http2     bool // it is sent nothing else
	filters        // for its share alone
}

// references lists all that a rule refers to: its backends, then its mirrors,
// then the server that is asked about requests.
func (r *rule) references() []*backendRef {
	out := make([]*backendRef, 0, len(r.backends)+len(r.mirrors))
	for i := range r.backends {
		out = append(out, &r.backends[i])
	}
	for i := range r.mirrors {
		out = append(out, &r.mirrors[i].to)
	}
	if r.auth != nil {
		out = append(out, &r.auth.server)
	}
	return out
}

// What Envoy does for a rule as a whole comes on top of what it does for a
// backend: so where one backend has filters of its own, the rule's are written
// at each of them.

func (r *rule) headersPerBackend() bool {
	return slices.ContainsFunc(r.backends, func(b backendRef) bool { return !b.request.none() || !b.response.none() })
}

func (r *rule) hostPerBackend() bool {
	return slices.ContainsFunc(r.backends, func(b backendRef) bool { return hostnameOf(b.rewrite) != "" })
}

func (r *rule) corsPerBackend() bool {
	return slices.ContainsFunc(r.backends, func(b backendRef) bool { return b.cors != nil })
}

// timeout bounds requests. Without one there is no limit.
type timeout struct {
	request *time.Duration
	backend *time.Duration
}

func decodeRoute(d *decoding, o *resource.Object, created time.Time) *route {
	r := &route{id: d.id, created: created}
	var typed gatewayv1.HTTPRoute
	if !d.typed(o, &typed) {
		r.refuse(gatewayv1.RouteReasonUnsupportedValue, "The object is not of the form of an HTTPRoute.")
		return r
	}
	spec := &typed.Spec
	decodeParents(d, r, &spec.CommonRouteSpec)
	rules := spec.Rules
	if len(rules) == 0 {
		rules = make([]gatewayv1.HTTPRouteRule, 1) // the schema's default: one rule for all requests
	}
	r.takeRules(d, len(rules), func(i int) *rule { return decodeRule(d, i, &rules[i]) })
	r.takeHostnames(d, spec.Hostnames)
	return r
}

func (r *route) takeHostnames(d *decoding, in []gatewayv1.Hostname) {
	r.hostnames = decodeHostnames(d, in)
	if len(r.hostnames) == 0 {
		r.refuse(gatewayv1.RouteReasonUnsupportedValue, "No hostname is valid.")
	}
	if len(in) > 0 {
		r.origins = append(r.origins, Origin{d.id, "spec.hostnames"})
	}
}

// takeRules leaves out rules without a match that can be used, and says so.
func (r *route) takeRules(d *decoding, n int, decode func(i int) *rule) {
	before := len(d.problems)
	for i := range n {
		decoded := decode(i)
		if len(decoded.matches) > 0 {
			r.rules = append(r.rules, decoded)
			r.origins = append(r.origins, Origin{d.id, index("spec.rules", i)})
		}
	}
	if problems := len(d.problems) - before; problems > 0 {
		r.partly = fmt.Sprintf("Dropped Rule: %s: %s", d.problems[before].Path, d.problems[before].Message)
		if !slices.ContainsFunc(r.rules, func(r *rule) bool { return !r.broken }) {
			r.refuse(gatewayv1.RouteReasonUnsupportedValue, "No rule is valid.")
		}
	}
}

func (r *route) refuse(reason gatewayv1.RouteConditionReason, message string) {
	r.refused = Condition{Type: string(gatewayv1.RouteConditionAccepted), Reason: string(reason), Message: message}
}

func decodeParents(d *decoding, r *route, in *gatewayv1.CommonRouteSpec) {
	if in.UseDefaultGateways != "" && in.UseDefaultGateways != gatewayv1.GatewayDefaultScopeNone {
		d.unsupported("spec.useDefaultGateways")
	}
	for i := range in.ParentRefs {
		r.parents = append(r.parents, decodeParent(d, index("spec.parentRefs", i), &in.ParentRefs[i]))
	}
}

func decodeParent(d *decoding, path string, in *gatewayv1.ParentReference) parent {
	ref := attachment.ReferenceOf(d.id.Namespace, in)
	if kind := ref.To.GroupKind(); kind != kindGateway && kind != kindListenerSet {
		d.problem(path, "routes cannot attach to a %s on the xDS server: allowed are Gateway and ListenerSet", ref.To.Kind)
	}
	return parent{id: ref.To, Parent: ref.Parent}
}

func decodeHostnames(d *decoding, in []gatewayv1.Hostname) []string {
	if len(in) == 0 {
		return []string{""}
	}
	var out []string
	for i, h := range in {
		name := normalizeHostname(string(h))
		switch {
		case !validHostname(name):
			d.problem(index("spec.hostnames", i), "%q is no hostname: allowed are names such as shop.example.com and *.example.com", h)
		case !slices.Contains(out, name):
			out = append(out, name)
		}
	}
	return out
}

func decodeRule(d *decoding, i int, in *gatewayv1.HTTPRouteRule) *rule {
	path := index("spec.rules", i)
	r := &rule{index: i, name: text(in.Name, ""), label: text(in.Name, fmt.Sprint(i))}
	matches := in.Matches
	if len(matches) == 0 {
		matches = make([]gatewayv1.HTTPRouteMatch, 1)
	}
	for j := range matches {
		if m, ok := decodeMatch(d, index(path+".matches", j), &matches[j]); ok {
			m.index = j
			r.matches = append(r.matches, m)
		}
	}
	before := len(d.problems)
	r.filters = decodeFilters(d, path, r.matches, in.Filters)
	for j := range in.BackendRefs {
		r.backends = append(r.backends, decodeBackendRef(d, index(path+".backendRefs", j), r.matches, &in.BackendRefs[j]))
	}
	if r.redirect != nil && len(r.backends) > 0 {
		d.problem(path+".backendRefs", "a rule that redirects sends nothing to backends: remove one of the two")
	}
	if r.redirect != nil && r.cors != nil {
		d.problem(path+".filters", "Envoy redirects without a look at the origin: remove one of the filters RequestRedirect and CORS")
	}
	if r.redirect != nil && len(r.mirrors) > 0 {
		d.problem(path+".filters", "a rule that redirects sends nothing to backends, so there is nothing to mirror: remove one of the filters")
	}
	r.takeSoleBackend()
	r.checkShares(d)
	if in.Timeouts != nil {
		r.timeout.request = decodeDuration(d, path+".timeouts.request", in.Timeouts.Request)
		r.timeout.backend = decodeDuration(d, path+".timeouts.backendRequest", in.Timeouts.BackendRequest)
	}
	if in.Retry != nil {
		r.retry = decodeRetry(d, path+".retry", in.Retry)
	}
	if in.SessionPersistence != nil {
		r.takeSession(d, path+".sessionPersistence", in.SessionPersistence)
	}
	r.broken = len(d.problems) > before
	return r
}

// maxWeight is the schema's.
const maxWeight = 1_000_000

func decodeBackendRef(d *decoding, path string, matches []match, in *gatewayv1.HTTPBackendRef) backendRef {
	b := decodeShare(d, path, &in.BackendRef)
	b.filters = decodeFilters(d, path, matches, in.Filters)
	if b.redirect != nil {
		d.problem(path+".filters", "requests that a backend gets are not redirected: a RequestRedirect filter belongs to the rule")
	}
	return b
}

// decodeShare decodes what references of all kinds of routes have in common.
func decodeShare(d *decoding, path string, in *gatewayv1.BackendRef) backendRef {
	b := decodeReference(d, path, &in.BackendObjectReference)
	weight := value(in.Weight, 1)
	if weight < 0 || weight > maxWeight {
		d.problem(path+".weight", "%d is no weight: allowed is 0 to %d", weight, maxWeight)
		weight = 0
	}
	b.weight = uint32(weight)
	return b
}

// decodeReference is about what can be sent requests to.
func decodeReference(d *decoding, path string, in *gatewayv1.BackendObjectReference) backendRef {
	id := resource.ID{
		Group: text(in.Group, ""), Kind: text(in.Kind, kindService),
		Namespace: text(in.Namespace, d.id.Namespace), Name: string(in.Name),
	}
	return backendRef{path: path, id: id, port: value(in.Port, 0), supported: isBackend(id)}
}

func isBackend(id resource.ID) bool {
	return id.Group == groupEnvoy && id.Kind == "Backend" || id.Group == "" && id.Kind == kindService
}

// takeSoleBackend makes the filters of an only backend those of the rule, which
// can do more.
func (r *rule) takeSoleBackend() {
	if len(r.backends) != 1 {
		return
	}
	own := &r.backends[0].filters
	r.request, r.response = r.request.then(own.request), r.response.then(own.response)
	r.mirrors = append(r.mirrors, own.mirrors...)
	if own.auth != nil {
		r.auth = own.auth
	}
	if own.cors != nil {
		r.cors = own.cors
	}
	if own.rewrite != nil {
		both := value(r.rewrite, rewrite{})
		if own.rewrite.hostname != "" {
			both.hostname = own.rewrite.hostname
		}
		if own.rewrite.path != nil {
			both.path = own.rewrite.path
		}
		r.rewrite = &both
	}
	*own = filters{}
}

// checkShares reports what Envoy cannot do for the share of one of several
// backends.
func (r *rule) checkShares(d *decoding) {
	for _, b := range r.backends {
		if rewritePathOf(b.rewrite) != nil {
			d.problem(b.path+".filters", "Envoy cannot rewrite paths for one of several backends: move the URLRewrite filter to the rule, or make another rule")
		}
		if b.auth != nil {
			d.problem(b.path+".filters", "Envoy asks before it chooses one of several backends: move the ExternalAuth filter to the rule, or make another rule")
		}
		if len(b.mirrors) > 0 {
			d.problem(b.path+".filters", "Envoy cannot mirror what one of several backends gets: move the RequestMirror filter to the rule, or make another rule")
		}
	}
}

var durationFormat = regexp.MustCompile(`^([0-9]{1,5}(h|m|s|ms)){1,4}$`)

func decodeDuration(d *decoding, path string, in *gatewayv1.Duration) *time.Duration {
	if in == nil {
		return nil
	}
	parsed, err := time.ParseDuration(string(*in))
	if err != nil || !durationFormat.MatchString(string(*in)) {
		d.problem(path, "%q is no duration: allowed are such as 10s, 1m30s and 500ms", *in)
		return nil
	}
	return &parsed
}

func index(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }
