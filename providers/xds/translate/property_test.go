package translate_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	listenerv3 "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	hcmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	tcpproxyv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/tcp_proxy/v3"
	tlsv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/providers/xds/translate"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"
)

// checkSnapshot finds what Envoy would refuse without asking it, and what would
// break the order of a rollout.
func checkSnapshot(s *translate.Snapshot) error {
	for typ, resources := range s.Resources {
		for name, r := range resources {
			m := newMessage(typ)
			if err := proto.Unmarshal(r.Body, m); err != nil {
				return fmt.Errorf("%s %s: %w", typ, name, err)
			}
			if r.Name != name || r.Type != typ || r.Version == "" || len(r.Origins) == 0 {
				return fmt.Errorf("%s %s: %+v", typ, name, r)
			}
			if err := m.(interface{ ValidateAll() error }).ValidateAll(); err != nil {
				return fmt.Errorf("%s %s: %w", typ, name, err)
			}
			for _, c := range r.Clusters {
				if s.Resources[translate.Cluster][c] == nil {
					return fmt.Errorf("%s %s sends to cluster %s, which is not there", typ, name, c)
				}
			}
			if err := checkMessage(s, m); err != nil {
				return fmt.Errorf("%s %s: %w", typ, name, err)
			}
			if typ == translate.Secret && !named(s, name) {
				return fmt.Errorf("secret %s is served, and nothing of the gateway's names it", name)
			}
		}
	}
	return nil
}

// named reports whether a listener or a cluster has the name of a secret.
func named(s *translate.Snapshot, secret string) bool {
	for _, typ := range []translate.Type{translate.Listener, translate.Cluster} {
		for _, r := range s.Resources[typ] {
			if bytes.Contains(r.Body, []byte(secret)) {
				return true
			}
		}
	}
	return false
}

func checkMessage(s *translate.Snapshot, m proto.Message) error {
	switch m := m.(type) {
	case *listenerv3.Listener:
		for _, chain := range m.FilterChains {
			if err := checkChain(s, chain); err != nil {
				return err
			}
		}
	case *corev3.TypedExtensionConfig:
		var proxy tcpproxyv3.TcpProxy
		if err := m.TypedConfig.UnmarshalTo(&proxy); err != nil {
			return err
		}
		return proxy.ValidateAll()
	case *clusterv3.Cluster:
		if m.EdsClusterConfig != nil && s.Resources[translate.Endpoint][m.Name] == nil {
			return fmt.Errorf("the endpoints are not there")
		}
	case *routev3.RouteConfiguration:
		domains := map[string]bool{}
		for _, h := range m.VirtualHosts {
			if domain := strings.ToLower(h.Domains[0]); domains[domain] {
				return fmt.Errorf("domain %s is there twice", domain)
			} else {
				domains[domain] = true
			}
			for _, r := range h.Routes {
				if err := checkClusters(s, r.GetRoute()); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func checkFilter(s *translate.Snapshot, f *listenerv3.Filter) error {
	if f.GetConfigDiscovery() != nil {
		if s.Resources[translate.Extension][f.Name] == nil {
			return fmt.Errorf("filter %s is not there", f.Name)
		}
		return nil
	}
	var manager hcmv3.HttpConnectionManager
	if err := f.GetTypedConfig().UnmarshalTo(&manager); err != nil {
		return err
	}
	if err := manager.ValidateAll(); err != nil {
		return err
	}
	if table := manager.GetRds().GetRouteConfigName(); s.Resources[translate.Route][table] == nil {
		return fmt.Errorf("route table %s is not there", table)
	}
	return nil
}

func checkChain(s *translate.Snapshot, chain *listenerv3.FilterChain) error {
	if err := checkFilter(s, chain.Filters[0]); err != nil {
		return err
	}
	if chain.TransportSocket == nil {
		return nil
	}
	var socket tlsv3.DownstreamTlsContext
	if err := chain.TransportSocket.GetTypedConfig().UnmarshalTo(&socket); err != nil {
		return err
	}
	if err := socket.ValidateAll(); err != nil {
		return err
	}
	common := socket.CommonTlsContext
	named := common.TlsCertificateSdsSecretConfigs
	if len(named) == 0 {
		return fmt.Errorf("chain %s shows no certificate", chain.Name)
	}
	strict, lax := common.GetValidationContextSdsSecretConfig(), common.GetCombinedValidationContext().GetValidationContextSdsSecretConfig()
	if (strict != nil) != socket.RequireClientCertificate.GetValue() {
		return fmt.Errorf("chain %s: clients are validated by %v, and certificates required: %v", chain.Name, strict, socket.RequireClientCertificate)
	}
	for _, v := range []*tlsv3.SdsSecretConfig{strict, lax} {
		if v != nil {
			named = append(named, v)
		}
	}
	for _, n := range named {
		if s.Resources[translate.Secret][n.Name] == nil {
			return fmt.Errorf("secret %s is not there", n.Name)
		}
	}
	return nil
}

func checkClusters(s *translate.Snapshot, action *routev3.RouteAction) error {
	if action == nil {
		return nil
	}
	names := []string{action.GetCluster()}
	for _, m := range action.RequestMirrorPolicies {
		names = append(names, m.Cluster)
	}
	var total uint32
	for _, c := range action.GetWeightedClusters().GetClusters() {
		names = append(names, c.Name)
		total += c.Weight.GetValue()
	}
	if action.GetWeightedClusters() != nil && total == 0 {
		return fmt.Errorf("all weights are 0")
	}
	for _, name := range names {
		if name != "" && name != translate.UnresolvedCluster && s.Resources[translate.Cluster][name] == nil {
			return fmt.Errorf("cluster %s is not there", name)
		}
	}
	return nil
}

// anyObject draws objects that often fit together, and sometimes are wrong.
func anyObject(t *rapid.T) *resource.Object {
	name := func(label string) string { return rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, label) }
	namespace := func(label string) string {
		return rapid.SampledFrom([]string{"default", "default", "other"}).Draw(t, label)
	}
	hostname := rapid.SampledFrom([]any{nil, "a.test", "*.test", "x.a.test", "*.a.test", "A.test", "-bad-"})
	maybe := func(m map[string]any, key string, v any) {
		if v != nil {
			m[key] = v
		}
	}
	list := func(label string, n int, draw func() any) []any {
		var out []any
		for range rapid.IntRange(0, n).Draw(t, label) {
			out = append(out, draw())
		}
		return out
	}
	kind := rapid.SampledFrom([]string{"Gateway", "HTTPRoute", "HTTPRoute", "HTTPRoute", "GRPCRoute", "Backend", "Backend", "ReferenceGrant", "Namespace", "Secret", "ConfigMap", "Bucket"}).Draw(t, "kind")
	apiVersion := "gateway.networking.k8s.io/v1"
	spec := map[string]any{}
	ref := func() any {
		r := map[string]any{"name": name("ref")}
		maybe(r, "group", rapid.SampledFrom([]any{"gateway.envoyproxy.io", "gateway.envoyproxy.io", nil}).Draw(t, "group"))
		maybe(r, "kind", rapid.SampledFrom([]any{"Backend", "Backend", nil, "Bucket"}).Draw(t, "refKind"))
		maybe(r, "namespace", rapid.SampledFrom([]any{nil, nil, "other"}).Draw(t, "refNamespace"))
		maybe(r, "weight", rapid.SampledFrom([]any{nil, int64(0), int64(10), int64(-1)}).Draw(t, "weight"))
		if rapid.Bool().Draw(t, "refFilter") {
			r["filters"] = []any{anyFilter(t)}
		}
		return r
	}
	switch kind {
	case "Gateway":
		spec["listeners"] = list("listeners", 3, func() any {
			l := map[string]any{
				"name": name("listener"), "port": rapid.SampledFrom([]int64{80, 8080, 8080, 70000}).Draw(t, "port"),
				"protocol": rapid.SampledFrom([]string{"HTTP", "HTTP", "HTTPS", "HTTPS", "SMTP"}).Draw(t, "protocol"),
			}
			if l["protocol"] == "HTTPS" {
				l["tls"] = map[string]any{"certificateRefs": list("certificates", 2, func() any { return map[string]any{"name": name("certificate")} })}
			}
			maybe(l, "hostname", hostname.Draw(t, "hostname"))
			if from := rapid.SampledFrom([]any{nil, "All", "Same", "Selector", "None", "?"}).Draw(t, "from"); from != nil {
				l["allowedRoutes"] = map[string]any{"namespaces": map[string]any{"from": from}}
			}
			return l
		})
		if rapid.Bool().Draw(t, "validating") {
			validation := map[string]any{"validation": map[string]any{
				"mode":              rapid.SampledFrom([]string{"AllowValidOnly", "AllowInsecureFallback", "?"}).Draw(t, "mode"),
				"caCertificateRefs": list("authorities", 2, func() any { return map[string]any{"group": "", "kind": "ConfigMap", "name": name("authority")} }),
			}}
			spec["tls"] = map[string]any{"frontend": map[string]any{
				"default": rapid.SampledFrom([]any{map[string]any{}, validation}).Draw(t, "default"),
				"perPort": list("ports", 1, func() any { return map[string]any{"port": int64(8080), "tls": validation} }),
			}}
		}
		if rapid.Bool().Draw(t, "addressed") {
			spec["addresses"] = list("addresses", 2, func() any {
				return map[string]any{"value": rapid.SampledFrom([]string{"127.0.0.1", "::1", "x", ""}).Draw(t, "address")}
			})
		}
	case "HTTPRoute", "GRPCRoute":
		match, filter := anyMatch, anyFilter
		if kind == "GRPCRoute" {
			match, filter = anyGRPCMatch, anyGRPCFilter
		}
		spec["parentRefs"] = list("parents", 2, func() any {
			p := map[string]any{"name": name("parent")}
			maybe(p, "namespace", rapid.SampledFrom([]any{nil, "default"}).Draw(t, "parentNamespace"))
			maybe(p, "sectionName", rapid.SampledFrom([]any{nil, nil, "a"}).Draw(t, "section"))
			return p
		})
		spec["hostnames"] = list("hostnames", 2, func() any {
			if h := hostname.Draw(t, "host"); h != nil {
				return h
			}
			return "plain.test"
		})
		spec["rules"] = list("rules", 3, func() any {
			r := map[string]any{"backendRefs": list("refs", 3, ref)}
			r["matches"] = list("matches", 3, func() any { return match(t) })
			r["filters"] = list("filters", 3, func() any { return filter(t) })
			maybe(r, "retry", rapid.SampledFrom([]any{
				nil, map[string]any{}, map[string]any{"attempts": int64(2), "codes": []any{int64(503)}, "backoff": "100ms"}, map[string]any{"attempts": int64(0)},
			}).Draw(t, "retry"))
			maybe(r, "sessionPersistence", rapid.SampledFrom([]any{
				nil, nil,
				map[string]any{},
				map[string]any{"type": "Header", "sessionName": "x-s"},
				map[string]any{"sessionName": "a b"},
				map[string]any{"absoluteTimeout": "1h", "cookieConfig": map[string]any{"lifetimeType": "Permanent"}},
			}).Draw(t, "session"))
			maybe(r, "timeouts", rapid.SampledFrom([]any{
				nil, map[string]any{"request": "10s"}, map[string]any{"backendRequest": "0s"}, map[string]any{"request": "-1s"},
			}).Draw(t, "timeouts"))
			return r
		})
	case "Backend":
		apiVersion = "gateway.envoyproxy.io/v1alpha1"
		spec["endpoints"] = list("endpoints", 2, func() any {
			return rapid.SampledFrom([]any{
				map[string]any{"ip": map[string]any{"address": "127.0.0.1", "port": int64(9001)}},
				map[string]any{"ip": map[string]any{"address": "::1", "port": int64(9001)}},
				map[string]any{"fqdn": map[string]any{"hostname": "x.internal", "port": int64(80)}},
				map[string]any{"fqdn": map[string]any{"hostname": "", "port": int64(0)}},
				map[string]any{"unix": map[string]any{"path": "/x"}},
			}).Draw(t, "endpoint")
		})
	case "ReferenceGrant":
		spec["from"] = []any{map[string]any{"group": "gateway.networking.k8s.io", "kind": rapid.SampledFrom([]string{"HTTPRoute", "GRPCRoute"}).Draw(t, "fromKind"), "namespace": namespace("from")}}
		spec["to"] = []any{map[string]any{"group": "gateway.envoyproxy.io", "kind": "Backend"}}
	case "Namespace":
		apiVersion = "v1"
	}
	metadata := map[string]any{"name": name("name"), "namespace": namespace("namespace")}
	if kind == "Secret" || kind == "ConfigMap" {
		apiVersion = "v1"
		annotations := map[string]any{}
		for _, key := range []string{resource.AnnotationCertFile, resource.AnnotationKeyFile, resource.AnnotationCAFile} {
			if rapid.IntRange(0, 4).Draw(t, key) > 0 {
				annotations[key] = name("file")
			}
		}
		metadata["annotations"] = annotations
	}
	return &resource.Object{Object: map[string]any{"apiVersion": apiVersion, "kind": kind, "spec": spec, "metadata": metadata}}
}

func anyMatch(t *rapid.T) any {
	m := map[string]any{}
	if rapid.Bool().Draw(t, "path") {
		m["path"] = map[string]any{
			"type":  rapid.SampledFrom([]string{"Exact", "PathPrefix", "PathPrefix", "RegularExpression", "?"}).Draw(t, "type"),
			"value": rapid.SampledFrom([]string{"/", "/a", "/a/", "/a/b", "/[a-z]+", "x", "", "/a?b"}).Draw(t, "value"),
		}
	}
	if rapid.Bool().Draw(t, "headers") {
		m["headers"] = []any{map[string]any{"name": rapid.SampledFrom([]string{"x-a", "X-B", "a b"}).Draw(t, "header"), "value": "v"}}
	}
	if rapid.Bool().Draw(t, "method") {
		m["method"] = rapid.SampledFrom([]string{"GET", "CONNECT"}).Draw(t, "verb")
	}
	return m
}

func anyGRPCMatch(t *rapid.T) any {
	m := map[string]any{}
	if rapid.Bool().Draw(t, "method") {
		m["method"] = map[string]any{
			"type":    rapid.SampledFrom([]string{"Exact", "Exact", "RegularExpression", "?"}).Draw(t, "type"),
			"service": rapid.SampledFrom([]string{"", "shop.Orders", "shop.Orders.v2", "a/b"}).Draw(t, "service"),
			"method":  rapid.SampledFrom([]string{"", "Get", "G.t"}).Draw(t, "call"),
		}
	}
	if rapid.Bool().Draw(t, "headers") {
		m["headers"] = []any{map[string]any{"name": rapid.SampledFrom([]string{"x-a", "X-B", "a b"}).Draw(t, "header"), "value": "v"}}
	}
	return m
}

func anyGRPCFilter(t *rapid.T) any {
	if rapid.Bool().Draw(t, "mirrored") {
		return map[string]any{"type": "RequestMirror", "requestMirror": anyMirror(t)}
	}
	return anyFilter(t)
}

func anyFilter(t *rapid.T) any {
	headers := map[string]any{
		"set":    []any{map[string]any{"name": rapid.SampledFrom([]string{"x-a", "Host", ":path", ""}).Draw(t, "set"), "value": "50%"}},
		"add":    []any{map[string]any{"name": rapid.SampledFrom([]string{"x-a", "x-b"}).Draw(t, "add"), "value": "a\tb"}},
		"remove": []any{rapid.SampledFrom([]string{"x-c", "X-A"}).Draw(t, "remove")},
	}
	path := rapid.SampledFrom([]any{
		nil,
		map[string]any{"type": "ReplaceFullPath", "replaceFullPath": "/full"},
		map[string]any{"type": "ReplacePrefixMatch", "replacePrefixMatch": "/new/"},
		map[string]any{"type": "ReplacePrefixMatch", "replacePrefixMatch": ""},
		map[string]any{"type": "ReplacePrefixMatch", "replaceFullPath": "/x"},
	}).Draw(t, "newPath")
	inner := map[string]any{}
	if path != nil {
		inner["path"] = path
	}
	return rapid.SampledFrom([]any{
		map[string]any{"type": "RequestHeaderModifier", "requestHeaderModifier": headers},
		map[string]any{"type": "ResponseHeaderModifier", "responseHeaderModifier": headers},
		map[string]any{"type": "RequestRedirect", "requestRedirect": inner},
		map[string]any{"type": "URLRewrite", "urlRewrite": inner},
		map[string]any{"type": "URLRewrite"},
		map[string]any{"type": "RequestMirror"},
		map[string]any{"type": "RequestMirror", "requestMirror": anyMirror(t)},
		map[string]any{"type": "RequestMirror", "requestMirror": anyMirror(t)},
		map[string]any{"type": "CORS", "cors": anyCORS(t)},
		map[string]any{"type": "ExternalAuth", "externalAuth": anyAuth(t)},
	}).Draw(t, "filter")
}

func anyMirror(t *rapid.T) any {
	m := map[string]any{"backendRef": map[string]any{
		"group": "gateway.envoyproxy.io", "kind": "Backend", "name": rapid.SampledFrom([]string{"a", "b", "missing"}).Draw(t, "mirror"),
	}}
	switch rapid.IntRange(0, 3).Draw(t, "share") {
	case 0:
		m["percent"] = rapid.SampledFrom([]int64{0, 50, 100, 101}).Draw(t, "percent")
	case 1:
		m["fraction"] = map[string]any{"numerator": int64(1), "denominator": rapid.SampledFrom([]int64{0, 3, 1 << 31}).Draw(t, "denominator")}
	}
	return m
}

func anyAuth(t *rapid.T) any {
	a := map[string]any{
		"protocol":   rapid.SampledFrom([]string{"HTTP", "GRPC", "?"}).Draw(t, "protocol"),
		"backendRef": map[string]any{"group": "gateway.envoyproxy.io", "kind": "Backend", "name": rapid.SampledFrom([]string{"a", "b", "missing"}).Draw(t, "judge")},
	}
	if rapid.Bool().Draw(t, "http") {
		a["http"] = map[string]any{"path": rapid.SampledFrom([]string{"/", "/check", "x"}).Draw(t, "checked"), "allowedHeaders": []any{"X-A"}}
	}
	return a
}

func anyCORS(t *rapid.T) any {
	return map[string]any{
		"allowOrigins":     []any{rapid.SampledFrom([]string{"*", "https://a.test", "https://*.a.test", "http://*:80", "a.test"}).Draw(t, "origin")},
		"allowMethods":     []any{rapid.SampledFrom([]string{"*", "PUT", "put"}).Draw(t, "allowed")},
		"exposeHeaders":    []any{"*"},
		"allowCredentials": rapid.Bool().Draw(t, "credentials"),
	}
}

// TestTranslatorIsTranslate applies random edits to a set of objects: after
// each, a Translator that knew the objects before says what one says that did
// not, whatever the order, and nothing that Envoy would refuse.
func TestTranslatorIsTranslate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		warm := translate.NewTranslator()
		objects := map[resource.ID]translate.Object{}
		revision := uint64(0)
		for range rapid.IntRange(1, 6).Draw(t, "edits") {
			for range rapid.IntRange(1, 6).Draw(t, "objects") {
				revision++
				o := anyObject(t)
				id := resource.IDOf(o)
				if rapid.IntRange(0, 4).Draw(t, "remove") == 0 {
					delete(objects, id)
					continue
				}
				o2 := translate.Object{Object: o, Created: time.Unix(int64(rapid.IntRange(0, 2).Draw(t, "created")), 0)}
				o2.Unusable = rapid.SampledFrom([]string{"", "", "it expired"}).Draw(t, "unusable")
				if rapid.Bool().Draw(t, "revisions") {
					o2.Revision = revision
				}
				objects[id] = o2
			}
			list := make([]translate.Object, 0, len(objects))
			for _, o := range objects {
				list = append(list, o)
			}
			got := warm.Translate(list)
			rand.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
			want := translate.Translate(list)
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("got %s\nwant %s", shown(got), shown(want))
			}
			for _, s := range got.Gateways {
				if err := checkSnapshot(s); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}

func shown(r translate.Result) string {
	b, err := json.Marshal(struct {
		Problems []translate.Problem
		Gateways map[string]*translate.Snapshot
	}{r.Problems, r.Gateways})
	if err != nil {
		return err.Error()
	}
	return string(b)
}
