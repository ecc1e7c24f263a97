package translate_test

import (
	"github.com/gwctl/gwctl/internal/resource"
	"pgregory.net/rapid"
)

// kinds of drawn objects, those more often that much depends on.
var kinds = []string{
	"Gateway", "Gateway", "ListenerSet", "ListenerSet", "HTTPRoute", "HTTPRoute", "HTTPRoute", "GRPCRoute", "GRPCRoute", "BackendTrafficPolicy", "BackendTrafficPolicy", "ClientTrafficPolicy", "TLSRoute", "TLSRoute", "TCPRoute", "UDPRoute",
	"Backend", "Backend", "Backend", "Backend", "BackendTLSPolicy", "BackendTLSPolicy", "Service", "EndpointSlice", "Secret", "Secret", "ConfigMap", "ReferenceGrant", "Namespace",
}

var apiVersions = map[string]string{
	"Backend": "gateway.envoyproxy.io/v1alpha1", "BackendTrafficPolicy": "gateway.envoyproxy.io/v1alpha1", "ClientTrafficPolicy": "gateway.envoyproxy.io/v1alpha1", "Service": "v1", "EndpointSlice": "discovery.k8s.io/v1", "Secret": "v1", "ConfigMap": "v1", "Namespace": "v1",
}

// anyObject draws objects that fit together, since their names are few, and now
// and then are wrong.
func anyObject(t *rapid.T) *resource.Object {
	d := draw{t}
	kind := d.of("kind", kinds...)
	if d.rarely("unknown kind") {
		kind = "Bucket"
	}
	metadata := map[string]any{"name": d.of("name", "a", "b"), "namespace": d.of("namespace", "default", "default", "default", "other")}
	apiVersion := apiVersions[kind]
	if apiVersion == "" {
		apiVersion = "gateway.networking.k8s.io/v1"
	}
	o := map[string]any{"apiVersion": apiVersion, "kind": kind, "metadata": metadata}
	switch kind {
	case "Gateway":
		o["spec"] = anyGateway(d)
	case "ListenerSet":
		o["spec"] = map[string]any{
			"parentRef": map[string]any{"name": d.of("gateway", "a", "b"), "namespace": "default"},
			"listeners": d.list("listeners", 1, 3, func() any { return anyListener(d) }),
		}
		if d.rarely("bad parent") {
			o["spec"].(map[string]any)["parentRef"].(map[string]any)["kind"] = "Bucket"
		}
	case "HTTPRoute":
		o["spec"] = anyRoute(d, anyHTTPRule)
	case "GRPCRoute":
		o["spec"] = anyRoute(d, anyGRPCRule)
	case "TLSRoute":
		o["spec"] = anyRoute(d, nil)
	case "TCPRoute", "UDPRoute":
		o["spec"] = anyRoute(d, nil)
		delete(o["spec"].(map[string]any), "hostnames")
	case "Backend":
		o["spec"] = anyBackend(d)
	case "BackendTLSPolicy":
		o["spec"] = anyTLSPolicy(d)
	case "BackendTrafficPolicy":
		o["spec"] = anyTrafficPolicy(d)
	case "ClientTrafficPolicy":
		o["spec"] = anyClientPolicy(d)
	case "Service":
		o["spec"] = map[string]any{"ports": []any{
			map[string]any{"name": "web", "port": int64(80), "appProtocol": d.of("speaks", "http", "kubernetes.io/h2c", "https")},
			map[string]any{"name": "raw", "port": int64(53), "protocol": d.of("transport", "UDP", "TCP", "SCTP")},
		}}
	case "EndpointSlice":
		metadata["labels"] = map[string]any{"kubernetes.io/service-name": d.of("of service", "a", "b")}
		o["ports"] = []any{map[string]any{"name": d.of("port", "web", "raw"), "port": int64(9001)}}
		o["endpoints"] = d.list("endpoints", 0, 2, func() any {
			return map[string]any{"addresses": []any{d.of("address", "127.0.0.1", "::1", "x.internal")}, "conditions": map[string]any{"ready": !d.rarely("not ready")}}
		})
	case "Secret", "ConfigMap":
		annotations := map[string]any{}
		for _, key := range []string{resource.AnnotationCertFile, resource.AnnotationKeyFile, resource.AnnotationCAFile} {
			if !d.rarely("no file") {
				annotations[key] = d.of("file", "a", "b")
			}
		}
		metadata["annotations"] = annotations
	case "ReferenceGrant":
		o["spec"] = anyGrant(d)
	case "Namespace":
		delete(metadata, "namespace")
		metadata["name"] = d.of("labelled", "default", "other")
		metadata["labels"] = map[string]any{"team": d.of("team", "a", "b")}
	}
	return &resource.Object{Object: o}
}

func (d draw) rarely(label string) bool { return d.odds(label, 16) }

// maybe sets a field to one of some values; nil leaves it out.
func (d draw) maybe(m map[string]any, key string, from ...any) {
	if v := rapid.SampledFrom(from).Draw(d.T, key); v != nil {
		m[key] = v
	}
}

func anyGateway(d draw) map[string]any {
	spec := map[string]any{"listeners": d.list("listeners", 2, 5, func() any { return anyListener(d) })}
	if d.odds("validating", 2) {
		validation := map[string]any{"validation": map[string]any{
			"mode":              d.of("mode", "AllowValidOnly", "AllowInsecureFallback"),
			"caCertificateRefs": []any{anyFileRef(d, "ConfigMap")},
		}}
		if d.rarely("bad mode") {
			validation["validation"].(map[string]any)["mode"] = "?"
		}
		spec["tls"] = map[string]any{"frontend": map[string]any{
			"default": rapid.SampledFrom([]any{validation, map[string]any{}}).Draw(d.T, "default"),
			"perPort": d.list("ports", 0, 1, func() any { return map[string]any{"port": int64(8443), "tls": validation} }),
		}}
	}
	if d.odds("known to backends", 2) {
		tls, _ := spec["tls"].(map[string]any)
		if tls == nil {
			tls = map[string]any{}
		}
		tls["backend"] = map[string]any{"clientCertificateRef": anyFileRef(d, "Secret")}
		spec["tls"] = tls
	}
	switch sets := d.of("sets", "All", "All", "Same", "Selector", ""); sets {
	case "":
	case "Selector":
		spec["allowedListeners"] = map[string]any{"namespaces": map[string]any{"from": sets, "selector": map[string]any{"matchLabels": map[string]any{"team": "a"}}}}
	default:
		spec["allowedListeners"] = map[string]any{"namespaces": map[string]any{"from": sets}}
	}
	if d.odds("addressed", 3) {
		spec["addresses"] = d.list("addresses", 0, 2, func() any {
			return map[string]any{"value": d.of("address", "127.0.0.1", "127.0.0.2", "::1", "", "x")}
		})
	}
	return spec
}

func anyListener(d draw) map[string]any {
	protocol := d.of("protocol", "HTTP", "HTTPS", "HTTPS", "TLS", "TCP", "UDP")
	port := map[string][]int64{"HTTP": {80, 8080}, "HTTPS": {443, 8443}, "TLS": {443, 8443}, "TCP": {9000, 9001}, "UDP": {9000, 53}}[protocol]
	l := map[string]any{"name": d.of("listener", "l", "m", "n"), "protocol": protocol, "port": rapid.SampledFrom(port).Draw(d.T, "port")}
	switch protocol {
	case "HTTPS", "TLS":
		tls := map[string]any{"certificateRefs": d.list("certificates", 1, 2, func() any { return anyFileRef(d, "Secret") })}
		if protocol == "TLS" && d.odds("passthrough", 2) {
			tls = map[string]any{"mode": "Passthrough"}
		}
		if d.rarely("bad mode") {
			tls["mode"] = d.of("mode", "Passthrough", "?")
		}
		l["tls"] = tls
		fallthrough
	case "HTTP":
		d.maybe(l, "hostname", nil, nil, "*.test", "a.test", "*.a.test", "x.a.test")
	}
	switch {
	case d.rarely("bad protocol"):
		l["protocol"] = "SMTP"
	case d.rarely("bad port"):
		l["port"] = rapid.SampledFrom([]int64{80, 443, 9000, 70000}).Draw(d.T, "other port")
	case d.rarely("bad hostname"):
		l["hostname"] = "-bad-"
	}
	allowed := map[string]any{}
	switch from := d.of("from", "All", "All", "All", "", "Same", "Selector", "None"); from {
	case "":
	case "Selector":
		allowed["namespaces"] = map[string]any{"from": from, "selector": map[string]any{"matchLabels": map[string]any{"team": d.of("team", "a", "b")}}}
	default:
		allowed["namespaces"] = map[string]any{"from": from}
	}
	if d.odds("kinds", 6) {
		allowed["kinds"] = []any{map[string]any{"kind": d.of("allowed", "HTTPRoute", "GRPCRoute", "TLSRoute")}}
	}
	l["allowedRoutes"] = allowed
	return l
}

// anyFileRef draws a reference to what names files.
func anyFileRef(d draw, kind string) map[string]any {
	r := map[string]any{"group": "", "kind": kind, "name": d.of("file", "a", "b")}
	if d.odds("far", 4) {
		r["namespace"] = "other"
	}
	if d.rarely("bad kind") {
		r["kind"] = "Bucket"
	}
	return r
}

// anyRoute draws what all routes have; the rule of one without matches is drawn
// without a function.
func anyRoute(d draw, rule func(draw) map[string]any) map[string]any {
	spec := map[string]any{
		"parentRefs": d.list("parents", 1, 2, func() any {
			p := map[string]any{"name": d.of("parent", "a", "b"), "namespace": "default"}
			d.maybe(p, "kind", nil, nil, "ListenerSet")
			d.maybe(p, "sectionName", nil, nil, nil, nil, nil, "l")
			d.maybe(p, "port", nil, nil, nil, nil, nil, int64(443))
			return p
		}),
		"hostnames": d.list("hostnames", 0, 2, func() any { return d.of("host", "a.test", "*.test", "x.a.test", "*.a.test", "A.test") }),
	}
	if d.rarely("bad host") {
		spec["hostnames"] = []any{"-bad-"}
	}
	if rule == nil {
		spec["rules"] = []any{map[string]any{"backendRefs": d.list("refs", 1, 3, func() any { return anyRef(d) })}}
		return spec
	}
	spec["rules"] = d.list("rules", 1, 3, func() any {
		r := rule(d)
		d.maybe(r, "name", nil, "a", "b")
		if d.odds("session", 8) {
			r["sessionPersistence"] = rapid.SampledFrom([]any{
				map[string]any{},
				map[string]any{"type": "Header", "sessionName": "x-s"},
				map[string]any{"absoluteTimeout": "1h", "cookieConfig": map[string]any{"lifetimeType": "Permanent"}},
				map[string]any{"sessionName": "a b"},
			}).Draw(d.T, "session")
		}
		return r
	})
	return spec
}

func anyHTTPRule(d draw) map[string]any {
	r := anyRule(d, anyMatch, anyFilter)
	d.maybe(r, "retry", nil, nil, nil, map[string]any{}, map[string]any{"attempts": int64(2), "codes": []any{int64(503)}, "backoff": "100ms"})
	d.maybe(r, "timeouts", nil, nil, map[string]any{"request": "10s"}, map[string]any{"backendRequest": "0s"})
	if d.rarely("bad timeout") {
		r["timeouts"] = map[string]any{"request": "-1s"}
	}
	return r
}

func anyGRPCRule(d draw) map[string]any { return anyRule(d, anyGRPCMatch, anyGRPCFilter) }

func anyRule(d draw, match, filter func(draw) any) map[string]any {
	r := map[string]any{
		"matches": d.list("matches", 0, 3, func() any { return match(d) }),
		"backendRefs": d.list("refs", 1, 3, func() any {
			ref := anyRef(d)
			if d.odds("own filter", 8) {
				ref["filters"] = []any{filter(d)}
			}
			return ref
		}),
	}
	if d.odds("filters", 2) {
		r["filters"] = d.list("filters", 1, 2, func() any { return filter(d) })
	}
	return r
}

// anyRef draws a reference to a backend.
func anyRef(d draw) map[string]any {
	r := map[string]any{"name": d.of("backend", "a", "b")}
	if d.odds("service", 3) {
		r["port"] = rapid.SampledFrom([]int64{80, 53, 7}).Draw(d.T, "port")
	} else {
		r["group"], r["kind"] = "gateway.envoyproxy.io", "Backend"
	}
	if d.odds("far", 4) {
		r["namespace"] = "other"
	}
	d.maybe(r, "weight", nil, nil, int64(10), int64(0))
	if d.rarely("bad weight") {
		r["weight"] = int64(-1)
	}
	if d.rarely("bad kind") {
		r["kind"] = "Bucket"
	}
	return r
}

func anyBackend(d draw) map[string]any {
	spec := map[string]any{}
	address := func(host string) any {
		return map[string]any{"ip": map[string]any{"address": host, "port": int64(9001)}}
	}
	switch d.of("endpoints", "addresses", "addresses", "names", "none") {
	case "addresses":
		spec["endpoints"] = d.list("addresses", 1, 2, func() any { return address(d.of("address", "127.0.0.1", "::1")) })
	case "names":
		spec["endpoints"] = []any{map[string]any{"fqdn": map[string]any{"hostname": "x.internal", "port": int64(80)}}}
	}
	if d.rarely("bad endpoint") {
		spec["endpoints"] = rapid.SampledFrom([]any{
			[]any{map[string]any{"fqdn": map[string]any{"hostname": "", "port": int64(0)}}},
			[]any{map[string]any{"unix": map[string]any{"path": "/x"}}, address("127.0.0.1")},
		}).Draw(d.T, "endpoint")
	}
	if d.odds("secure", 4) {
		authority := anyFileRef(d, "ConfigMap")
		delete(authority, "namespace")
		tls := map[string]any{"sni": "a.internal", "caCertificateRefs": []any{authority}}
		if d.odds("own certificate", 2) {
			client := anyFileRef(d, "Secret")
			delete(client, "namespace")
			tls["clientCertificateRef"] = client
		}
		spec["tls"] = tls
	}
	if d.odds("speaks", 3) {
		spec["appProtocols"] = []any{d.of("protocol", "gateway.envoyproxy.io/h2c", "gateway.envoyproxy.io/ws", "kubernetes.io/wss")}
	}
	return spec
}

func anyTLSPolicy(d draw) map[string]any {
	target := map[string]any{"group": "gateway.envoyproxy.io", "kind": "Backend", "name": d.of("target", "a", "b")}
	if d.odds("of a service", 3) {
		target["group"], target["kind"] = "", "Service"
	}
	d.maybe(target, "sectionName", nil, nil, nil, "web", "9001", "80")
	if d.rarely("bad target") {
		target["kind"] = "Bucket"
	}
	validation := map[string]any{"hostname": d.of("expected", "a.internal", "b.internal")}
	if d.odds("system", 3) {
		validation["wellKnownCACertificates"] = "System"
	} else {
		authority := anyFileRef(d, "ConfigMap")
		delete(authority, "namespace")
		validation["caCertificateRefs"] = []any{authority}
	}
	d.maybe(validation, "subjectAltNames", nil, nil, []any{map[string]any{"type": "URI", "uri": "spiffe://a/b"}})
	if d.rarely("bad hostname") {
		validation["hostname"] = "*"
	}
	return map[string]any{"targetRefs": []any{target}, "validation": validation}
}

func anyGrant(d draw) map[string]any {
	const group = "gateway.networking.k8s.io"
	to := rapid.SampledFrom([]map[string]any{
		{"group": "gateway.envoyproxy.io", "kind": "Backend"}, {"group": "", "kind": "Service"}, {"group": "", "kind": "Secret"}, {"group": "", "kind": "ConfigMap"},
	}).Draw(d.T, "to")
	granted := map[string]any{"group": to["group"], "kind": to["kind"]}
	d.maybe(granted, "name", nil, nil, "a")
	from := func(kind string) any {
		return map[string]any{"group": group, "kind": kind, "namespace": "default"}
	}
	return map[string]any{
		"from": []any{from(d.of("listeners", "Gateway", "ListenerSet")), from(d.of("route", "HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute"))},
		"to":   []any{granted},
	}
}

func anyMatch(d draw) any {
	m := map[string]any{}
	if d.odds("path", 2) {
		m["path"] = map[string]any{
			"type":  d.of("type", "PathPrefix", "Exact", "RegularExpression"),
			"value": d.of("value", "/a", "/", "/a/", "/a/b", "/[a-z]+"),
		}
	}
	if d.odds("headers", 3) {
		m["headers"] = []any{map[string]any{"name": d.of("header", "x-a", "X-B"), "value": "v"}}
	}
	if d.odds("method", 3) {
		m["method"] = d.of("verb", "GET", "CONNECT")
	}
	if d.rarely("bad match") {
		m["path"] = map[string]any{"type": d.of("bad type", "Exact", "PathPrefix", "?"), "value": d.of("bad value", "x", "", "/a?b")}
	}
	return m
}

func anyGRPCMatch(d draw) any {
	m := map[string]any{}
	if d.odds("method", 2) {
		m["method"] = map[string]any{
			"type":    d.of("type", "Exact", "RegularExpression"),
			"service": d.of("service", "shop.Orders", "", "shop.Orders.v2"),
			"method":  d.of("call", "Get", "Put"),
		}
	}
	if d.odds("headers", 3) {
		m["headers"] = []any{map[string]any{"name": d.of("header", "x-a", "X-B"), "value": "v"}}
	}
	if d.rarely("bad match") {
		m["method"] = map[string]any{"type": d.of("bad type", "Exact", "?"), "service": d.of("bad service", "a/b", "")}
	}
	return m
}

func anyGRPCFilter(d draw) any {
	switch d.of("filter", "headers", "mirror", "of another kind") {
	case "headers":
		return map[string]any{"type": "RequestHeaderModifier", "requestHeaderModifier": anyHeaders(d)}
	case "mirror":
		return map[string]any{"type": "RequestMirror", "requestMirror": anyMirror(d)}
	}
	return anyFilter(d)
}

func anyHeaders(d draw) map[string]any {
	set := d.of("set", "x-a", "x-b")
	if d.rarely("bad header") {
		set = d.of("bad name", "Host", ":path", "")
	}
	return map[string]any{
		"set":    []any{map[string]any{"name": set, "value": "50%"}},
		"add":    []any{map[string]any{"name": "x-b", "value": "a\tb"}},
		"remove": []any{d.of("remove", "x-c", "X-A")},
	}
}

func anyFilter(d draw) any {
	path := rapid.SampledFrom([]any{
		nil,
		map[string]any{"type": "ReplaceFullPath", "replaceFullPath": "/full"},
		map[string]any{"type": "ReplacePrefixMatch", "replacePrefixMatch": "/new/"},
		map[string]any{"type": "ReplacePrefixMatch", "replacePrefixMatch": ""},
	}).Draw(d.T, "newPath")
	if d.rarely("bad path") {
		path = map[string]any{"type": "ReplacePrefixMatch", "replaceFullPath": "/x"}
	}
	inner := map[string]any{}
	if path != nil {
		inner["path"] = path
	}
	switch d.of("filter", "request", "response", "redirect", "rewrite", "mirror", "CORS", "auth") {
	case "request":
		return map[string]any{"type": "RequestHeaderModifier", "requestHeaderModifier": anyHeaders(d)}
	case "response":
		return map[string]any{"type": "ResponseHeaderModifier", "responseHeaderModifier": anyHeaders(d)}
	case "redirect":
		return map[string]any{"type": "RequestRedirect", "requestRedirect": inner}
	case "mirror":
		return map[string]any{"type": "RequestMirror", "requestMirror": anyMirror(d)}
	case "CORS":
		return map[string]any{"type": "CORS", "cors": anyCORS(d)}
	case "auth":
		return map[string]any{"type": "ExternalAuth", "externalAuth": anyAuth(d)}
	}
	if d.rarely("empty filter") {
		return map[string]any{"type": d.of("empty", "URLRewrite", "RequestMirror")}
	}
	return map[string]any{"type": "URLRewrite", "urlRewrite": inner}
}

func anyMirror(d draw) any {
	m := map[string]any{"backendRef": anyServer(d)}
	switch d.of("share", "all", "percent", "fraction") {
	case "percent":
		m["percent"] = rapid.SampledFrom([]int64{50, 0, 100}).Draw(d.T, "percent")
	case "fraction":
		m["fraction"] = map[string]any{"numerator": int64(1), "denominator": rapid.SampledFrom([]int64{3, 1 << 31}).Draw(d.T, "denominator")}
	}
	if d.rarely("bad share") {
		m["fraction"] = map[string]any{"numerator": int64(1), "denominator": int64(0)}
	}
	return m
}

func anyServer(d draw) map[string]any {
	return map[string]any{"group": "gateway.envoyproxy.io", "kind": "Backend", "name": d.of("server", "a", "b", "missing")}
}

func anyAuth(d draw) any {
	a := map[string]any{"protocol": d.of("protocol", "HTTP", "GRPC"), "backendRef": anyServer(d)}
	if d.odds("http", 4) {
		a["http"] = map[string]any{"path": d.of("checked", "/", "/check", "x"), "allowedHeaders": []any{"X-A"}}
	}
	return a
}

func anyCORS(d draw) any {
	c := map[string]any{
		"allowOrigins":     []any{d.of("origin", "https://a.test", "https://*.a.test", "http://*:80", "*")},
		"allowMethods":     []any{d.of("allowed", "PUT", "*")},
		"exposeHeaders":    []any{"*"},
		"allowCredentials": d.odds("credentials", 2),
	}
	if d.rarely("bad origin") {
		c["allowOrigins"] = []any{"a.test"}
	}
	return c
}
