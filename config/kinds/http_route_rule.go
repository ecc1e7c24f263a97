package kinds

import (
	"time"

	"github.com/gwctl/gwctl/config/schema"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/zclconf/go-cty/cty"
)

var timeoutsSchema = schema.Block{
	Type: "timeouts", Max: 1,
	Doc: "Durations such as `10s`, `1m30s` or `500ms`; `0s` is none.",
	Body: schema.Body{Attrs: []schema.Attr{
		{Name: "request", Type: cty.String, Doc: "Until the whole response has been sent, retries included."},
		{Name: "backend_request", Type: cty.String, Doc: "Of one request to a backend: with `retry`, of each attempt. At most `request`."},
	}},
}

func encodeRule(b *resource.Block, rule Field) {
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
	encodeForwards(b, forwardFilters, rule)
	checkRule(b, rule.f)
}

func decodeRule(p fields, b *resource.Block, in home) {
	b.Blocks = append(b.Blocks, decodeMatches(p)...)
	b.Blocks = append(b.Blocks, decodeFilters(p, ruleFilters, in)...)
	timeouts := p.sub("timeouts")
	t := &resource.Block{Type: "timeouts"}
	for _, arg := range timeoutArgs {
		if value := timeouts.text(arg.field); value != "" {
			set(t, arg.arg, value)
		}
	}
	p.put("timeouts", timeouts)
	if len(t.Attrs) > 0 {
		b.Blocks = append(b.Blocks, t)
	}
	b.Blocks = append(b.Blocks, decodeRetry(p)...)
	b.Blocks = append(b.Blocks, decodeSession(p)...)
	decodeForwards(p, b, forwardFilters, in)
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
