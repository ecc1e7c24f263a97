package kinds

import (
	"time"

	"github.com/gwctl/gwctl/internal/resource"
)

func encodeRoute(b *resource.Block, f *Fragment) {
	spec := f.Spec(b)
	encodeParents(b, spec)
	if hostnames, a := f.texts(b, "hostnames"); len(hostnames) > 0 {
		spec.Strings("hostnames", hostnames, a)
	}
	rules := b.BlocksOf("rule")
	checkLabels(f, rules)
	for _, rule := range rules {
		encodeRule(rule, spec)
	}
	encodeOther(b, spec)
}

func encodeParents(b *resource.Block, spec Field) {
	f := spec.f
	attached := b.BlocksOf("attach")
	gateway, listener := argument(b, "gateway"), argument(b, "listener")
	switch {
	case gateway == nil && listener != nil:
		f.Errorf(listener.Range, "Listener without a gateway", "listener names a listener of gateway = ..., which is missing.")
	case gateway == nil && len(attached) == 0 && !otherSets(b, "parentRefs"):
		f.Errorf(b.Range, "Route without a gateway", "Say which gateway takes the requests: gateway = gateway.NAME, or attach blocks for several.")
	case gateway != nil && len(attached) > 0:
		f.Errorf(attached[0].Range, "gateway and attach", "A route has gateway = ... or attach blocks, not both. Write an attach block for each gateway.")
	}
	if gateway != nil && len(attached) == 0 {
		encodeParent(b, spec)
	}
	for _, a := range attached {
		if out, ok := encodeParent(a, spec); ok {
			encodeOther(a, out)
		}
	}
}

// encodeParent writes the gateway and listener that b says.
func encodeParent(b *resource.Block, spec Field) (Field, bool) {
	f := spec.f
	ref, a := f.ref(b, "gateway", "gateway", gatewayObject.GroupKind())
	if a == nil {
		return Field{}, false
	}
	out := spec.Item("parentRefs", from(a))
	if ref.ID.GroupKind() != gatewayObject.GroupKind() {
		out.Set("group", ref.ID.Group, from(a))
		out.Set("kind", ref.ID.Kind, from(a))
	}
	out.Set("name", ref.ID.Name, from(a))
	if ref.ID.Namespace != f.ID.Namespace {
		out.Set("namespace", ref.ID.Namespace, from(a))
	}
	if listener, a := f.text(b, "listener"); a != nil {
		out.Set("sectionName", listener, from(a))
	}
	return out, true
}

func encodeRule(b *resource.Block, spec Field) {
	rule := spec.Item("rules", within(b))
	if b.Label != "" {
		rule.Set("name", b.Label, within(b))
	}
	for _, m := range b.BlocksOf("match") {
		encodeMatch(m, rule)
	}
	encodeFilters(b, ruleFilters, rule)
	for _, t := range b.BlocksOf("timeouts") {
		encodeTimeouts(t, rule)
	}
	for _, r := range b.BlocksOf("retry") {
		encodeRetry(r, rule)
	}
	for _, s := range b.BlocksOf("session_persistence") {
		encodeSession(s, rule)
	}
	for _, forward := range b.BlocksOf("forward") {
		encodeForward(forward, rule)
	}
	encodeOther(b, rule)
	checkRule(b, spec.f)
}

// checkRule says in HCL's words what the schema says in its own.
func checkRule(b *resource.Block, f *Fragment) {
	forwards, redirects, rewrites := b.BlocksOf("forward"), b.BlocksOf("redirect"), b.BlocksOf("rewrite")
	switch {
	case len(forwards) == 0 && len(redirects) == 0 && argument(b, "other") == nil:
		f.Errorf(b.Range, "Rule without an outcome", "%s neither forwards nor redirects. Add forward { to = backend.NAME } or a redirect block.", title(b))
	case len(forwards) > 0 && len(redirects) > 0:
		f.Errorf(redirects[0].Range, "Redirect and forward", "%s both forwards and redirects. Keep one: a redirected request goes nowhere else.", title(b))
	}
	if len(redirects) > 0 && len(rewrites) > 0 {
		f.Errorf(rewrites[0].Range, "Redirect and rewrite", "%s both redirects and rewrites. Keep one: a redirect says the new location itself.", title(b))
	}
	for _, forward := range forwards {
		rewrites = append(rewrites, forward.BlocksOf("rewrite")...)
	}
	for _, n := range append(redirects, rewrites...) {
		if a := argument(n, "path_prefix"); a != nil && !hasOnePrefix(b) {
			f.Errorf(a.Range, "Prefix without a prefix", "path_prefix in %s replaces the prefix that matched, so the rule has exactly one match block, with path_prefix and at most one method.", n.Type)
		}
	}
}

// hasOnePrefix reports whether the rule's matches are one in the object, by a
// prefix. A rule without match has the prefix "/".
func hasOnePrefix(rule *resource.Block) bool {
	matches := rule.BlocksOf("match")
	if len(matches) == 0 {
		return true
	}
	m := matches[0]
	if several := argument(m, "methods"); several != nil {
		if list, ok := several.Value.([]any); ok && len(list) > 1 {
			return false
		}
	}
	return len(matches) == 1 && argument(m, "path_exact") == nil && argument(m, "path_regex") == nil
}

func encodeForward(b *resource.Block, rule Field) {
	f := rule.f
	ref, a := backendRef(b, f)
	if a == nil {
		return
	}
	out := rule.Item("backendRefs", within(b))
	encodeBackendRef(ref, a, out)
	switch weight, a := f.number(b, "weight"); {
	case a == nil:
	case weight < 0 || weight > 1000000:
		f.Errorf(a.Range, "Invalid weight", "weight is %d; a weight is 0 to 1000000, relative to the other forwards of the rule.", weight)
	default:
		out.Set("weight", weight, from(a))
	}
	encodeFilters(b, forwardFilters, out)
	encodeOther(b, out)
}

// backendRef reads what a block sends requests to.
func backendRef(b *resource.Block, f *Fragment) (resource.Ref, *resource.Attr) {
	ref, a := f.ref(b, "to", "backend", backendObject.GroupKind())
	if a != nil && ref.Address.IsZero() && ref.Port != 0 && ref.ID.GroupKind() == backendObject.GroupKind() {
		ref.ID.Group, ref.ID.Kind = service.Group, service.Kind // of the two, only a Service takes a port
	}
	return ref, a
}

func encodeBackendRef(ref resource.Ref, a *resource.Attr, out Field) {
	if ref.ID.GroupKind() != service {
		out.Set("group", ref.ID.Group, from(a))
		out.Set("kind", ref.ID.Kind, from(a))
	}
	out.Set("name", ref.ID.Name, from(a))
	if ref.ID.Namespace != out.f.ID.Namespace {
		out.Set("namespace", ref.ID.Namespace, from(a))
	}
	if ref.Port != 0 {
		out.Set("port", ref.Port, from(a))
	}
}

var timeoutArgs = []struct{ arg, field string }{{"request", "request"}, {"backend_request", "backendRequest"}}

func encodeTimeouts(b *resource.Block, rule Field) {
	f := rule.f
	var request time.Duration
	for _, t := range timeoutArgs {
		value, duration, a := f.duration(b, t.arg)
		if a == nil {
			continue
		}
		switch {
		case t.arg == "request":
			request = duration
		case request > 0 && duration > request:
			f.Errorf(a.Range, "Timeout never reached", "backend_request is %s, longer than request, which ends after %s. Make it at most %s.", value, request, request)
			continue
		}
		rule.Map("timeouts", within(b)).Set(t.field, value, from(a))
	}
}
