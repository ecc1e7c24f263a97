package kinds

import (
	"fmt"
	"maps"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/gwctl/gwctl/config/schema"
	"github.com/gwctl/gwctl/internal/diag"
	"github.com/gwctl/gwctl/internal/policy"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/zclconf/go-cty/cty"
)

var limitRuleSchema = schema.Block{
	Type: "rule", Label: "name",
	Doc: "A limit, and the requests that it counts: all of those that the target gets, unless the rest says less. Its name may change without an effect.",
	Body: schema.Body{
		Attrs: []schema.Attr{
			{Name: "limit", Type: cty.String, Required: true, Doc: "`\"1000/hour\"`: how many in each `second`, `minute`, `hour`, `day`, `week`, `month` (30 days) or `year` (365)."},
			{Name: "per_header", Type: cty.String, Doc: "A header of which each value has its own count. Requests without it are not counted."},
			{Name: "per_headers", Type: cty.List(cty.String), Doc: "Several headers: each combination of values has its own count. Requests without one of them are not counted."},
			{Name: "per_query", Type: cty.String, Doc: "A query parameter of which each value has its own count. Requests without it are not counted."},
			{Name: "per_client_ip", Type: cty.Bool, Default: "false", Doc: "Whether each client has its own count, by its address, IPv4 and IPv6 alike."},
			{Name: "source_cidr", Type: cty.String, Doc: "Only clients of these addresses: `\"10.0.0.0/8\"`. They have one count, unless `per_client_ip` gives each its own."},
			{Name: "cost", Type: cty.Number, Default: "1", Doc: "What a request counts; 0 asks without counting. On Kubernetes with `scope = \"global\"` alone."},
			{Name: "response_cost", Type: cty.Number, Default: "0", Doc: "What is counted once the request has its answer. With `scope = \"global\"` alone."},
			{Name: "shared", Type: cty.Bool, Default: "false", Doc: "Whether all routes of the targets have one count, instead of each its own. With `scope = \"global\"` alone."},
			{Name: "shadow", Type: cty.Bool, Default: "false", Doc: "Whether it counts without refusing, to see what it would do. On Kubernetes with `scope = \"global\"` alone."},
			{Name: "rate_limit_headers", Type: cty.Bool, Default: "true", Doc: "Whether answers say what is left, by `X-RateLimit-*` headers (draft 03)."},
		},
		Blocks: []schema.Block{
			{
				Type: "match", Max: 1, Body: matchSchema.Body,
				Doc: "Requests that are counted: those for which all of it holds.",
			},
			{
				Type: "except", Body: matchSchema.Body,
				Doc: "Requests that are not counted: those for which any of it holds, in any of several blocks.",
			},
		},
	},
}

type limitUnit struct{ word, field string }

// units are those of limits, as HCL and objects call them.
var units = []limitUnit{
	{"second", "Second"},
	{"minute", "Minute"},
	{"hour", "Hour"},
	{"day", "Day"},
	{"week", "Week"},
	{"month", "Month"},
	{"year", "Year"},
}

// anyAddress are all IPv4 and all IPv6 addresses: an object's rule has one of
// both.
var anyAddress = []string{"0.0.0.0/0", "::/0"}

// encodeLimitRule writes the rules that a block stands for, and returns their
// number: one, or two where it counts clients of any address.
func encodeLimitRule(rule *resource.Block, limits Field, scope string) int {
	f := limits.f
	cidrs := []string{""}
	each, _ := f.flag(rule, "per_client_ip")
	cidr, a := f.text(rule, "source_cidr")
	switch {
	case a != nil:
		cidrs[0] = cidr
		checkCIDR(f, cidr, a)
	case each:
		cidrs = anyAddress
	}
	for i, cidr := range cidrs {
		known := f.diags
		item := limits.Item("rules", within(rule))
		encodeSelectors(rule, item, scope)
		encodeAddresses(rule, item, cidr, each)
		if selectors := list[map[string]any](fields{item.m}, "clientSelectors"); len(selectors[0].(map[string]any)) > 0 {
			item.m["clientSelectors"] = selectors
		} else if scope == policy.Local {
			// Without a condition Envoy Gateway would count only what no other rule does.
			item.m["clientSelectors"] = []any{map[string]any{"path": map[string]any{"type": "PathPrefix", "value": "/"}}}
		}
		encodeLimit(rule, item)
		encodeCounting(rule, item, scope)
		if i > 0 {
			f.diags = known // all of it has been said
		}
	}
	return len(cidrs)
}

func encodeLimit(rule *resource.Block, item Field) {
	f := item.f
	limit, a := f.text(rule, "limit")
	if a == nil {
		return
	}
	count, unit, found := strings.Cut(limit, "/")
	n, err := strconv.ParseUint(count, 10, 32)
	i := slices.IndexFunc(units, func(u limitUnit) bool { return u.word == unit })
	cost, by := f.number(rule, "cost")
	switch {
	case !found || strings.Trim(count, "0123456789") != "" || count == "":
		f.Errorf(a.Range, "Invalid limit", "limit is %q; a limit is a whole number and a unit of time, such as \"100/minute\".", limit)
	case i < 0:
		f.Errorf(a.Range, "Unknown unit", "limit is %q, and there is no unit %q.%s", limit, unit, diag.Allowed(unit, unitWords()))
	case err != nil:
		f.Errorf(a.Range, "Limit too high", "limit is %q; it is at most %d. Leave the rule out where nothing is to be refused.", limit, uint32(math.MaxUint32))
	case n == 0:
		f.Errorf(a.Range, "Limit of nothing", "A limit of 0 would refuse every request that it counts. Remove the rule of the route that takes them, or redirect them; the least limit is 1.")
	case by != nil && cost > int64(n):
		f.Errorf(by.Range, "Cost above the limit", "A request costs %d, and the limit is %s: none would ever pass. Lower cost, or raise limit.", cost, limit)
	}
	out := item.Map("limit", from(a))
	out.Set("requests", int64(n), from(a))
	out.Set("unit", units[max(i, 0)].field, from(a))
}

func unitWords() []string {
	words := make([]string, len(units))
	for i, u := range units {
		words[i] = u.word
	}
	return words
}

// mostCost is the highest that Envoy takes.
const mostCost = 1_000_000_000

// encodeCounting writes how what a rule selects is counted.
func encodeCounting(rule *resource.Block, item Field, scope string) {
	f := item.f
	local, onKubernetes := scope == policy.Local, f.Scope.Provider == "kubernetes"
	for _, c := range []struct{ arg, field string }{{"cost", "request"}, {"response_cost", "response"}} {
		n, a := f.number(rule, c.arg)
		switch {
		case a == nil:
			continue
		case n < 0 || n > mostCost:
			f.Errorf(a.Range, "Invalid cost", "%s is %d; it is 0 to %d.", c.arg, n, mostCost)
			continue
		case local && c.field == "response":
			f.Errorf(a.Range, "Local limit of answers", "response_cost counts with the limiter, which local limits do not ask. Say scope = \"global\", or remove it.")
			continue
		case local && onKubernetes:
			f.Errorf(a.Range, "Cost of a local limit", "Envoy Gateway counts every request of a local limit as 1. Divide limit by cost instead, or say scope = \"global\".")
		}
		cost := item.Map("cost", from(a)).Map(c.field, from(a))
		cost.Set("from", "Number", from(a))
		cost.Set("number", n, from(a))
	}
	if shared, a := f.flag(rule, "shared"); shared {
		if local {
			f.Errorf(a.Range, "Shared local limit", "A local limit is counted for each route apart, in each proxy. Say scope = \"global\" for one that routes share.")
		}
		item.Set("shared", true, from(a))
	}
	if shadow, a := f.flag(rule, "shadow"); shadow {
		if local && onKubernetes {
			f.Errorf(a.Range, "Shadow of a local limit", "Envoy Gateway has a shadow mode for global limits alone. Say scope = \"global\", or remove shadow.")
		}
		item.Set("shadowMode", true, from(a))
	}
	if sent, a := f.flag(rule, "rate_limit_headers"); a != nil {
		version := "Off"
		if sent {
			version = "DraftVersion03"
		}
		item.Set("xRateLimitHeaders", version, from(a))
	}
}

// decodeLimitRules takes the rules that blocks can say. Their names are those of
// their origins, else they say what is limited.
func decodeLimitRules(of fields, scope string, origins []policy.Origin) []*resource.Block {
	var blocks []*resource.Block
	var kept []any
	labels := map[string]int{}
	rules := list[map[string]any](of, "rules")
	name := func(i int) string {
		if i < len(origins) && origins[i].Rule != policy.Unnamed {
			return origins[i].Rule
		}
		return ""
	}
	for i := 0; i < len(rules); i++ {
		var b *resource.Block
		said := name(i)
		if i+1 < len(rules) && name(i+1) == said {
			if b = readLimitRules(rules[i:i+2], scope); b != nil {
				i++
			}
		}
		if b == nil {
			b = readLimitRules(rules[i:i+1], scope)
		}
		if b == nil {
			kept = append(kept, rules[i])
			continue
		}
		if b.Label = said; said == "" {
			b.Label = limitName(b)
		}
		labels[b.Label]++
		if n := labels[b.Label]; n > 1 {
			b.Label = fmt.Sprintf("%s-%d", b.Label, n)
		}
		blocks = append(blocks, b)
	}
	of.keep("rules", kept)
	return blocks
}

// readLimitRules reads the rules that one block stands for; nil unless the block
// makes them again.
func readLimitRules(rules []any, scope string) *resource.Block {
	p := fieldsOf(rules[0])
	limit := p.sub("limit")
	requests, _ := limit.number("requests")
	unit := limit.text("unit")
	b := &resource.Block{Type: "rule"}
	set(b, "limit", fmt.Sprintf("%d/%s", requests, strings.ToLower(unit)))
	readSelectors(p, b, len(rules) > 1)
	for _, c := range []struct{ arg, field string }{{"cost", "request"}, {"response_cost", "response"}} {
		cost := p.sub("cost").sub(c.field)
		if n, ok := cost.number("number"); ok {
			set(b, c.arg, n)
		}
	}
	for _, c := range []struct{ arg, field string }{{"shared", "shared"}, {"shadow", "shadowMode"}} {
		if on, _ := p.left[c.field].(bool); on {
			set(b, c.arg, true)
		}
	}
	if version := p.text("xRateLimitHeaders"); version != "" {
		set(b, "rate_limit_headers", version != "Off")
	}
	f := &Fragment{root: map[string]any{}}
	encodeLimitRule(b, f.Root(), scope)
	if f.diags.HasErrors() || !reflect.DeepEqual(withoutTypes(f.root["rules"]), withoutTypes(rules)) {
		return nil
	}
	return b
}

// withoutTypes leaves out what conditions are by default.
func withoutTypes(v any) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = withoutTypes(v[i])
		}
		return out
	case map[string]any:
		out := maps.Clone(v)
		for _, d := range []struct {
			key   string
			value any
		}{{"type", "Exact"}, {"type", "Inline"}, {"type", "Value"}, {"invert", false}, {"shared", false}, {"shadowMode", false}} {
			if out[d.key] == d.value {
				delete(out, d.key)
			}
		}
		if path, ok := out["path"].(map[string]any); ok && path["type"] == nil {
			path = maps.Clone(path)
			path["type"] = "PathPrefix"
			out["path"] = path
		}
		for key := range out {
			out[key] = withoutTypes(out[key])
		}
		return out
	}
	return v
}

var notInNames = regexp.MustCompile(`[^a-z0-9]+`)

// limitName says of a rule without a name what it limits.
func limitName(rule *resource.Block) string {
	var parts []string
	add := func(text string) {
		if text = strings.Trim(notInNames.ReplaceAllString(strings.ToLower(text), "-"), "-"); text != "" {
			parts = append(parts, text)
		}
	}
	for _, m := range rule.BlocksOf("match") {
		for _, name := range []string{"method", "path_exact", "path_prefix", "path_regex"} {
			text, _ := valueOf(m, name).(string)
			add(text)
		}
		for _, method := range stringsOf(m.Attr("methods")) {
			add(method)
		}
		for _, name := range []string{"headers", "query"} {
			conditions, _ := valueOf(m, name).(map[string]any)
			for _, key := range slices.Sorted(maps.Keys(conditions)) {
				add(key)
			}
		}
	}
	for _, name := range []string{"per_header", "per_query", "source_cidr"} {
		text, _ := valueOf(rule, name).(string)
		add(text)
	}
	for _, name := range stringsOf(rule.Attr("per_headers")) {
		add(name)
	}
	if each, _ := valueOf(rule, "per_client_ip").(bool); each {
		add("client")
	}
	if len(parts) == 0 {
		return "all"
	}
	return strings.Join(parts, "-")
}
