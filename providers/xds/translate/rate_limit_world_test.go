package translate_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	discoveryv3 "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"github.com/gwctl/gwctl/internal/envoy"
	"github.com/gwctl/gwctl/internal/ratelimit"
	"github.com/gwctl/gwctl/providers/xds/translate"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/anypb"
)

// telling tells a limiter what a translation has for it.
type telling struct {
	discoveryv3.UnimplementedAggregatedDiscoveryServiceServer
	limits map[string]*translate.Resource
}

func (s *telling) StreamAggregatedResources(stream discoveryv3.AggregatedDiscoveryService_StreamAggregatedResourcesServer) error {
	if _, err := stream.Recv(); err != nil {
		return err
	}
	const typ = "type.googleapis.com/ratelimit.config.ratelimit.v3.RateLimitConfig"
	answer := &discoveryv3.DiscoveryResponse{VersionInfo: "1", Nonce: "1", TypeUrl: typ}
	for _, domain := range sortedKeys(s.limits) {
		answer.Resources = append(answer.Resources, &anypb.Any{TypeUrl: typ, Value: s.limits[domain].Body})
	}
	if err := stream.Send(answer); err != nil {
		return err
	}
	<-stream.Context().Done()
	return nil
}

// limited serves routes with limits by real Envoys, a limiter and a Redis.
type limited struct {
	envoys []string // addresses
}

func newLimited(t *testing.T, documents []string, envoys int) *limited {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	redis, err := ratelimit.StartRedis(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(redis.Close)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	limiter, err := ratelimit.Start(ratelimit.Options{Server: listener.Addr().String(), Redis: redis.Socket()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(limiter.Close)

	objects := append(parse(t, []byte(strings.Join(documents, "\n---\n"))), newBackends(t).start(t, "default", "flaky"))
	translator := translate.NewTranslator()
	translator.Limiter = limiter.Address()
	result := translator.Translate(objects)
	for _, p := range result.Problems {
		t.Errorf("%s %s: %s", p.ID, p.Path, p.Message)
	}
	server := grpc.NewServer()
	discoveryv3.RegisterAggregatedDiscoveryServiceServer(server, &telling{limits: result.Limits})
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	if err := limiter.Ready(ctx); err != nil {
		t.Fatal(err)
	}
	out := &limited{}
	for range envoys {
		process, err := envoy.Start(t.Context(), envoy.Options{Bootstrap: staticBootstrap(t, result.Gateways["default/public"])})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = process.Stop() })
		out.envoys = append(out.envoys, listening(t, process)["default/public/80"])
	}
	return out
}

// ask sends `METHOD host/path [name=value ...]` from an address of the loopback
// network.
func (l *limited) ask(t *testing.T, proxy int, from, request string) (*http.Response, string) {
	t.Helper()
	words := strings.Fields(request)
	host, path, _ := strings.Cut(words[1], "/")
	req, err := http.NewRequestWithContext(t.Context(), words[0], "http://"+l.envoys[proxy]+"/"+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = host
	for _, h := range words[2:] {
		name, value, _ := strings.Cut(h, "=")
		req.Header.Set(name, value)
	}
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	resp, err := (&http.Client{Transport: &http.Transport{DialContext: dialer.DialContext, DisableKeepAlives: true}}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

// passed counts the requests that were not refused.
func (l *limited) passed(t *testing.T, n, proxy int, from, request string) int {
	t.Helper()
	passed := 0
	for range n {
		resp, _ := l.ask(t, proxy, from, request)
		switch resp.StatusCode {
		case http.StatusOK:
			passed++
		case http.StatusTooManyRequests:
		default:
			t.Fatalf("%s: status %d", request, resp.StatusCode)
		}
	}
	return passed
}

// TestLimitsCount holds limits of both scopes to what they say, on real Envoys
// and the real limiter. Years end too seldom to end while it runs.
func TestLimitsCount(t *testing.T) {
	type step struct {
		n              int
		from, request  string
		passed, second int // at the first Envoy, and then at the second
	}
	const a, b = "127.0.0.1", "127.0.0.2"
	cases := []struct {
		name, scope, rules string
		steps              []step
	}{
		{"key", "both", `{clientSelectors: [{headers: [{name: x-key, type: Distinct}]}], limit: {requests: 3, unit: Year}}`, []step{
			{5, a, "GET HOST/one x-key=a", 3, -1}, {5, b, "GET HOST/one x-key=a", 0, -1}, {5, a, "GET HOST/one x-key=b", 3, -1}, {5, a, "GET HOST/one", 5, -1},
		}},
		{"address", "both", `{clientSelectors: [{sourceCIDR: {type: Distinct, value: 0.0.0.0/0}}], limit: {requests: 2, unit: Year}}`, []step{
			{3, a, "GET HOST/one", 2, -1}, {3, b, "GET HOST/one", 2, -1},
		}},
		{"range", "both", `{clientSelectors: [{sourceCIDR: {value: 127.0.0.2/32}}], limit: {requests: 1, unit: Year}}`, []step{
			{3, a, "GET HOST/one", 3, -1}, {3, b, "GET HOST/one", 1, -1},
		}},
		{"words", "both", `{clientSelectors: [{methods: [{value: PUT}, {value: POST}], path: {value: /one}, queryParams: [{name: q, value: "1"}], headers: [{name: x-free, value: "yes", invert: true}]}], limit: {requests: 1, unit: Year}}`, []step{
			{3, a, "PUT HOST/one/x?q=1", 1, -1},
			{3, a, "POST HOST/one?q=1", 0, -1},
			{3, a, "GET HOST/one?q=1", 3, -1},
			{3, a, "PUT HOST/onetwo?q=1", 3, -1},
			{3, a, "PUT HOST/one?q=2", 3, -1},
			{3, a, "PUT HOST/one?q=1 x-free=yes", 3, -1},
		}},
		{"forwarded", "both", `{clientSelectors: [{sourceCIDR: {type: Distinct, value: 0.0.0.0/0}}], limit: {requests: 2, unit: Year}}`, []step{
			{3, a, "GET HOST/one x-forwarded-for=203.0.113.1", 2, -1},
			{3, b, "GET HOST/one x-forwarded-for=203.0.113.2", 2, -1},
			{1, b, "GET HOST/one x-forwarded-for=198.51.100.7,203.0.113.1", 0, -1}, // what the client made up
			{3, b, "GET HOST/one", 2, -1},
		}},
		{"cost", "both", `{clientSelectors: [{path: {value: /}}], limit: {requests: 4, unit: Year}, cost: {request: {from: Number, number: 2}}}`, []step{{5, a, "GET HOST/one", 2, -1}}},
		{"shadow", "both", `{clientSelectors: [{path: {value: /}}], limit: {requests: 1, unit: Year}, shadowMode: true}`, []step{{4, a, "GET HOST/one", 4, -1}}},
		{"each", "global", `{limit: {requests: 2, unit: Year}}`, []step{{3, a, "GET HOST/one", 2, 0}, {3, a, "GET HOST/two", 2, 0}}},
		{"shared", "global", `{limit: {requests: 4, unit: Year}, shared: true}`, []step{{3, a, "GET HOST/one", 3, -1}, {3, a, "GET HOST/two", 1, 0}}},
		{"own", "local", `{limit: {requests: 2, unit: Year}}`, []step{{3, a, "GET HOST/one", 2, 2}, {3, a, "GET HOST/two", 2, 2}}},
	}
	documents := []string{`apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: public, namespace: default}
spec: {listeners: [{name: http, port: 80, protocol: HTTP}]}`, `apiVersion: gateway.envoyproxy.io/v1alpha1
kind: ClientTrafficPolicy
metadata: {name: public, namespace: default}
spec: {targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: public}], clientIPDetection: {xForwardedFor: {numTrustedHops: 1}}}`}
	const backend = "backendRefs: [{group: gateway.envoyproxy.io, kind: Backend, name: flaky}]"
	serve := func(name, spec string) {
		documents = append(documents, fmt.Sprintf(`apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: %[1]s, namespace: default}
spec: {parentRefs: [{name: public}], hostnames: [%[1]s.test], rules: [{matches: [{path: {value: /two}}], %[2]s}, {%[2]s}]}`, name, backend), fmt.Sprintf(`apiVersion: gateway.envoyproxy.io/v1alpha1
kind: BackendTrafficPolicy
metadata: {name: %[1]s, namespace: default}
spec: {targetRefs: [{group: gateway.networking.k8s.io, kind: HTTPRoute, name: %[1]s}], %[2]s}`, name, spec))
	}
	scopes := func(scope string) []string {
		if scope == "both" {
			return []string{"local", "global"}
		}
		return []string{scope}
	}
	for _, tc := range cases {
		for _, scope := range scopes(tc.scope) {
			serve(tc.name+"-"+scope, fmt.Sprintf("rateLimit: {%s: {rules: [%s]}}", scope, tc.rules))
		}
	}
	for _, scope := range []string{"local", "global"} {
		serve("answer-"+scope, fmt.Sprintf(`rateLimit: {%s: {rules: [{clientSelectors: [{path: {value: /}}], limit: {requests: 2, unit: Year}}]}}, responseOverride: [{match: {statusCodes: [{type: Value, value: 429}]}, source: Local, response: {statusCode: 503, contentType: application/json, body: {type: Inline, inline: '{"slow": "down"}'}}}]`, scope))
	}
	for _, scope := range []string{"local", "global"} {
		serve("window-"+scope, fmt.Sprintf("rateLimit: {%s: {rules: [{clientSelectors: [{path: {value: /}}], limit: {requests: 1, unit: Second}}]}}", scope))
	}
	serve("merged", "mergeType: StrategicMerge, rateLimit: {global: {rules: [{clientSelectors: [{headers: [{name: x-key, type: Distinct}]}], limit: {requests: 1, unit: Year}}]}}")
	documents = append(documents, `apiVersion: gateway.envoyproxy.io/v1alpha1
kind: BackendTrafficPolicy
metadata: {name: public, namespace: default}
spec: {targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: public}], rateLimit: {global: {rules: [{limit: {requests: 2, unit: Year}, shared: true}]}}}`)
	l := newLimited(t, documents, 2)
	for _, tc := range cases {
		for _, scope := range scopes(tc.scope) {
			t.Run(tc.name+" "+scope, func(t *testing.T) {
				for _, s := range tc.steps {
					request := strings.Replace(s.request, "HOST", tc.name+"-"+scope+".test", 1)
					if got := l.passed(t, s.n, 0, s.from, request); got != s.passed {
						t.Errorf("%d of %d passed of %s, want %d", got, s.n, request, s.passed)
					}
					if s.second < 0 {
						continue
					}
					if got := l.passed(t, s.n, 1, s.from, request); got != s.second {
						t.Errorf("at another Envoy %d of %d passed of %s, want %d", got, s.n, request, s.second)
					}
				}
			})
		}
	}
	for _, scope := range []string{"local", "global"} {
		t.Run("answer "+scope, func(t *testing.T) {
			if resp, _ := l.ask(t, 0, a, "GET answer-"+scope+".test/one"); resp.StatusCode != http.StatusOK || !strings.HasPrefix(resp.Header.Get("x-ratelimit-limit"), "2") || resp.Header.Get("x-ratelimit-remaining") != "1" {
				t.Errorf("the first is answered with %d, %v", resp.StatusCode, resp.Header)
			}
			if resp, body := l.ask(t, 0, a, "GET answer-"+scope+".test/one x-failures=1 x-failure=429 x-id="+scope); resp.StatusCode != http.StatusTooManyRequests || body != "" {
				t.Errorf("the backend's own refusal comes as %d, %q", resp.StatusCode, body)
			}
			resp, body := l.ask(t, 0, a, "GET answer-"+scope+".test/one")
			if resp.StatusCode != http.StatusServiceUnavailable || body != `{"slow": "down"}` || resp.Header.Get("content-type") != "application/json" {
				t.Errorf("refused with %d, %q, %v", resp.StatusCode, body, resp.Header)
			}
		})
	}
	for _, scope := range []string{"local", "global"} {
		t.Run("the next window "+scope, func(t *testing.T) {
			ask := func() int {
				resp, _ := l.ask(t, 0, a, "GET window-"+scope+".test/one")
				return resp.StatusCode
			}
			deadline := time.Now().Add(time.Minute)
			for _, want := range []int{http.StatusOK, http.StatusTooManyRequests, http.StatusOK} {
				for got := ask(); got != want; got = ask() {
					if time.Now().After(deadline) {
						t.Fatalf("answered with %d all the time, want %d", got, want)
					}
				}
			}
		})
	}
	t.Run("merged with the gateway's", func(t *testing.T) {
		for _, s := range []step{{2, a, "GET merged.test/one x-key=a", 1, 0}, {2, a, "GET merged.test/one x-key=b", 0, 0}} {
			if got := l.passed(t, s.n, 0, s.from, s.request); got != s.passed {
				t.Errorf("%d of %d passed of %s, want %d", got, s.n, s.request, s.passed)
			}
		}
	})
}
