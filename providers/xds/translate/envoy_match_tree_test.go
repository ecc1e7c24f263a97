package translate_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	discoveryv3 "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
	"pgregory.net/rapid"

	"github.com/gwctl/gwctl/internal/envoy"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/providers/xds/translate"
)

// TestTreeAnswersAsListDoes has a real Envoy serve the same generated rules both
// ways, and asks it for paths around those of the rules.
func TestTreeAnswersAsListDoes(t *testing.T) {
	e := startTableEnvoy(t)
	rapid.Check(t, func(t *rapid.T) {
		rules := rapid.SliceOfN(rapid.Custom(anyRedirect), 1, 12).Draw(t, "rules")
		list := hostOf(t, translate.NewTranslator().WithLists(), "list.test", rules)
		tree := hostOf(t, translate.NewTranslator().WithTrees(), "tree.test", rules)
		if list.GetMatcher() != nil || tree.GetMatcher() == nil {
			t.Fatalf("the forms are not what they should be: %v, %v", list, tree)
		}
		e.serve(t, list, tree)
		for range 20 {
			r := requestNear(t, rules)
			if a, b := e.ask(t, "list.test", r), e.ask(t, "tree.test", r); a != b {
				t.Fatalf("%v is answered by %q in a list, and by %q in a tree", r, a, b)
			}
		}
	})
}

// tableEnvoy is a real Envoy that takes its routes from a file.
type tableEnvoy struct {
	file    string
	address string
	pid     int
	version int
}

func startTableEnvoy(t testing.TB) *tableEnvoy {
	t.Helper()
	e := &tableEnvoy{file: filepath.Join(t.TempDir(), "routes.json")}
	e.write(t)
	process, err := envoy.Start(t.Context(), envoy.Options{Bootstrap: fmt.Appendf(nil, `
admin: {address: {socket_address: {address: 127.0.0.1, port_value: 0}}}
node: {id: test, cluster: test}
static_resources:
  listeners:
  - name: http
    address: {socket_address: {address: 127.0.0.1, port_value: 0}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: http
          rds: {route_config_name: table, config_source: {path_config_source: {path: %q}}}
          http_filters:
          - name: envoy.filters.http.router
            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
`, e.file)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = process.Stop() })
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := process.Ready(ctx); err != nil {
		t.Fatal(err)
	}
	body, err := process.Admin(ctx, "/listeners")
	if err != nil {
		t.Fatal(err)
	}
	_, address, ok := strings.Cut(strings.TrimSpace(string(body)), "::")
	if !ok {
		t.Fatalf("the listeners are %q", body)
	}
	e.address, e.pid = address, process.PID()
	return e
}

// serve puts virtual hosts in force.
func (e *tableEnvoy) serve(t rapid.TB, hosts ...*routev3.VirtualHost) {
	t.Helper()
	e.version++
	e.write(t, hosts...)
	for until := time.Now().Add(10 * time.Second); e.ask(t, fmt.Sprintf("version-%d.test", e.version), request{method: "GET", path: "/"}) != "200"; {
		if time.Now().After(until) {
			t.Fatal("Envoy does not take the routes")
		}
		time.Sleep(time.Millisecond)
	}
}

// write replaces the file at once, beside a host that tells its version.
func (e *tableEnvoy) write(t rapid.TB, hosts ...*routev3.VirtualHost) {
	t.Helper()
	name := fmt.Sprintf("version-%d.test", e.version)
	table, err := anypb.New(&routev3.RouteConfiguration{Name: "table", VirtualHosts: append(hosts, &routev3.VirtualHost{
		Name: name, Domains: []string{name},
		Routes: []*routev3.Route{{
			Match:  &routev3.RouteMatch{PathSpecifier: &routev3.RouteMatch_Prefix{Prefix: "/"}},
			Action: &routev3.Route_DirectResponse{DirectResponse: &routev3.DirectResponseAction{Status: http.StatusOK, Body: &corev3.DataSource{Specifier: &corev3.DataSource_InlineString{}}}},
		}},
	})})
	if err != nil {
		t.Fatal(err)
	}
	b, err := protojson.Marshal(&discoveryv3.DiscoveryResponse{VersionInfo: name, Resources: []*anypb.Any{table}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(e.file+".new", b, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(e.file+".new", e.file); err != nil {
		t.Fatal(err)
	}
}

// request is what a rule can see of one.
type request struct {
	method, path string // with its query
	x            string // the header x
}

// ask returns where Envoy redirects to, or the status.
func (e *tableEnvoy) ask(t rapid.TB, host string, r request) string {
	t.Helper()
	target := &url.URL{Scheme: "http", Host: e.address, Opaque: r.path} // the path as it is
	response, err := http.DefaultTransport.RoundTrip(&http.Request{Method: r.method, URL: target, Host: host, Header: http.Header{"X": []string{r.x}}})
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, response.Body)
	response.Body.Close()
	location := response.Header.Get("location")
	if location == "" {
		return fmt.Sprint(response.StatusCode)
	}
	_, path, _ := strings.Cut(location, ".test")
	return path
}

// hostOf translates rules, each of which redirects to a path of its own.
func hostOf(t rapid.TB, translator *translate.Translator, hostname string, rules []map[string]any) *routev3.VirtualHost {
	objects := []translate.Object{{Object: &resource.Object{Object: map[string]any{
		"apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway",
		"metadata": map[string]any{"name": "public", "namespace": "default"},
		"spec":     map[string]any{"listeners": []any{map[string]any{"name": "http", "port": int64(80), "protocol": "HTTP"}}},
	}}}}
	for i, match := range rules {
		objects = append(objects, translate.Object{Object: &resource.Object{Object: map[string]any{
			"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute",
			"metadata": map[string]any{"name": fmt.Sprintf("r%05d", i), "namespace": "default"},
			"spec": map[string]any{
				"parentRefs": []any{map[string]any{"name": "public"}}, "hostnames": []any{hostname},
				"rules": []any{map[string]any{
					"matches": []any{match},
					"filters": []any{map[string]any{"type": "RequestRedirect", "requestRedirect": map[string]any{
						"path": map[string]any{"type": "ReplaceFullPath", "replaceFullPath": fmt.Sprintf("/rule-%d", i)},
					}}},
				}},
			},
		}}})
	}
	result := translator.Translate(objects)
	for _, p := range result.Problems {
		t.Fatalf("%s %s: %s", p.ID, p.Path, p.Message)
	}
	var table routev3.RouteConfiguration
	if err := proto.Unmarshal(result.Gateways["default/public"].Of(translate.Route)["default/public/80"].Body, &table); err != nil {
		t.Fatal(err)
	}
	for _, h := range table.VirtualHosts {
		if h.Name == hostname {
			return h
		}
	}
	t.Fatal("there is no such host")
	return nil
}

// anyRedirect draws the match of a rule; paths have few segments, so that many
// are around each other.
func anyRedirect(t *rapid.T) map[string]any {
	match := map[string]any{}
	path := anyPath(t)
	switch rapid.IntRange(0, 5).Draw(t, "kind") {
	case 0:
		match["path"] = map[string]any{"type": "Exact", "value": path}
	case 1:
		match["path"] = map[string]any{"type": "RegularExpression", "value": rapid.SampledFrom([]string{"/a.*", "/[ab]/?", ".*b", "/ab?/.*"}).Draw(t, "regex")}
	default:
		match["path"] = map[string]any{"type": "PathPrefix", "value": path}
	}
	if rapid.IntRange(0, 3).Draw(t, "by method") == 0 {
		match["method"] = rapid.SampledFrom([]string{"GET", "POST"}).Draw(t, "method")
	}
	if rapid.IntRange(0, 3).Draw(t, "by header") == 0 {
		match["headers"] = []any{map[string]any{"name": "x", "value": rapid.SampledFrom([]string{"1", "2"}).Draw(t, "x")}}
	}
	if rapid.IntRange(0, 3).Draw(t, "by query") == 0 {
		match["queryParams"] = []any{map[string]any{"name": "q", "value": "/a"}}
	}
	return match
}

func anyPath(t *rapid.T) string {
	segments := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "ab", "a.b", "A", "%C3%A9"}), 0, 3).Draw(t, "segments")
	path := "/" + strings.Join(segments, "/")
	if len(segments) > 0 && rapid.Bool().Draw(t, "slash at the end") {
		path += "/"
	}
	return path
}

func requestNear(t *rapid.T, rules []map[string]any) request {
	r := request{method: rapid.SampledFrom([]string{"GET", "POST", "HEAD"}).Draw(t, "method"), x: rapid.SampledFrom([]string{"", "1", "2"}).Draw(t, "x")}
	r.path = anyPath(t)
	if rapid.Bool().Draw(t, "of a rule") {
		path := rapid.SampledFrom(rules).Draw(t, "rule")["path"].(map[string]any)
		if path["type"] != "RegularExpression" {
			r.path = path["value"].(string)
		}
	}
	r.path += rapid.SampledFrom([]string{"", "", "/", "b", "/b", "/ab/a", "?q=/a", "/?q=/a", "b?q=1"}).Draw(t, "more")
	r.path = strings.ReplaceAll(r.path, "//", "/")
	return r
}
