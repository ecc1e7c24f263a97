package translate_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	bootstrapv3 "github.com/envoyproxy/go-control-plane/envoy/config/bootstrap/v3"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	hcmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	discoveryv3 "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"github.com/gwctl/gwctl/internal/envoy"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/internal/routing"
	"github.com/gwctl/gwctl/providers/xds/translate"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/anypb"
	"pgregory.net/rapid"
)

// proxy is an Envoy whose listeners and clusters stay, and whose route tables
// are read from files, so that a new world is there in milliseconds.
type proxy struct {
	dir      string
	worlds   int
	backends []translate.Object
	address  map[int32]string // by port of the gateway
	client   *http.Client
	calls    *http.Client // over HTTP/2, as gRPC is
}

// ports are those of the gateway's listeners.
var ports = []int32{80, 8080}

func startProxy(t *testing.T) *proxy {
	t.Helper()
	p := &proxy{dir: t.TempDir(), address: map[int32]string{}}
	for _, namespace := range namespaces {
		for _, name := range backendNames {
			p.backends = append(p.backends, startEcho(t, namespace, name))
		}
	}
	s := translate.Translate(append(everyBackend(), p.backends...)).Gateways["default/public"]
	p.write(t, s)
	var config bootstrapv3.Bootstrap
	if err := protojson.Unmarshal(staticBootstrap(t, s), &config); err != nil {
		t.Fatal(err)
	}
	for _, l := range config.StaticResources.Listeners {
		filter := l.FilterChains[0].Filters[0]
		var manager hcmv3.HttpConnectionManager
		if err := filter.GetTypedConfig().UnmarshalTo(&manager); err != nil {
			t.Fatal(err)
		}
		table := manager.GetRouteConfig().Name
		manager.RouteSpecifier = &hcmv3.HttpConnectionManager_Rds{Rds: &hcmv3.Rds{
			RouteConfigName: table,
			ConfigSource: &corev3.ConfigSource{
				ResourceApiVersion: corev3.ApiVersion_V3,
				ConfigSourceSpecifier: &corev3.ConfigSource_PathConfigSource{PathConfigSource: &corev3.PathConfigSource{
					Path: p.file(table),
				}},
			},
		}}
		filter.GetTypedConfig().Reset()
		if err := filter.GetTypedConfig().MarshalFrom(&manager); err != nil {
			t.Fatal(err)
		}
	}
	b, err := protojson.Marshal(&config)
	if err != nil {
		t.Fatal(err)
	}
	process, err := envoy.Start(t.Context(), envoy.Options{Bootstrap: b})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = process.Stop() })
	addresses := listening(t, process)
	for _, port := range ports {
		p.address[port] = addresses[fmt.Sprintf("default/public/%d", port)]
	}
	p.client = clientOf(t, &http.Transport{MaxIdleConnsPerHost: 4})
	p.calls = clientOf(t, &http.Transport{Protocols: overHTTP2()})
	return p
}

func clientOf(t *testing.T, transport *http.Transport) *http.Client {
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{
		Timeout: time.Minute, Transport: transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// overHTTP2 is HTTP/2 without TLS.
func overHTTP2() *http.Protocols {
	p := &http.Protocols{}
	p.SetUnencryptedHTTP2(true)
	return p
}

func (p *proxy) file(table string) string {
	return filepath.Join(p.dir, filepath.Base(table)+".json")
}

// marker is the host of a virtual host that tells which world is served.
const marker = "world.marker"

// write puts the route tables of a snapshot where Envoy looks for them.
func (p *proxy) write(t rapid.TB, s *translate.Snapshot) {
	p.worlds++
	for name, r := range s.Resources[translate.Route] {
		table := &routev3.RouteConfiguration{}
		if err := (&anypb.Any{TypeUrl: "type.googleapis.com/envoy.config.route.v3.RouteConfiguration", Value: r.Body}).UnmarshalTo(table); err != nil {
			t.Fatal(err)
		}
		table.VirtualHosts = append(table.VirtualHosts, &routev3.VirtualHost{
			Name: marker, Domains: []string{marker},
			Routes: []*routev3.Route{{
				Match: &routev3.RouteMatch{PathSpecifier: &routev3.RouteMatch_Prefix{Prefix: "/"}},
				Action: &routev3.Route_DirectResponse{DirectResponse: &routev3.DirectResponseAction{
					Status: 200, Body: &corev3.DataSource{Specifier: &corev3.DataSource_InlineString{InlineString: strconv.Itoa(p.worlds)}},
				}},
			}},
		})
		body, err := anypb.New(table)
		if err != nil {
			t.Fatal(err)
		}
		b, err := protojson.Marshal(&discoveryv3.DiscoveryResponse{VersionInfo: strconv.Itoa(p.worlds), Resources: []*anypb.Any{body}})
		if err != nil {
			t.Fatal(err)
		}
		file := p.file(name)
		if err := os.WriteFile(file+".new", b, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(file+".new", file); err != nil {
			t.Fatal(err)
		}
	}
}

// serve returns when the Envoy answers by the route tables of a snapshot.
func (p *proxy) serve(t rapid.TB, s *translate.Snapshot) {
	p.write(t, s)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for _, port := range ports {
		for {
			_, body := p.do(t, &routing.Request{Method: "GET", Host: marker, Port: port, Path: "/"})
			if string(body) == strconv.Itoa(p.worlds) {
				break
			}
			select {
			case <-ctx.Done():
				t.Fatalf("Envoy does not take world %d at port %d: it serves %s", p.worlds, port, body)
			case <-time.After(time.Millisecond):
			}
		}
	}
}

func (p *proxy) do(t rapid.TB, r *routing.Request) (*http.Response, []byte) {
	target := r.Path
	if r.Query != "" {
		target += "?" + r.Query
	}
	request, err := http.NewRequest(r.Method, "http://"+p.address[r.Port]+target, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Host = r.Host
	for name, values := range r.Header {
		request.Header[name] = values
	}
	client := p.client
	if r.IsGRPC() {
		client = p.calls
	}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, body
}

func (p *proxy) ask(t rapid.TB, r *routing.Request) outcome {
	response, body := p.do(t, r)
	o := outcome{status: response.StatusCode, header: response.Header}
	if o.status == http.StatusOK && o.header.Get("grpc-status") == "" {
		if err := json.NewDecoder(bytes.NewReader(body)).Decode(&o.backend); err != nil {
			t.Fatalf("%v: %s", err, body)
		}
	}
	return o
}

// startEcho runs a backend that answers with what it was sent; "empty" has no
// endpoints.
func startEcho(t *testing.T, namespace, name string) translate.Object {
	t.Helper()
	spec := map[string]any{}
	if name != "empty" {
		server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			for name, values := range ownHeader() {
				w.Header()[name] = values
			}
			_ = json.NewEncoder(w).Encode(seen{Backend: namespace + "/" + name, Host: r.Host, URI: r.RequestURI, Header: r.Header})
		}))
		server.Config.Protocols = overHTTP2()
		server.Config.Protocols.SetHTTP1(true)
		server.Start()
		t.Cleanup(server.Close)
		address := server.Listener.Addr().(*net.TCPAddr)
		spec["endpoints"] = []any{map[string]any{"ip": map[string]any{"address": address.IP.String(), "port": int64(address.Port)}}}
	}
	return translate.Object{Object: &resource.Object{Object: map[string]any{
		"apiVersion": "gateway.envoyproxy.io/v1alpha1", "kind": "Backend",
		"metadata": map[string]any{"name": name, "namespace": namespace}, "spec": spec,
	}}}
}

// everyBackend is a world that sends requests to all backends, so that all
// clusters are there.
func everyBackend() []translate.Object {
	var listeners, out []any
	for _, port := range ports {
		listeners = append(listeners, map[string]any{
			"name": fmt.Sprintf("p%d", port), "port": int64(port), "protocol": "HTTP",
			"allowedRoutes": map[string]any{"namespaces": map[string]any{"from": "All"}},
		})
	}
	for _, namespace := range namespaces {
		var refs []any
		for _, name := range backendNames {
			refs = append(refs, map[string]any{"group": "gateway.envoyproxy.io", "kind": "Backend", "name": name})
		}
		for _, kind := range []string{"HTTPRoute", "GRPCRoute"} {
			out = append(out, map[string]any{
				"apiVersion": "gateway.networking.k8s.io/v1", "kind": kind,
				"metadata": map[string]any{"name": "all", "namespace": namespace},
				"spec": map[string]any{
					"parentRefs": []any{map[string]any{"name": "public", "namespace": "default"}},
					"hostnames":  []any{strings.ToLower(kind) + "." + namespace + ".test"},
					"rules":      []any{map[string]any{"backendRefs": refs}},
				},
			})
		}
	}
	out = append(out, map[string]any{
		"apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway",
		"metadata": map[string]any{"name": "public", "namespace": "default"},
		"spec":     map[string]any{"gatewayClassName": "gwctl", "listeners": listeners},
	})
	var objects []translate.Object
	for _, o := range out {
		objects = append(objects, translate.Object{Object: &resource.Object{Object: o.(map[string]any)}})
	}
	return objects
}
