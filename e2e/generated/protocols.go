package generated

import (
	"fmt"
	"strings"

	"pgregory.net/rapid"
)

// protocol is what a kind of route needs: a listener that takes it, and hosts
// where it knows any.
type protocol struct{ listener, hosts string }

// protocols are those of the kinds of routes beside http_route.
var protocols = map[string]protocol{
	"grpc_route": {"port = 9010\n    allowed_routes { kinds = [\"GRPCRoute\"] }", `hostnames = ["grpc.example.com"]`},
	"tls_route":  {"port     = 9011\n    protocol = \"TLS\"\n    tls { mode = \"Passthrough\" }", `hostnames = ["vault.example.com", "*.keys.example.com"]`},
	"tcp_route":  {"port     = 9012\n    protocol = \"TCP\"", ""},
	"udp_route":  {"port     = 9013\n    protocol = \"UDP\"", ""},
}

// otherListeners draws which of the kinds there is a route of, and returns a
// listener for each of them.
func (g *generator) otherListeners() string {
	g.kinds = some(g, "other kinds", 0, len(g.Kinds), g.Kinds)
	var b strings.Builder
	for _, kind := range g.kinds {
		fmt.Fprintf(&b, "  listener %q {\n    %s\n  }\n", listenerFor(kind), protocols[kind].listener)
	}
	return b.String()
}

// listenerFor is the name of the listener that takes routes of a kind.
func listenerFor(kind string) string { return strings.TrimSuffix(kind, "_route") }

// otherRoute draws a route of a kind that has a listener of its own.
func (g *generator) otherRoute(kind string) {
	var rules strings.Builder
	names := []string{"all"}
	if kind == "grpc_route" {
		names = some(g, "rules", 1, 3, []string{"place", "read", "rest"})
	}
	for _, name := range names {
		header := "rule"
		if g.maybe("named") {
			header = fmt.Sprintf("rule %q", name)
		}
		fmt.Fprintf(&rules, "  %s {\n", header)
		if kind == "grpc_route" {
			rules.WriteString(g.call())
		}
		for _, to := range some(g, "forwards", 1, 2, g.backends) {
			fmt.Fprintf(&rules, "    forward {\n      to     = %s\n      weight = %d\n    }\n", to, one(g, "weight", 1, 7, 100))
		}
		rules.WriteString("  }\n")
	}
	g.add("%s \"%s_%s\" {\n  gateway  = gateway.%s_gateway\n  listener = %q\n  %s\n%s}", kind, g.Prefix, kind, g.Prefix, listenerFor(kind), protocols[kind].hosts, rules.String())
}

// call draws what a rule of a grpc_route matches, and what it changes.
func (g *generator) call() string {
	var b strings.Builder
	for range rapid.IntRange(0, 2).Draw(g.t, "matches") {
		fmt.Fprintf(&b, "    match {\n      %s\n", one(
			g, "call",
			`service = "shop.v1.Orders"`,
			"service = \"shop.v1.Orders\"\n      method  = \"Place\"",
			"service = \"shop.v1.Orders\"\n      methods = [\"Get\", \"List\"]",
			`method_regex = "(Get|List).*"`,
		))
		if g.maybe("headers") {
			b.WriteString("      headers = { x-env = \"prod\", x-build = { regex = \"^b[0-9]+$\" } }\n")
		}
		b.WriteString("    }\n")
	}
	if g.maybe("request_headers") {
		b.WriteString("    request_headers { set = { x-via = \"gwctl\" } }\n")
	}
	return b.String()
}
