package kinds_test

import (
	"bytes"
	"fmt"
	"maps"
	"net/netip"
	"reflect"
	"slices"
	"testing"

	"github.com/gwctl/gwctl/config/kinds"
	"github.com/gwctl/gwctl/internal/crd"
	"github.com/gwctl/gwctl/internal/resource"
	"pgregory.net/rapid"
)

// TestBlocksSurviveTheWayThereAndBack generates valid blocks of every kind.
// Decoding what a block became gives the same block whether defaults were set
// in between or not; encoding that again gives the same object; and decoding
// that, the same block.
func TestBlocksSurviveTheWayThereAndBack(t *testing.T) {
	for kind, generate := range map[string]func(*rapid.T) *resource.Block{
		"gateway": gatewayBlock, "listener_set": listenerSetBlock, "reference_grant": grantBlock,
		"grpc_route": grpcRouteBlock, "tls_route": tlsRouteBlock, "tcp_route": plainRouteBlock("tcp_route"), "udp_route": plainRouteBlock("udp_route"), "gateway_class": classBlock, "backend": backendBlock, "http_route": routeBlock, "manifest": manifestBlock,
		"backend_tls_policy": backendTLSPolicyBlock, "rate_limit": rateLimitBlock, "client_traffic_policy": clientPolicyBlock, "canary": canaryBlock, "certificate": certificateBlock, "certificate_authority": authorityBlock,
	} {
		t.Run(kind, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				a := resource.Address{Kind: kind, Name: "it"}
				codec := kinds.Codec{}
				first, err := codec.Encode(a, generate(t))
				if err != nil {
					t.Fatalf("encode: %v", err)
				}
				if crd.Known(first.GroupVersionKind()) {
					problems, err := crd.Validate(t.Context(), first)
					if err != nil || len(problems[0]) > 0 {
						t.Fatalf("%v, %v", problems[0].ToAggregate(), err)
					}
				}
				stored := defaulted(t, first)
				words := decoded(t, a, stored)
				if plain := decoded(t, a, first); !reflect.DeepEqual(plain, words) {
					t.Fatalf("without defaults: %s\nwith: %s", show(plain), show(words))
				}
				second, err := codec.Encode(a, words)
				if err != nil {
					t.Fatalf("encode again: %v", err)
				}
				if again := defaulted(t, second); !reflect.DeepEqual(again, stored) {
					t.Fatalf("object\n%v\nbecame\n%v", stored, again)
				}
				if again := decoded(t, a, second); !reflect.DeepEqual(again, words) {
					t.Fatalf("block\n%s\nbecame\n%s", show(words), show(again))
				}
			})
		})
	}
}

func defaulted(t *rapid.T, o *resource.Object) *resource.Object {
	out, err := kinds.Codec{}.Default(o)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func decoded(t *rapid.T, a resource.Address, o *resource.Object) *resource.Block {
	b, err := kinds.Codec{}.Words(a, o, known)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func show(b *resource.Block) string {
	var w bytes.Buffer
	writeBlock(&w, b, "")
	return w.String()
}

// known knows the blocks of the generated references that are not foreign.
func known(id resource.ID) (resource.Address, bool) {
	for _, r := range slices.Concat(gatewayRefs, backendRefs, classRefs, parameterRefs, ownParameterRefs, certificateRefs, authorityRefs, canariedRefs) {
		if r.ID == id && !r.Address.IsZero() {
			return r.Address, true
		}
	}
	return resource.Address{}, false
}

var gatewayRefs = []resource.Ref{
	{Address: resource.Address{Kind: "gateway", Name: "public"}, ID: resource.ID{Group: "gateway.networking.k8s.io", Kind: "Gateway", Namespace: "default", Name: "public"}},
	{ID: resource.ID{Group: "gateway.networking.k8s.io", Kind: "Gateway", Namespace: "infra", Name: "edge"}},
	{Address: resource.Address{Kind: "listener_set", Name: "more"}, ID: resource.ID{Group: "gateway.networking.k8s.io", Kind: "ListenerSet", Namespace: "default", Name: "more"}},
	{ID: resource.ID{Kind: "Service", Namespace: "default", Name: "mesh"}},
}

var backendRefs = []resource.Ref{
	{Address: resource.Address{Kind: "backend", Name: "a", Key: `["x"]`}, ID: resource.ID{Group: "gateway.envoyproxy.io", Kind: "Backend", Namespace: "default", Name: "a-x"}},
	{Address: resource.Address{Kind: "backend", Name: "b"}, ID: resource.ID{Group: "gateway.envoyproxy.io", Kind: "Backend", Namespace: "shop", Name: "b"}},
	{Address: resource.Address{Kind: "backend", Name: "c"}, ID: resource.ID{Kind: "Service", Namespace: "shop", Name: "c"}, Port: 80},
	{ID: resource.ID{Kind: "Service", Namespace: "default", Name: "d"}, Port: 81},
	{ID: resource.ID{Group: "gateway.envoyproxy.io", Kind: "Backend", Namespace: "default", Name: "e"}},
}

var certificateRefs = []resource.Ref{
	{Address: resource.Address{Kind: "certificate", Name: "a"}, ID: resource.ID{Kind: "Secret", Namespace: "default", Name: "a"}},
	{ID: resource.ID{Kind: "Secret", Namespace: "infra", Name: "b"}},
	{ID: resource.ID{Kind: "Secret", Namespace: "default", Name: "c"}},
}

// ownParameterRefs are to objects of the generated blocks' own namespace.
var ownParameterRefs = []resource.Ref{
	{Address: resource.Address{Kind: "manifest", Name: "own"}, ID: resource.ID{Group: "gateway.envoyproxy.io", Kind: "EnvoyProxy", Namespace: "default", Name: "own"}},
	{ID: resource.ID{Kind: "ConfigMap", Namespace: "default", Name: "settings"}},
}

var classRefs = []resource.Ref{
	{Address: resource.Address{Kind: "gateway_class", Name: "eg"}, ID: resource.ID{Group: "gateway.networking.k8s.io", Kind: "GatewayClass", Name: "eg"}},
}

var parameterRefs = []resource.Ref{
	{Address: resource.Address{Kind: "manifest", Name: "proxy"}, ID: resource.ID{Group: "gateway.envoyproxy.io", Kind: "EnvoyProxy", Namespace: "infra", Name: "proxy"}},
	{ID: resource.ID{Kind: "ConfigMap", Namespace: "infra", Name: "settings"}},
	{ID: resource.ID{Group: "example.com", Kind: "Everywhere", Name: "settings"}},
}

// block starts a block with the identity that decoded blocks have.
func block(typ, label string, attrs ...resource.Attr) *resource.Block {
	return &resource.Block{Type: typ, Label: label, Attrs: attrs}
}

func attr(name string, value any) resource.Attr { return resource.Attr{Name: name, Value: value} }

// maybe adds an argument half of the time.
func maybe[T any](t *rapid.T, b *resource.Block, name string, g *rapid.Generator[T]) {
	if rapid.Bool().Draw(t, "has "+name) {
		b.Attrs = append(b.Attrs, attr(name, any(g.Draw(t, name))))
	}
}

func top(t *rapid.T, kind string) *resource.Block {
	b := block(kind, "it", attr("name", "it"), attr("namespace", "default"))
	if kind == "gateway_class" {
		b.Attrs = b.Attrs[:1]
	}
	maybe(t, b, "labels", stringMap("team", "example.com/part"))
	maybe(t, b, "annotations", stringMap("note", "example.com/why"))
	return b
}

func stringMap(keys ...string) *rapid.Generator[map[string]any] {
	return rapid.Custom(func(t *rapid.T) map[string]any {
		out := make(map[string]any)
		for _, key := range keys {
			if rapid.Bool().Draw(t, key) {
				out[key] = word.Draw(t, "value")
			}
		}
		return out
	})
}

var (
	word  = rapid.SampledFrom([]string{"a", "prod", "x-1", "50", "b9"})
	port  = rapid.Int64Range(1, 65535)
	paths = rapid.SampledFrom([]string{"/", "/api", "/api/v1/", "/a%20b"})
	hosts = rapid.SampledFrom([]string{"shop.example.com", "*.example.com", "a.b"})
)

func gatewayBlock(t *rapid.T) *resource.Block {
	b := top(t, "gateway")
	maybe(t, b, "class", rapid.SampledFrom([]any{"a", "prod", "eg", classRefs[0]}))
	maybe(t, b, "other", rapid.SampledFrom([]map[string]any{
		{"defaultScope": "All"},
		{"addresses": []any{map[string]any{"type": "example.com/pool", "value": "edge"}}},
	}))
	maybe(t, b, "addresses", rapid.SampledFrom([][]any{{"10.0.0.1"}, {"::1", "edge.example.com"}, {}}))
	maybe(t, b, "client_certificate", rapid.SampledFrom(certificateRefs))
	if rapid.Bool().Draw(t, "has infrastructure") {
		n := block("infrastructure", "")
		maybe(t, n, "labels", stringMap("team", "example.com/part"))
		maybe(t, n, "annotations", stringMap("note"))
		maybe(t, n, "parameters", rapid.SampledFrom(ownParameterRefs))
		b.Blocks = append(b.Blocks, n)
	}
	if rapid.Bool().Draw(t, "has allowed_listeners") {
		b.Blocks = append(b.Blocks, namespacesBlock(t, "allowed_listeners", "None", "Same", "All"))
	}
	if rapid.Bool().Draw(t, "validates") {
		b.Blocks = append(b.Blocks, validationBlock(t, 1))
	}
	count := rapid.IntRange(1, 4).Draw(t, "listeners")
	for i := range count {
		if rapid.Bool().Draw(t, "validates at a port") {
			n := validationBlock(t, 0)
			n.Key = fmt.Sprint(8000 + i)
			n.Attrs = append(n.Attrs, attr("port", int64(8000+i)))
			b.Blocks = append(b.Blocks, n)
		}
	}
	for i := range count {
		b.Blocks = append(b.Blocks, listenerBlock(t, i))
	}
	return b
}

func namespacesBlock(t *rapid.T, typ string, words ...string) *resource.Block {
	b := block(typ, "")
	word := rapid.SampledFrom(append(words, "Selector")).Draw(t, "namespaces")
	if word != "Selector" {
		b.Attrs = append(b.Attrs, attr("namespaces", word))
		return b
	}
	maybe(t, b, "namespaces", rapid.Just(word))
	selector := block("selector", "")
	maybe(t, selector, "labels", stringMap("team", "example.com/part"))
	for _, operator := range []string{"In", "NotIn", "Exists", "DoesNotExist"} {
		if rapid.Bool().Draw(t, operator) {
			n := block("expression", "", attr("key", "env"), attr("operator", operator))
			if operator == "In" || operator == "NotIn" {
				n.Attrs = append(n.Attrs, attr("values", []any{"a", "b"}))
			}
			selector.Blocks = append(selector.Blocks, n)
		}
	}
	b.Blocks = append(b.Blocks, selector)
	return b
}

func validationBlock(t *rapid.T, least int) *resource.Block {
	b := block("client_validation", "")
	refs := rapid.SliceOfN(rapid.SampledFrom(authorityRefs), least, 3).Draw(t, "authorities")
	b.Attrs = append(b.Attrs, attr("certificate_authorities", anyRefs(refs)))
	if len(refs) > 0 {
		maybe(t, b, "mode", rapid.SampledFrom([]string{"AllowValidOnly", "AllowInsecureFallback"}))
	}
	return b
}

func anyRefs(refs []resource.Ref) []any {
	out := make([]any, len(refs))
	for i := range refs {
		out[i] = refs[i]
	}
	return out
}

func listenerBlock(t *rapid.T, i int) *resource.Block {
	l := block("listener", fmt.Sprintf("l%d", i), attr("port", int64(8000+i)))
	protocol := rapid.SampledFrom([]string{"", "HTTP", "HTTPS", "TLS", "TCP", "UDP", "example.com/quic"}).Draw(t, "protocol")
	if protocol != "" {
		l.Attrs = append(l.Attrs, attr("protocol", protocol))
	}
	if protocol != "TCP" && protocol != "UDP" {
		maybe(t, l, "hostname", hosts)
	}
	if protocol == "HTTPS" || protocol == "TLS" {
		l.Blocks = append(l.Blocks, tlsBlock(t, protocol))
	}
	if rapid.Bool().Draw(t, "has allowed_routes") {
		n := namespacesBlock(t, "allowed_routes", "Same", "All")
		kinds := map[string][]string{
			"": {"HTTPRoute", "GRPCRoute"}, "HTTP": {"GRPCRoute"}, "HTTPS": {"HTTPRoute"}, "TLS": {"TLSRoute", "TCPRoute"}, "TCP": {"TCPRoute"}, "UDP": {"UDPRoute"},
		}[protocol]
		if len(kinds) > 0 {
			maybe(t, n, "kinds", rapid.Just(anys(kinds)))
		}
		l.Blocks = append(l.Blocks, n)
	} else {
		maybe(t, l, "other", rapid.Just(map[string]any{"allowedRoutes": map[string]any{"kinds": []any{map[string]any{"group": "example.com", "kind": "OwnRoute"}}}}))
	}
	return l
}

func tlsBlock(t *rapid.T, protocol string) *resource.Block {
	b := block("tls", "")
	maybe(t, b, "options", stringMap("example.com/a", "example.com/b"))
	switch {
	case protocol == "TLS" && rapid.Bool().Draw(t, "passes through"):
		b.Attrs = append(b.Attrs, attr("mode", "Passthrough"))
	case rapid.Bool().Draw(t, "has certificates"):
		maybe(t, b, "mode", rapid.Just("Terminate"))
		b.Attrs = append(b.Attrs, attr("certificates", rapid.Map(rapid.SliceOfN(rapid.SampledFrom(certificateRefs), 1, 3), anyRefs).Draw(t, "certificates")))
	default:
		b.Attrs = append(b.Attrs, attr("other", map[string]any{"certificateRefs": []any{map[string]any{"group": "example.com", "kind": "Vault", "name": "x"}}}))
	}
	return b
}

func classBlock(t *rapid.T) *resource.Block {
	b := top(t, "gateway_class")
	b.Attrs = append(b.Attrs, attr("controller", "example.com/controller"))
	maybe(t, b, "description", word)
	maybe(t, b, "parameters", rapid.SampledFrom(parameterRefs))
	return b
}

func manifestBlock(t *rapid.T) *resource.Block {
	metadata := rapid.Custom(func(t *rapid.T) map[string]any {
		b := block("", "")
		maybe(t, b, "name", word)
		maybe(t, b, "namespace", rapid.SampledFrom([]string{"default", "shop", ""}))
		maybe(t, b, "labels", stringMap("team", "example.com/part"))
		maybe(t, b, "annotations", stringMap("note", "kubectl.kubernetes.io/last-applied-configuration"))
		maybe(t, b, "finalizers", rapid.Just([]any{"example.com/wait"}))
		maybe(t, b, "uid", word)
		out := make(map[string]any)
		for _, a := range b.Attrs {
			out[a.Name] = a.Value
		}
		return out
	})
	object := rapid.SampledFrom([]map[string]any{
		{"apiVersion": "v1", "kind": "ConfigMap"},
		{"apiVersion": "example.com/v1", "kind": "Widget"},
		{"apiVersion": "gateway.networking.k8s.io/v1beta1", "kind": "ReferenceGrant", "spec": map[string]any{
			"from": []any{map[string]any{"group": "gateway.networking.k8s.io", "kind": "HTTPRoute", "namespace": "a"}},
			"to":   []any{map[string]any{"group": "", "kind": "Service"}},
		}},
		{"apiVersion": "gateway.envoyproxy.io/v1alpha1", "kind": "ClientTrafficPolicy", "spec": map[string]any{
			"targetRefs": []any{map[string]any{"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "a"}},
			"http1":      map[string]any{},
		}},
		{"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "spec": map[string]any{
			"parentRefs": []any{map[string]any{"name": "a"}},
			"rules":      []any{map[string]any{"backendRefs": []any{map[string]any{"name": "b", "port": int64(80)}}}},
		}},
	}).Draw(t, "object")
	object = maps.Clone(object)
	if rapid.Bool().Draw(t, "has metadata") {
		object["metadata"] = metadata.Draw(t, "metadata")
	}
	if rapid.Bool().Draw(t, "has status") {
		object["status"] = map[string]any{"ready": true}
	}
	if object["spec"] == nil {
		object["data"] = anything(3).Draw(t, "data")
	}
	if m, ok := object["metadata"].(map[string]any); ok && object["spec"] != nil && m["namespace"] == "" {
		delete(m, "namespace") // the type is known to be in one
	}
	return block("manifest", "it", attr("object", object))
}

// anything is a value of JSON of some depth.
func anything(depth int) *rapid.Generator[any] {
	return rapid.Custom(func(t *rapid.T) any {
		choices := 6
		if depth == 0 {
			choices = 4
		}
		switch rapid.IntRange(1, choices).Draw(t, "type") {
		case 1:
			return rapid.SampledFrom([]string{"", "a", "$"}).Draw(t, "text")
		case 2:
			return rapid.Int64Range(-5, 5).Draw(t, "number")
		case 3:
			return rapid.Bool().Draw(t, "bool")
		case 4:
			return 0.5
		case 5:
			return rapid.SliceOfN(anything(depth-1), 0, 3).Draw(t, "list")
		}
		return rapid.MapOfN(rapid.SampledFrom([]string{"a", "b.c", "d/e", ""}), anything(depth-1), 0, 3).Draw(t, "map")
	})
}

// sameEndpoint is one text for all texts of one endpoint.
func sameEndpoint(v any) string { return netip.MustParseAddrPort(v.(string)).String() }

func backendBlock(t *rapid.T) *resource.Block {
	b := top(t, "backend")
	switch rapid.SampledFrom([]string{"endpoints", "dns", "other"}).Draw(t, "target") {
	case "endpoints":
		endpoint := rapid.Custom(func(t *rapid.T) any {
			host := rapid.SampledFrom([]string{"127.0.0.1", "[::1]", "[2001:db8::1]", "[2001:DB8:0:0:1:0:0:1]", "[::ffff:10.0.0.1]", "[::]", "[1:2:3:4:5:6:7:8]"}).Draw(t, "host")
			return fmt.Sprintf("%s:%d", host, port.Draw(t, "port"))
		})
		b.Attrs = append(b.Attrs, attr("endpoints", rapid.SliceOfNDistinct(endpoint, 1, 5, sameEndpoint).Draw(t, "endpoints")))
	case "dns":
		b.Attrs = append(b.Attrs, attr("dns", fmt.Sprintf("orders.internal:%d", port.Draw(t, "port"))))
	case "other":
		b.Attrs = append(b.Attrs, attr("other", rapid.SampledFrom([]map[string]any{
			{"type": "DynamicResolver"},
			{"endpoints": []any{map[string]any{"unix": map[string]any{"path": "/x"}}}, "fallback": true},
		}).Draw(t, "other")))
	}
	return b
}

func routeBlock(t *rapid.T) *resource.Block {
	b := top(t, "http_route")
	parentBlocks(t, b)
	maybe(t, b, "hostnames", rapid.Map(rapid.SliceOfN(hosts, 0, 3), anys))
	ruleBlocks(t, b, 4, ruleBlock)
	return b
}

// parentBlocks adds what a route is attached to.
func parentBlocks(t *rapid.T, b *resource.Block) {
	parent := func(b *resource.Block, ref resource.Ref) {
		word := "gateway"
		if ref.ID.Kind == "ListenerSet" {
			word = "listener_set"
		}
		b.Attrs = append(b.Attrs, attr(word, ref))
	}
	if !rapid.Bool().Draw(t, "attaches") {
		parent(b, rapid.SampledFrom(gatewayRefs).Draw(t, "gateway"))
		maybe(t, b, "listener", word)
		maybe(t, b, "port", port)
		return
	}
	for i := range rapid.IntRange(1, 3).Draw(t, "attach") {
		a := block("attach", "")
		parent(a, gatewayRefs[i])
		maybe(t, a, "listener", word)
		maybe(t, a, "port", port)
		b.Blocks = append(b.Blocks, a)
	}
}

// ruleBlocks adds rules, some of them without a name.
func ruleBlocks(t *rapid.T, b *resource.Block, most int, draw func(*rapid.T, string) *resource.Block) {
	unnamed := 0
	for i := range rapid.IntRange(1, most).Draw(t, "rules") {
		rule := draw(t, fmt.Sprintf("r%d", i))
		if rapid.Bool().Draw(t, "unnamed") {
			rule.Label, rule.Key = "", kinds.UnnamedKey(unnamed)
			unnamed++
		}
		b.Blocks = append(b.Blocks, rule)
	}
}

func anys(list []string) []any {
	out := make([]any, len(list))
	for i, s := range list {
		out[i] = s
	}
	return out
}

func ruleBlock(t *rapid.T, label string) *resource.Block {
	r := block("rule", label)
	for range rapid.IntRange(0, 3).Draw(t, "matches") {
		r.Blocks = append(r.Blocks, matchBlock(t))
	}
	maybe(t, r, "other", rapid.SampledFrom([]map[string]any{
		{"filters": []any{extensionFilter}},
		{"filters": []any{extensionFilter, map[string]any{"type": "RequestMirror", "requestMirror": map[string]any{
			"backendRef": map[string]any{"name": "d", "port": int64(81)},
		}}}},
	}))
	r.Blocks = append(r.Blocks, filterBlocks(t)...)
	authBlock(t, r)
	if rapid.Bool().Draw(t, "redirects") {
		d := block("redirect", "")
		maybe(t, d, "scheme", rapid.SampledFrom([]string{"http", "https"}))
		maybe(t, d, "hostname", rapid.Just("new.example.com"))
		maybe(t, d, "port", port)
		maybe(t, d, "path", paths)
		maybe(t, d, "code", rapid.SampledFrom([]int64{301, 302, 303, 307, 308}))
		r.Blocks = append(r.Blocks, d)
		return r
	}
	rewriteBlock(t, r, len(r.BlocksOf("match")) == 0)
	if rapid.Bool().Draw(t, "times out") {
		to := block("timeouts", "")
		maybe(t, to, "request", rapid.SampledFrom([]string{"10s", "1m30s"}))
		maybe(t, to, "backend_request", rapid.SampledFrom([]string{"0s", "500ms", "10s"}))
		r.Blocks = append(r.Blocks, to)
	}
	if rapid.Bool().Draw(t, "retries") {
		again := block("retry", "")
		maybe(t, again, "attempts", rapid.Int64Range(1, 9))
		maybe(t, again, "backoff", rapid.SampledFrom([]string{"100ms", "1s"}))
		maybe(t, again, "codes", rapid.SampledFrom([][]any{{int64(500)}, {int64(503), int64(429)}, {}}))
		r.Blocks = append(r.Blocks, again)
	}
	if rapid.Bool().Draw(t, "persists") {
		r.Blocks = append(r.Blocks, sessionBlock(t))
	}
	forwardBlocks(t, r, func(f *resource.Block) {
		maybe(t, f, "other", rapid.Just(map[string]any{"filters": []any{extensionFilter}}))
		f.Blocks = filterBlocks(t)
		rewriteBlock(t, f, len(r.BlocksOf("match")) == 0)
	})
	return r
}

// forwardBlocks adds what a rule forwards to; more adds to each of them.
func forwardBlocks(t *rapid.T, r *resource.Block, more func(*resource.Block)) {
	perm := rapid.Permutation(backendRefs).Draw(t, "backends")
	for _, ref := range perm[:rapid.IntRange(1, len(perm)).Draw(t, "forwards")] {
		f := block("forward", "", attr("to", ref))
		maybe(t, f, "weight", rapid.Int64Range(0, 1000000))
		more(f)
		r.Blocks = append(r.Blocks, f)
	}
}

// extensionFilter is a filter without words.
var extensionFilter = map[string]any{"type": "ExtensionRef", "extensionRef": map[string]any{
	"group": "example.com", "kind": "Filter", "name": "own",
}}

// filterBlocks draws blocks that are filters, in any order.
func filterBlocks(t *rapid.T) []*resource.Block {
	var out []*resource.Block
	for _, typ := range []string{"request_headers", "response_headers"} {
		if rapid.Bool().Draw(t, typ) {
			h := block(typ, "")
			maybe(t, h, "set", stringMap("x-a", "X-B"))
			maybe(t, h, "add", stringMap("x-c"))
			maybe(t, h, "remove", rapid.Just([]any{"x-d", "x-e"}))
			out = append(out, h)
		}
	}
	if rapid.Bool().Draw(t, "cors") {
		c := block("cors", "")
		maybe(t, c, "allow_origins", rapid.SampledFrom([][]any{{"*"}, {"https://a.example.com", "http://*.b:8080", "https://*"}}))
		maybe(t, c, "allow_methods", rapid.SampledFrom([][]any{{"*"}, {"GET", "PUT"}}))
		maybe(t, c, "allow_headers", rapid.SampledFrom([][]any{{"*"}, {"x-a", "X-B"}, {}}))
		maybe(t, c, "expose_headers", rapid.SampledFrom([][]any{{"*", "x-c"}, {"x-d"}}))
		maybe(t, c, "allow_credentials", rapid.Bool())
		maybe(t, c, "max_age", rapid.Int64Range(1, 9))
		out = append(out, c)
	}
	for range rapid.IntRange(0, 3).Draw(t, "mirrors") {
		m := block("mirror", "", attr("to", rapid.SampledFrom(backendRefs).Draw(t, "mirror to")))
		switch rapid.IntRange(0, 2).Draw(t, "share") {
		case 1:
			m.Attrs = append(m.Attrs, attr("percent", rapid.Int64Range(0, 100).Draw(t, "percent")))
		case 2:
			m.Attrs = append(m.Attrs, attr("fraction", rapid.SampledFrom([]string{"0/1", "1/3", "5/100", "1/2147483647"}).Draw(t, "fraction")))
		}
		out = append(out, m)
	}
	if len(out) == 0 {
		return nil
	}
	return rapid.Permutation(out).Draw(t, "order")
}

func rewriteBlock(t *rapid.T, b *resource.Block, prefix bool) {
	if !rapid.Bool().Draw(t, "rewrites") {
		return
	}
	w := block("rewrite", "")
	maybe(t, w, "hostname", rapid.Just("new.example.com"))
	if prefix {
		maybe(t, w, "path_prefix", paths)
	} else {
		maybe(t, w, "path", paths)
	}
	b.Blocks = append(b.Blocks, w)
}

func sessionBlock(t *rapid.T) *resource.Block {
	b := block("session_persistence", "")
	maybe(t, b, "session_name", word)
	if rapid.Bool().Draw(t, "header") {
		b.Attrs = append(b.Attrs, attr("type", "Header"))
		maybe(t, b, "absolute_timeout", rapid.Just("1h"))
		return b
	}
	maybe(t, b, "type", rapid.Just("Cookie"))
	b.Attrs = append(b.Attrs, attr("absolute_timeout", "1h"))
	maybe(t, b, "cookie_lifetime", rapid.SampledFrom([]string{"Session", "Permanent"}))
	return b
}

func matchBlock(t *rapid.T) *resource.Block {
	m := block("match", "")
	switch rapid.SampledFrom([]string{"", "path_exact", "path_prefix", "path_regex"}).Draw(t, "path") {
	case "path_exact":
		m.Attrs = append(m.Attrs, attr("path_exact", paths.Draw(t, "exact")))
	case "path_prefix":
		m.Attrs = append(m.Attrs, attr("path_prefix", paths.Draw(t, "prefix")))
	case "path_regex":
		m.Attrs = append(m.Attrs, attr("path_regex", rapid.SampledFrom([]string{".*", "/v[0-9]+", "/"}).Draw(t, "regex")))
	}
	methods := rapid.SampledFrom([]string{"GET", "HEAD", "POST"})
	switch rapid.IntRange(0, 2).Draw(t, "methods") {
	case 1:
		m.Attrs = append(m.Attrs, attr("method", methods.Draw(t, "method")))
	case 2:
		m.Attrs = append(m.Attrs, attr("methods", rapid.Map(rapid.SliceOfNDistinct(methods, 1, 3, rapid.ID), anys).Draw(t, "methods")))
	}
	conditions := rapid.Custom(func(t *rapid.T) map[string]any {
		out := map[string]any{}
		for _, key := range []string{"a", "x-b"} {
			switch rapid.IntRange(0, 2).Draw(t, key) {
			case 1:
				out[key] = word.Draw(t, "value")
			case 2:
				out[key] = map[string]any{"regex": "^b[0-9]+$"}
			}
		}
		return out
	})
	maybe(t, m, "headers", conditions)
	maybe(t, m, "query", conditions)
	return m
}
