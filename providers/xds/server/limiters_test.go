package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	xdsresource "github.com/envoyproxy/go-control-plane/pkg/resource/v3"
	rpc "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/gwctl/gwctl/internal/envoy"
	"github.com/gwctl/gwctl/internal/load"
	"github.com/gwctl/gwctl/internal/ratelimit"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/providers/xds/api"
	"github.com/gwctl/gwctl/providers/xds/bootstrap"
)

// limit is a policy that lets a key have some requests a year at a route; while
// nobody counts, down is what becomes of them.
func limit(owner api.Owner, route, down string, requests int) *resource.Object {
	return object(owner, fmt.Sprintf(`
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: BackendTrafficPolicy
metadata: {name: %s, namespace: default, annotations: {gwctl.dev/limiter-down: %s}}
spec:
  targetRefs: [{group: gateway.networking.k8s.io, kind: HTTPRoute, name: %s}]
  rateLimit:
    global:
      rules:
      - clientSelectors: [{headers: [{name: x-api-key, type: Distinct}]}]
        limit: {requests: %d, unit: Year}
`, route, down, route, requests))
}

// limitedWorld is a server with a real Envoy, a Redis, and limiters when they
// are started.
type limitedWorld struct {
	*instance
	t       *testing.T
	opts    Options
	redis   *ratelimit.Redis
	port    int    // that Envoy listens on
	backend string // host:port
}

func newLimitedWorld(t *testing.T) *limitedWorld {
	t.Helper()
	redis, err := ratelimit.StartRedis(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(redis.Close)
	b, err := load.StartBackend(t.Context(), "orders")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	w := &limitedWorld{t: t, redis: redis, backend: b.Address(), port: freePort(t)}
	w.opts = Options{Data: t.TempDir(), RateLimit: fmt.Sprintf("127.0.0.1:%d", freePort(t))}
	w.instance = startWith(t, w.opts)
	return w
}

// limiter starts one where Envoys look for it, and waits until it counts.
func (w *limitedWorld) limiter(node string) *ratelimit.Limiter {
	w.t.Helper()
	l, err := ratelimit.Start(ratelimit.Options{Server: w.ads, Redis: w.redis.Socket(), Node: node, Address: w.opts.RateLimit})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(l.Close)
	if err := l.Ready(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	w.until("the limiter acknowledged all", func(s *api.Status) bool {
		for _, l := range s.RateLimits.Limiters {
			if l.Node == node && len(l.Types) == 1 && l.Types[0].Acknowledged == l.Types[0].Sent {
				return true
			}
		}
		return false
	})
	return l
}

// envoy starts one, and waits until the server knows it.
func (w *limitedWorld) envoy() *envoy.Process {
	w.t.Helper()
	config, err := bootstrap.Bootstrap(bootstrap.Options{Gateway: "default/public", NodeID: "envoy-1", Server: w.ads, Admin: "127.0.0.1:0"})
	if err != nil {
		w.t.Fatal(err)
	}
	p, err := envoy.Start(context.Background(), envoy.Options{Bootstrap: config, DrainTime: time.Second})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(p.Kill)
	w.until("Envoy is connected", func(s *api.Status) bool { return len(s.Gateways) == 1 && len(s.Gateways[0].Envoys) == 1 })
	return p
}

func (w *limitedWorld) status() *api.Status {
	w.t.Helper()
	var s api.Status
	w.get(w.t, api.PathStatus, http.StatusOK, &s)
	return &s
}

func (w *limitedWorld) until(what string, ok func(*api.Status) bool) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), time.Minute)
	defer cancel()
	for s := w.status(); !ok(s); s = w.status() {
		select {
		case <-ctx.Done():
			w.t.Fatalf("it never came to be that %s: %+v, %+v", what, s.Gateways, s.RateLimits)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// routes are a gateway with a route for each path, of that name.
func (w *limitedWorld) routes(paths ...string) []api.Write {
	host, port, _ := strings.Cut(w.backend, ":")
	var number int
	_, _ = fmt.Sscan(port, &number)
	writes := []api.Write{create(gateway(shop, "public", w.port)), create(backend(shop, "orders", host, number))}
	for _, p := range paths {
		writes = append(writes, create(route(shop, p, "public", "/"+p, "orders")))
	}
	return writes
}

// ask sends n requests with a key to a path, and counts the answers by status.
func (w *limitedWorld) ask(path, key string, n int) map[int]int {
	w.t.Helper()
	out := map[int]int{}
	for range n {
		request, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, fmt.Sprintf("http://127.0.0.1:%d/%s", w.port, path), nil)
		if err != nil {
			w.t.Fatal(err)
		}
		request.Header.Set("X-API-Key", key)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			w.t.Fatal(err)
		}
		_ = response.Body.Close()
		out[response.StatusCode]++
	}
	return out
}

func (w *limitedWorld) expect(path, key string, n int, want map[int]int) {
	w.t.Helper()
	if got := w.ask(path, key, n); fmt.Sprint(got) != fmt.Sprint(want) {
		w.t.Errorf("%d requests to %s with key %s are answered %v, want %v", n, path, key, got, want)
	}
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := listen(t.Context(), "", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := strings.Cut(l.Addr().String(), ":")
	var n int
	_, _ = fmt.Sscan(port, &n)
	return n
}

func TestLimitsHoldOnceTheApplyIsAnswered(t *testing.T) {
	w := newLimitedWorld(t)
	l := w.limiter("limiter-1")
	w.envoy()
	v := w.commit(t, transaction(shop, append(w.routes("orders"), create(limit(shop, "orders", "open", 3)))...))
	if v.Limiters == nil || v.Limiters.Acked != 1 || v.Limiters.Connected != 1 || len(v.Gateways) != 1 || v.Gateways[0].Acked != 1 {
		t.Errorf("the verdict counts %+v, %+v", v.Limiters, v.Gateways)
	}
	w.expect("orders", "mine", 5, map[int]int{200: 3, 429: 2})
	w.expect("orders", "yours", 2, map[int]int{200: 2})

	// Another number is told to the limiter alone, and keeps what was counted.
	v = w.commit(t, transaction(shop, replace(limit(shop, "orders", "open", 6), 1)))
	if v.Limiters == nil || v.Limiters.Acked != 1 || len(v.Gateways) != 0 {
		t.Errorf("the verdict counts %+v, %+v", v.Limiters, v.Gateways)
	}
	w.expect("orders", "mine", 2, map[int]int{200: 1, 429: 1})

	// Neither a new limiter nor a new server loses a count or lets one pass.
	l.Close()
	w.limiter("limiter-2")
	w.expect("orders", "yours", 1, map[int]int{200: 1})
	w.close(t)
	again := w.opts
	again.Listen = w.ads
	w.instance = startWith(t, again)
	w.expect("orders", "mine", 1, map[int]int{429: 1})
	w.until("limiter and Envoy are back", func(s *api.Status) bool {
		return len(s.RateLimits.Limiters) == 1 && len(s.Gateways) == 1 && len(s.Gateways[0].Envoys) == 1
	})
	w.expect("orders", "yours", 4, map[int]int{200: 3, 429: 1})

	// One that is taken away is gone with the answer.
	tx := transaction(shop)
	tx.Deletes = []api.Expect{expect(limit(shop, "orders", "open", 6), 2)}
	w.commit(t, tx)
	w.expect("orders", "mine", 2, map[int]int{200: 2})
}

func TestLimitsWantALimiter(t *testing.T) {
	w := newLimitedWorld(t)
	// Who sets things up may do so in any order.
	v := w.commit(t, transaction(shop, append(w.routes("a", "b"), create(limit(shop, "a", "open", 3)))...))
	if v.Limiters == nil || v.Limiters.Connected != 0 {
		t.Errorf("the verdict counts %+v", v.Limiters)
	}
	refused := func(why string) {
		t.Helper()
		a := w.post(t, transaction(shop, create(limit(shop, "b", "open", 3))))
		if a.verdict == nil || a.verdict.Committed || !strings.Contains(a.verdict.Detail, "No limiter is connected") || a.verdict.Limiters == nil {
			t.Errorf("%s: %s", why, a)
		}
	}
	p := w.envoy()
	refused("an Envoy would ask nobody")
	p.Kill()
	w.until("Envoy is gone", func(s *api.Status) bool { return len(s.Gateways[0].Envoys) == 0 })
	l := w.limiter("limiter-1")
	l.Close()
	w.until("the limiter is gone", func(s *api.Status) bool { return len(s.RateLimits.Limiters) == 0 })
	refused("there was one")

	none := transaction(shop, create(limit(shop, "b", "open", 3)))
	none.WaitFor = api.WaitForNone
	w.commit(t, none)
	// It says so, and a limit can be taken away.
	tx := transaction(shop)
	tx.Deletes, tx.WaitFor = []api.Expect{expect(limit(shop, "b", "open", 3), 2)}, api.WaitForNone
	w.commit(t, tx)
	if s := w.status().RateLimits; s == nil || !strings.Contains(s.Problem, "the service at "+w.opts.RateLimit+" does not answer") {
		t.Errorf("the status says %+v", s)
	}
}

func TestARefusalOfLimitsLeadsToThePolicy(t *testing.T) {
	w := newLimitedWorld(t)
	conn, err := grpc.NewClient(w.ads, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	stream, err := discovery.NewAggregatedDiscoveryServiceClient(conn).StreamAggregatedResources(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// It takes what is empty, and nothing else: as if another version had rules
	// that this one knows nothing of.
	go func() {
		request := &discovery.DiscoveryRequest{Node: &core.Node{Id: "limiter-9"}, TypeUrl: xdsresource.RateLimitConfigType}
		for stream.Send(request) == nil {
			response, err := stream.Recv()
			if err != nil {
				return
			}
			request.ResponseNonce, request.ErrorDetail = response.GetNonce(), nil
			if len(response.GetResources()) > 0 {
				request.ErrorDetail = &rpc.Status{Message: "default/orders: there may be two a year at most"}
			}
		}
	}()
	w.until("it is connected", func(s *api.Status) bool { return len(s.RateLimits.Limiters) == 1 })
	w.commit(t, transaction(shop, w.routes("orders")...))
	a := w.post(t, transaction(shop, create(limit(shop, "orders", "open", 3))))
	if a.verdict == nil || a.verdict.Committed || !a.verdict.Restored || len(a.verdict.Refusals) != 1 {
		t.Fatalf("got %s", a)
	}
	r := a.verdict.Refusals[0]
	if r.By != "limiter limiter-9" || r.What != "the rate limits" || !strings.Contains(r.Text, "two a year at most") {
		t.Errorf("the refusal: %+v", r)
	}
	if len(r.Fields) == 0 || r.Fields[0].ID != resource.IDOf(limit(shop, "orders", "open", 3)) || !strings.HasPrefix(r.Fields[0].Path, "spec.rateLimit") {
		t.Errorf("it leads to %+v", r.Fields)
	}
	if a.verdict.Detail != "The limiter serves revision 1, as before." && !strings.Contains(a.verdict.Detail, "revision 1, as before") {
		t.Errorf("it says %q", a.verdict.Detail)
	}
}

func TestOutageOfTheLimiterIsWhatWasDeclared(t *testing.T) {
	w := newLimitedWorld(t)
	l := w.limiter("limiter-1")
	w.envoy()
	w.commit(t, transaction(shop, append(w.routes("free", "open", "closed"),
		create(limit(shop, "open", "open", 100_000_000)), create(limit(shop, "closed", "closed", 100_000_000)))...))
	requests := []load.Request{}
	for _, path := range []string{"free", "open", "closed"} {
		requests = append(requests, load.Request{Name: path, Path: "/" + path, Header: http.Header{"X-Api-Key": {"mine"}}})
	}
	// What has no limit and what is open are answered all the time.
	refusedClosed := func(a load.Answer) error {
		if a.Request == "closed" && a.Status == http.StatusServiceUnavailable {
			return nil
		}
		return fmt.Errorf("%s: status %d", a.Request, a.Status)
	}
	g, err := load.Start(t.Context(), load.Options{
		Address: fmt.Sprintf("127.0.0.1:%d", w.port), Rate: 150, Requests: requests, Rule: load.Either(load.OK, refusedClosed),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer g.Stop()
	// more waits until each path has some more answers, those of closed with the
	// status.
	more := func(closed int) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		before := g.Snapshot()
		for {
			since := g.Snapshot().Since(before)
			got := map[string]uint64{}
			for k, n := range since.Answers {
				if k.Request != "closed" || k.Status == closed {
					got[k.Request] += n
				}
			}
			if got["free"] > 10 && got["open"] > 10 && got["closed"] > 10 {
				return
			}
			select {
			case <-ctx.Done():
				t.Fatalf("closed is not answered %d: %v", closed, since.Answers)
			case <-time.After(10 * time.Millisecond):
			}
		}
	}
	says := func(words string) {
		t.Helper()
		w.until("the status says "+words, func(s *api.Status) bool {
			return strings.Contains(s.RateLimits.Problem, words) && (words != "") == (s.RateLimits.Problem != "")
		})
	}
	more(http.StatusOK)
	says("")

	w.redis.Stop()
	more(http.StatusServiceUnavailable)
	says("its Redis does not answer")
	if err := w.redis.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	more(http.StatusOK)
	says("")

	l.Close()
	more(http.StatusServiceUnavailable)
	says("does not answer")
	w.limiter("limiter-2")
	more(http.StatusOK)
	says("")

	if s := g.Stop(); s.Failed+s.Missed > 0 {
		t.Errorf("%d of %d requests failed: %v", s.Failed+s.Missed, s.Requests, s.Failures)
	}
}

func TestAServerWithGlobalLimitsWantsTheService(t *testing.T) {
	w := newLimitedWorld(t)
	w.commit(t, transaction(shop, append(w.routes("orders"), create(limit(shop, "orders", "open", 3)))...))
	w.close(t)
	opts := w.opts
	opts.Listen, opts.Admin, opts.RateLimit = "127.0.0.1:0", "127.0.0.1:0", ""
	if err := Run(t.Context(), opts); !errors.Is(err, errNoRateLimit) {
		t.Errorf("without -ratelimit it says: %v", err)
	}
	for _, address := range []string{"limiter", "limiter:", ":8081", "limiter:0", "limiter:http", "limiter:80811", "http://limiter:8081"} {
		opts := Options{Data: filepath.Join(t.TempDir(), "data"), RateLimit: address}
		if err := Run(t.Context(), opts); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%q", address)) {
			t.Errorf("-ratelimit %s: %v", address, err)
		}
	}
}
