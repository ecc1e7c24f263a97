// Package generated draws configurations for tests that hold of all of them.
package generated

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
	"pgregory.net/rapid"
)

// Options say what configurations are for.
type Options struct {
	Prefix   string   // of all names, so that many configurations fit on one target
	Provider string   // its block
	Address  string   // of backends: "127.0.0.1"
	Bind     bool     // gateways listen on that address alone
	Kinds    []string // of routes that there may be beside http_route: "tcp_route"
}

// Blocks draws the blocks of a valid configuration.
func Blocks(t *rapid.T, o Options) []string {
	g := &generator{t: t, Options: o}
	g.locals()
	g.gateway()
	for i := range rapid.IntRange(1, 4).Draw(t, "backends") {
		g.backend(i)
	}
	g.backendTLS()
	for i := range rapid.IntRange(1, 4).Draw(t, "routes") {
		g.route(i)
	}
	for _, kind := range g.kinds {
		g.otherRoute(kind)
	}
	return g.blocks
}

type generator struct {
	Options
	t        *rapid.T
	blocks   []string
	keys     []string // of local.tenants
	backends []string // references
	keyed    []string // those of them that are one of local.tenants
	each     []string // references that hold within a for_each over local.tenants
	kinds    []string // of other routes that there are
}

func (g *generator) add(format string, args ...any) {
	g.blocks = append(g.blocks, fmt.Sprintf(format, args...))
}

// one draws one of several.
func one[T any](g *generator, what string, of ...T) T {
	return rapid.SampledFrom(of).Draw(g.t, what)
}

// some draws n of several, in any order.
func some[T any](g *generator, what string, least, most int, of []T) []T {
	n := rapid.IntRange(least, min(most, len(of))).Draw(g.t, what+" count")
	return rapid.Permutation(of).Draw(g.t, what)[:n]
}

func (g *generator) maybe(what string) bool { return rapid.Bool().Draw(g.t, what) }

// quoted writes a string as HCL has it.
func quoted(s string) string {
	return string(hclwrite.TokensForValue(cty.StringVal(s)).Bytes())
}

func quotedList(list []string) string {
	q := make([]string, len(list))
	for i, s := range list {
		q[i] = quoted(s)
	}
	return "[" + strings.Join(q, ", ") + "]"
}

// quotedMap writes {key = value, ...}, keys as given.
func quotedMap(keys []string, value func() string) string {
	var b strings.Builder
	b.WriteString("{\n")
	for _, k := range keys {
		fmt.Fprintf(&b, "        %s = %s\n", quoted(k), value())
	}
	return b.String() + "      }"
}

func (g *generator) locals() {
	g.keys = some(g, "tenants", 1, 3, []string{"blue", "green", "eu-1"})
	var entries strings.Builder
	for _, k := range g.keys {
		fmt.Fprintf(&entries, "    %s = { host = \"%s.tenants.example.com\", weight = %d }\n",
			quoted(k), k, rapid.IntRange(0, 100).Draw(g.t, "weight"))
	}
	g.add("locals {\n  tenants = {\n%s  }\n}", entries.String())
	g.blocks = append(g.blocks, g.Provider)
}

func (g *generator) gateway() {
	var listeners strings.Builder
	for i, name := range some(g, "listeners", 1, 3, []string{"http", "internal", "third"}) {
		fmt.Fprintf(&listeners, "  listener %q {\n    port     = %d\n    protocol = \"HTTP\"\n", name, 8080+i)
		if g.maybe("listener hostname") {
			fmt.Fprintf(&listeners, "    hostname = \"*.example.com\"\n")
		}
		listeners.WriteString("  }\n")
	}
	listeners.WriteString(g.otherListeners())
	addresses := ""
	if g.Bind {
		addresses = fmt.Sprintf("  addresses = [%q]\n", g.Address)
	}
	g.add("gateway \"%s_gateway\" {\n%s%s}", g.Prefix, addresses, listeners.String())
}

func (g *generator) backend(i int) {
	name := fmt.Sprintf("%s_backend_%d", g.Prefix, i)
	switch one(g, "backend", "endpoints", "dns", "for_each", "count") {
	case "dns":
		g.add("backend %q {\n  dns = \"orders-%d.internal:8080\"\n}", name, i)
		g.backends = append(g.backends, "backend."+name)
	case "for_each":
		g.add("backend %q {\n  for_each  = local.tenants\n  endpoints = [\"%s:%d\"]\n}", name, g.Address, 9000+i)
		for _, k := range g.keys {
			g.keyed = append(g.keyed, fmt.Sprintf("backend.%s[%q]", name, k))
		}
		g.backends = append(g.backends, g.keyed[len(g.keyed)-len(g.keys):]...)
		g.each = append(g.each, fmt.Sprintf("backend.%s[each.key]", name))
	case "count":
		g.add("backend %q {\n  count     = 2\n  endpoints = [\"%s:${9100 + count.index}\"]\n}", name, g.Address)
		g.backends = append(g.backends, "backend."+name+"[0]", "backend."+name+"[1]")
	default:
		addresses := some(g, "endpoints", 1, 3, []string{g.Address + ":9001", g.Address + ":9002", "10.0.0.3:80"})
		g.add("backend %q {\n  endpoints = %s\n}", name, quotedList(addresses))
		g.backends = append(g.backends, "backend."+name)
	}
}

func (g *generator) route(i int) {
	name := fmt.Sprintf("%s_route_%d", g.Prefix, i)
	attach := fmt.Sprintf("  gateway = gateway.%s_gateway\n", g.Prefix)
	var rules strings.Builder
	backends := g.backends
	switch one(g, "route", "plain", "for_each", "dynamic") {
	case "for_each":
		// Not both of a backend's forms in one rule: they may be the same.
		if len(g.each) > 0 {
			backends = slices.DeleteFunc(slices.Concat(g.each, g.backends), func(b string) bool { return slices.Contains(g.keyed, b) })
		}
		attach = "  for_each  = local.tenants\n" + attach + "  hostnames = [each.value.host]\n"
	case "dynamic":
		fmt.Fprintf(&rules, "  dynamic \"rule\" {\n    for_each = local.tenants\n    labels   = [rule.key]\n    content {\n"+
			"      match { path_prefix = \"/${rule.key}\" }\n      forward {\n        to     = %s\n        weight = rule.value.weight\n      }\n    }\n  }\n",
			one(g, "to", g.backends...))
	default:
		if hosts := some(g, "hostnames", 0, 2, []string{"shop.example.com", "*.example.com", "a.b.example.com"}); len(hosts) > 0 {
			attach += "  hostnames = " + quotedList(hosts) + "\n"
		}
	}
	for _, rule := range some(g, "rules", 1, 4, []string{"api", "old", "web", "rest"}) {
		fmt.Fprintf(&rules, "  rule %q {\n%s  }\n", rule, g.rule(backends))
	}
	g.add("http_route %q {\n%s%s}", name, attach, rules.String())
}

// rule draws what is in a rule.
func (g *generator) rule(backends []string) string {
	var b strings.Builder
	matches := rapid.IntRange(0, 2).Draw(g.t, "matches")
	prefix := false // replaceable: the only match has one
	for range matches {
		var match string
		match, prefix = g.match()
		b.WriteString(match)
	}
	prefix = prefix && matches == 1
	for _, block := range []string{"request_headers", "response_headers"} {
		if g.maybe(block) {
			b.WriteString(g.headers(block))
		}
	}
	if g.maybe("redirect") {
		return b.String() + g.redirect(prefix)
	}
	switch kind := one(g, "rewrite", "", "hostname", "path", "path_prefix"); {
	case kind == "hostname":
		b.WriteString("    rewrite { hostname = \"orders.internal\" }\n")
	case kind == "path":
		b.WriteString("    rewrite { path = \"/index.html\" }\n")
	case kind == "path_prefix" && prefix:
		fmt.Fprintf(&b, "    rewrite { path_prefix = %q }\n", one(g, "to prefix", "/", "/v1", "/v1/"))
	}
	switch one(g, "timeouts", "", "request", "both") {
	case "request":
		b.WriteString("    timeouts { request = \"10s\" }\n")
	case "both":
		fmt.Fprintf(&b, "    timeouts {\n      request         = %q\n      backend_request = \"500ms\"\n    }\n", one(g, "request timeout", "1m30s", "2s", "1h"))
	}
	for _, to := range some(g, "forwards", 1, 3, backends) {
		if !g.maybe("weighted") {
			fmt.Fprintf(&b, "    forward { to = %s }\n", to)
			continue
		}
		fmt.Fprintf(&b, "    forward {\n      to     = %s\n      weight = %d\n    }\n", to, one(g, "weight", 0, 1, 7, 100, 1_000_000))
	}
	return b.String()
}

// match also says whether it has a prefix that can be replaced.
func (g *generator) match() (string, bool) {
	var b strings.Builder
	kind := one(g, "path", "", "path_prefix", "path_exact", "path_regex")
	switch kind {
	case "path_prefix", "path_exact":
		fmt.Fprintf(&b, "      %s = %q\n", kind, one(g, "a path", "/", "/api", "/a/b/c", "/%C3%A9~x"))
	case "path_regex":
		fmt.Fprintf(&b, "      path_regex = %s\n", quoted(one(g, "a regex", "/v[0-9]+", "/(a|b)/.*", `/\d{3}`)))
	}
	replaceable := kind == "path_prefix"
	switch one(g, "methods", "", "method", "methods") {
	case "method":
		b.WriteString("      method = \"GET\"\n")
	case "methods":
		methods := some(g, "some methods", 1, 3, []string{"GET", "HEAD", "POST", "PATCH"})
		replaceable = replaceable && len(methods) == 1 // each is a match of its own
		fmt.Fprintf(&b, "      methods = %s\n", quotedList(methods))
	}
	for _, kind := range []string{"headers", "query"} {
		if names := some(g, kind, 0, 2, []string{"x-env", "x-build", "lang"}); len(names) > 0 {
			fmt.Fprintf(&b, "      %s = %s\n", kind, quotedMap(names, func() string {
				if g.maybe("regex value") {
					return "{ regex = \"^b[0-9]+$\" }"
				}
				return quoted(one(g, "a value", "prod", "50%", `"quoted"`, "${x}"))
			}))
		}
	}
	return "    match {\n" + b.String() + "    }\n", replaceable
}

func (g *generator) headers(block string) string {
	names := rapid.Permutation([]string{"x-via", "X-Cased", "x-debug", "server"}).Draw(g.t, "header names")
	var b strings.Builder
	for i, kind := range []string{"set", "add"} {
		if g.maybe(kind) {
			fmt.Fprintf(&b, "      %s = %s\n", kind, quotedMap(names[i:i+1], func() string {
				return quoted(one(g, "a header value", "gwctl", "50%", "%REQ(x)%", "a, b", "${y}"))
			}))
		}
	}
	if b.Len() == 0 || g.maybe("remove") {
		fmt.Fprintf(&b, "      remove = %s\n", quotedList(names[2:]))
	}
	return "    " + block + " {\n" + b.String() + "    }\n"
}

func (g *generator) redirect(prefix bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "      code = %d\n", one(g, "code", 301, 302, 303, 307, 308))
	if g.maybe("scheme") {
		fmt.Fprintf(&b, "      scheme = %q\n", one(g, "a scheme", "http", "https"))
	}
	if g.maybe("hostname") {
		b.WriteString("      hostname = \"new.example.com\"\n")
	}
	if g.maybe("port") {
		fmt.Fprintf(&b, "      port = %d\n", one(g, "a port", 80, 443, 8443))
	}
	switch kind := one(g, "redirect path", "", "path", "path_prefix"); {
	case kind == "path":
		b.WriteString("      path = \"/new\"\n")
	case kind == "path_prefix" && prefix:
		b.WriteString("      path_prefix = \"/new\"\n")
	}
	return "    redirect {\n" + b.String() + "    }\n"
}
