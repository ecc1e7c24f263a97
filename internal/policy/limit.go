package policy

import (
	"fmt"
	"strings"

	egv1a1 "github.com/envoyproxy/gateway/api/v1alpha1"
	"github.com/gwctl/gwctl/internal/resource"
	"k8s.io/apimachinery/pkg/runtime"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// Limit is a rate limit as people read it, and where it comes from.
type Limit struct {
	Text   string      `json:"limit"` // "100/minute per x-api-key of GET /search"
	Scope  string      `json:"scope"` // Global or Local
	Policy resource.ID `json:"policy"`
	Block  string      `json:"block,omitempty"` // address in HCL; "" where no block is known
	Rule   string      `json:"rule,omitempty"`  // of the block
}

// From says where a limit comes from: rate_limit.orders, rule "key".
func (l Limit) From() string {
	if l.Block == "" {
		return l.Policy.String()
	}
	if l.Rule == "" {
		return l.Block
	}
	return fmt.Sprintf("%s, rule %q", l.Block, l.Rule)
}

// Limits returns the rate limits of a BackendTrafficPolicy, in its order. Two
// rules that differ by IPv4 and IPv6 alone are one.
func Limits(o *resource.Object) ([]Limit, error) {
	var typed egv1a1.BackendTrafficPolicy
	id := resource.IDOf(o)
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(o.Object, &typed); err != nil {
		return nil, fmt.Errorf("%s is not of the form of a BackendTrafficPolicy: %w", id, err)
	}
	if typed.Spec.RateLimit == nil {
		return nil, nil
	}
	var out []Limit
	add := func(scope string, rules []egv1a1.RateLimitRule) {
		origins := Origins(o, scope)
		for i := range rules {
			l := Limit{Text: text(&rules[i]), Scope: scope, Policy: id}
			if i < len(origins) {
				l.Block = origins[i].Address.String()
				if origins[i].Rule != Unnamed {
					l.Rule = origins[i].Rule
				}
			}
			if n := len(out); n == 0 || out[n-1] != l {
				out = append(out, l)
			}
		}
	}
	if g := typed.Spec.RateLimit.Global; g != nil {
		add(Global, g.Rules)
	}
	if l := typed.Spec.RateLimit.Local; l != nil {
		add(Local, l.Rules)
	}
	return out, nil
}

// text says what a rule counts, and how many of it pass.
func text(r *egv1a1.RateLimitRule) string {
	var per, of, but []string
	for i := range r.ClientSelectors {
		s := &r.ClientSelectors[i]
		for _, m := range s.Methods {
			add(&of, &but, m.Invert, string(m.Value))
		}
		if len(of) > 1 {
			of = []string{strings.Join(of, "|")} // any of them
		}
		if p := s.Path; p != nil && (p.Value != "/" || kindOf(p.Type) == gatewayv1.PathMatchExact) {
			add(&of, &but, p.Invert, pathText(kindOf(p.Type), p.Value))
		}
		for _, h := range s.Headers {
			switch {
			case h.Type != nil && *h.Type == egv1a1.HeaderMatchDistinct:
				per = append(per, h.Name)
			case h.Name == PathHeader:
				add(&of, &but, h.Invert, pathText(gatewayv1.PathMatchRegularExpression, value(h.Value)))
			case h.Name == MethodHeader:
				add(&of, &but, h.Invert, value(h.Value))
			default:
				add(&of, &but, h.Invert, h.Name+": "+value(h.Value))
			}
		}
		for _, q := range s.QueryParams {
			if q.Type != nil && *q.Type == egv1a1.QueryParamMatchDistinct {
				per = append(per, "?"+q.Name)
				continue
			}
			add(&of, &but, q.Invert, "?"+q.Name+"="+value(q.Value))
		}
		if c := s.SourceCIDR; c != nil {
			if c.Type != nil && *c.Type == egv1a1.SourceMatchDistinct {
				per = append(per, "client")
			}
			if c.Value != "0.0.0.0/0" && c.Value != "::/0" {
				add(&of, &but, c.Invert, c.Value)
			}
		}
	}
	out := fmt.Sprintf("%d/%s", r.Limit.Requests, strings.ToLower(string(r.Limit.Unit)))
	for _, part := range []struct {
		word, between string
		of            []string
	}{{"per", " and ", per}, {"of", " ", of}, {"but", " and ", but}} {
		if len(part.of) > 0 {
			out += " " + part.word + " " + strings.Join(part.of, part.between)
		}
	}
	if r.Shared != nil && *r.Shared {
		out += ", shared by routes"
	}
	if r.ShadowMode != nil && *r.ShadowMode {
		out += ", in shadow"
	}
	return out
}

func add(of, but *[]string, invert *bool, text string) {
	if invert != nil && *invert {
		*but = append(*but, text)
	} else {
		*of = append(*of, text)
	}
}

func kindOf(t *gatewayv1.PathMatchType) gatewayv1.PathMatchType {
	if t == nil {
		return gatewayv1.PathMatchPathPrefix
	}
	return *t
}

func value(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// pathText writes a path as people do: a prefix ends in "/*".
func pathText(kind gatewayv1.PathMatchType, value string) string {
	if kind == gatewayv1.PathMatchRegularExpression {
		kind, value = PathOf(value)
	}
	switch kind {
	case gatewayv1.PathMatchPathPrefix:
		return strings.TrimSuffix(value, "/") + "/*"
	case gatewayv1.PathMatchRegularExpression:
		return "~" + value
	}
	return value
}
