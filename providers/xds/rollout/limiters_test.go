package rollout_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	commonv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/common/ratelimit/v3"
	servicev3 "github.com/envoyproxy/go-control-plane/envoy/service/ratelimit/v3"
	ratelimitv3 "github.com/envoyproxy/go-control-plane/ratelimit/config/ratelimit/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/gwctl/gwctl/internal/ratelimit"
	"github.com/gwctl/gwctl/providers/xds/fleet"
	"github.com/gwctl/gwctl/providers/xds/rollout"
	"github.com/gwctl/gwctl/providers/xds/translate"
)

// limits is the limits of one policy, each a "key=requests" a year.
func limits(domain string, each ...string) []*translate.Resource {
	config := &ratelimitv3.RateLimitConfig{Name: domain, Domain: domain}
	for _, limit := range each {
		key, n, _ := strings.Cut(limit, "=")
		config.Descriptors = append(config.Descriptors, &ratelimitv3.RateLimitDescriptor{Key: key, RateLimit: &ratelimitv3.RateLimitPolicy{
			Unit: ratelimitv3.RateLimitUnit_YEAR, RequestsPerUnit: uint32(must(strconv.ParseUint(n, 10, 32))),
		}})
	}
	return []*translate.Resource{made(translate.RateLimit, domain, config)}
}

// limiters are real ones, that count in one Redis.
type limiters struct {
	*world
	redis *ratelimit.Redis
	told  *translate.Snapshot // as committed
}

func newLimiters(t *testing.T, w *world) *limiters {
	t.Helper()
	redis, err := ratelimit.StartRedis(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(redis.Close)
	l := &limiters{world: w, redis: redis, told: snapshot(fleet.Limiters)}
	w.fleet.Set(fleet.Limiters, l.told)
	return l
}

func (l *limiters) start(node string) *ratelimit.Limiter {
	l.t.Helper()
	limiter, err := ratelimit.Start(ratelimit.Options{Server: l.address, Redis: l.redis.Socket(), Node: node})
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(limiter.Close)
	if err := limiter.Ready(l.t.Context()); err != nil {
		l.t.Fatal(err)
	}
	l.current(fleet.Limiters)
	return limiter
}

// moves are the change of limits, and that of the gateway where there is one.
func (l *limiters) moves(to *translate.Snapshot, gateways ...rollout.Change) []rollout.Change {
	return append(gateways, rollout.Change{Gateway: fleet.Limiters, From: l.told, To: to})
}

// change rolls out limits, and returns the phases of all in their order, as
// "GATEWAY PHASE".
func (l *limiters) change(limits []*translate.Resource, opts rollout.Options, gateways ...rollout.Change) (*rollout.Outcome, []string) {
	l.t.Helper()
	to := snapshot(fleet.Limiters, limits)
	var phases []string
	out := rollout.Run(l.t.Context(), l.fleet, l.moves(to, gateways...), opts, func(p rollout.Progress) {
		if phase := p.Gateway + " " + p.Phase; p.Acked == p.Connected && !slices.Contains(phases, phase) {
			phases = append(phases, phase)
		}
	})
	if out.OK() {
		l.told = to
	}
	return out, phases
}

// answers asks a limiter n times about a key, and returns how many it lets pass.
func answers(t *testing.T, l *ratelimit.Limiter, domain, key string, n int) (passed int) {
	t.Helper()
	conn, err := grpc.NewClient(l.Address(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for range n {
		answer, err := servicev3.NewRateLimitServiceClient(conn).ShouldRateLimit(t.Context(), &servicev3.RateLimitRequest{
			Domain:      domain,
			Descriptors: []*commonv3.RateLimitDescriptor{{Entries: []*commonv3.RateLimitDescriptor_Entry{{Key: key, Value: "x"}}}},
		})
		if err != nil {
			t.Fatal(err)
		}
		if answer.GetOverallCode() == servicev3.RateLimitResponse_OK {
			passed++
		}
	}
	return passed
}

func TestLimitersKnowALimitBeforeRoutesDo(t *testing.T) {
	w := newWorld(t, fleet.Options{})
	l := newLimiters(t, w)
	a := backend(t, "a")
	before := snapshot(gateway, cluster("a", a), listener("http", "127.0.0.1:0", "http"), routes("http", "prefix / a"))
	w.apply(before)
	p := w.start("envoy-1", false)
	limiter := l.start("limiter-1")
	after := snapshot(gateway, cluster("a", a), listener("http", "127.0.0.1:0", "http"), routes("http", "prefix /limited a"))

	// As long as the limiter does not say so, the route stays as it is.
	if err := limiter.Pause(); err != nil {
		t.Fatal(err)
	}
	out, _ := l.change(limits("shop", "key=3"), rollout.Options{Timeout: 200 * time.Millisecond, RestoreTimeout: time.Millisecond},
		rollout.Change{Gateway: gateway, From: before, To: after})
	want := rollout.Late{Gateway: fleet.Limiters, Node: "limiter-1", Type: translate.RateLimit}
	if len(out.Late) != 1 || out.Late[0] != want {
		t.Fatalf("the limiter is late, and that is all: %+v", out)
	}
	if got := once(t, "http://"+listenerAddress(t, p, "http")+"/"); got != "a" {
		t.Errorf("the route is another: %s", got)
	}
	if err := limiter.Resume(); err != nil {
		t.Fatal(err)
	}
	w.current(fleet.Limiters)

	out, phases := l.change(limits("shop", "key=3"), rollout.Options{}, rollout.Change{Gateway: gateway, From: before, To: after})
	if got := strings.Join(phases, ", "); !out.OK() || got != "limiters limits, default/public routes" {
		t.Fatalf("%+v, by %s", out, got)
	}
	if passed := answers(t, limiter, "shop", "key", 5); passed != 3 {
		t.Errorf("%d of 5 pass, the limit is 3", passed)
	}
	// A limit that is no more goes when no route asks for it any more.
	out, phases = l.change(nil, rollout.Options{}, rollout.Change{Gateway: gateway, From: after, To: before})
	if got := strings.Join(phases, ", "); !out.OK() || got != "default/public routes, limiters removals" {
		t.Fatalf("%+v, by %s", out, got)
	}
	if passed := answers(t, limiter, "shop", "key", 5); passed != 5 {
		t.Errorf("%d of 5 pass, there is no limit", passed)
	}
}

func TestAChangedLimitKeepsWhatWasCounted(t *testing.T) {
	l := newLimiters(t, newWorld(t, fleet.Options{}))
	limiter := l.start("limiter-1")
	for _, step := range []struct{ limit, asked, passed int }{{3, 2, 2}, {4, 4, 2}, {2, 1, 0}, {9, 9, 2}} {
		if out, _ := l.change(limits("shop", fmt.Sprintf("key=%d", step.limit)), rollout.Options{}); !out.OK() {
			t.Fatalf("%+v", out)
		}
		if passed := answers(t, limiter, "shop", "key", step.asked); passed != step.passed {
			t.Errorf("with %d a year, %d of %d pass, want %d", step.limit, passed, step.asked, step.passed)
		}
	}
}

func TestRefusedLimitsLeaveCountingAsItWas(t *testing.T) {
	w := newWorld(t, fleet.Options{})
	l := newLimiters(t, w)
	limiter := l.start("limiter-1")
	if out, _ := l.change(limits("shop", "key=3"), rollout.Options{}); !out.OK() {
		t.Fatalf("%+v", out)
	}
	if passed := answers(t, limiter, "shop", "key", 2); passed != 2 {
		t.Fatalf("%d of 2 pass", passed)
	}
	for range 3 {
		bad := slices.Concat(limits("shop", "key=3"), limits("blog", "key=1", "key=2"))
		out, _ := l.change(bad, rollout.Options{})
		if out.OK() || !out.Restored || len(out.Refusals) != 1 {
			t.Fatalf("want it refused and undone: %+v", out)
		}
		r := out.Refusals[0]
		if r.Gateway != fleet.Limiters || r.Node != "limiter-1" || r.Type != translate.RateLimit || len(r.Resources) != 1 || r.Resources[0] != "blog" {
			t.Errorf("the refusal names something else: %+v", r)
		}
		if !strings.Contains(r.Text, "duplicate descriptor composite key 'blog.key'") {
			t.Errorf("the refusal is not in the limiter's words: %q", r.Text)
		}
	}
	if passed := answers(t, limiter, "shop", "key", 2); passed != 1 {
		t.Errorf("%d of 2 pass after it, and one was left", passed)
	}
	if out, _ := l.change(limits("shop", "key=9"), rollout.Options{}); !out.OK() {
		t.Errorf("a good change after it: %+v", out)
	}
}

func TestLimitersComeAndGo(t *testing.T) {
	w := newWorld(t, fleet.Options{})
	l := newLimiters(t, w)
	if out, _ := l.change(limits("shop", "key=3"), rollout.Options{}); !out.OK() {
		t.Fatalf("%+v", out)
	}
	// One that comes late is told all, and counts with the others.
	first, second := l.start("limiter"), l.start("limiter") // two of one name
	if passed := answers(t, first, "shop", "key", 2) + answers(t, second, "shop", "key", 2); passed != 3 {
		t.Errorf("%d of 4 pass at both, the limit is 3", passed)
	}
	if out, _ := l.change(limits("shop", "key=4"), rollout.Options{}); !out.OK() || out.Gateways[0].Acked != 2 {
		t.Fatalf("both are asked: %+v", out)
	}
	// One that leaves is not waited for.
	second.Close()
	if out, _ := l.change(limits("shop", "key=6"), rollout.Options{}); !out.OK() || out.Gateways[0].Connected > 1 && out.Gateways[0].Acked != out.Gateways[0].Connected {
		t.Fatalf("%+v", out)
	}
	// A server that starts again tells what it told before.
	w.server.Stop()
	w.fleet = fleet.New(fleet.Options{})
	w.fleet.Set(fleet.Limiters, l.told)
	w.serveAgain()
	l.current(fleet.Limiters)
	if passed := answers(t, first, "shop", "key", 3); passed != 2 {
		t.Errorf("%d of 3 pass, and two were left", passed)
	}
	// Nobody is served what is the others'.
	for _, n := range w.fleet.Status() {
		if len(n.Types) != 1 || n.Types[0].Type != translate.RateLimit {
			t.Errorf("a limiter is served %+v", n)
		}
	}
}
