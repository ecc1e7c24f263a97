package rollout_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/providers/xds/fleet"
	"github.com/gwctl/gwctl/providers/xds/translate"
)

const (
	changesUnderLoad = 200
	backends         = 5
)

var (
	tenants = []string{"a.example.com", "b.example.com", "c.example.com"}
	paths   = []string{"/", "/x", "/x/y"}
)

// configuration is one that was generated: where requests go, by host and path,
// and who answers for a backend.
type configuration struct {
	objects []translate.Object
	targets map[string][]int
	ends    [backends][]int
}

// allows reports whether a request may be answered so while some configurations
// are in force or on their way: endpoints and routes do not change at one
// moment when both change.
func allows(some []configuration, request, answer string) bool {
	for _, c := range some {
		for _, b := range c.targets[request] {
			for _, c := range some {
				for _, e := range c.ends[b] {
					if answer == fmt.Sprint(e) {
						return true
					}
				}
			}
		}
	}
	return false
}

func object(apiVersion, kind, name string, spec map[string]any) translate.Object {
	return translate.Object{Object: &resource.Object{Object: map[string]any{
		"apiVersion": apiVersion, "kind": kind,
		"metadata": map[string]any{"name": name, "namespace": "default"}, "spec": spec,
	}}}
}

// generate makes a configuration in which each tenant has a route to some of
// the backends; ports are the gateway's, of which the first is always there.
func generate(r *rand.Rand, ports []int, addresses []string) configuration {
	const gatewayAPI, envoyGateway = "gateway.networking.k8s.io/v1", "gateway.envoyproxy.io/v1alpha1"
	c := configuration{targets: map[string][]int{}}
	var listeners []any
	for n, p := range ports {
		if n == 0 || r.IntN(2) == 0 {
			listeners = append(listeners, map[string]any{"name": fmt.Sprintf("http-%d", n), "port": int64(p), "protocol": "HTTP"})
		}
	}
	c.objects = append(c.objects, object(gatewayAPI, "Gateway", "public", map[string]any{
		"gatewayClassName": "gwctl", "listeners": listeners,
	}))
	for b := range backends {
		var endpoints []any
		for n := range 1 + r.IntN(2) {
			c.ends[b] = append(c.ends[b], (b+n)%backends)
			host, port, _ := net.SplitHostPort(addresses[(b+n)%backends])
			endpoints = append(endpoints, map[string]any{"ip": map[string]any{"address": host, "port": number(port)}})
		}
		c.objects = append(c.objects, object(envoyGateway, "Backend", fmt.Sprintf("b%d", b), map[string]any{"endpoints": endpoints}))
	}
	for n, host := range tenants {
		var rules []any
		used := 1 + r.IntN(len(paths))
		for at, path := range paths[:used] {
			var refs []any
			var targets []int
			for range 1 + r.IntN(3) {
				b := r.IntN(backends)
				refs = append(refs, map[string]any{
					"group": "gateway.envoyproxy.io", "kind": "Backend", "name": fmt.Sprintf("b%d", b), "weight": int64(1 + r.IntN(100)),
				})
				targets = append(targets, b)
			}
			c.targets[host+path] = targets
			if at == used-1 { // the longest prefix that is there takes the rest
				for _, longer := range paths[used:] {
					c.targets[host+longer] = targets
				}
			}
			rule := map[string]any{
				"matches":     []any{map[string]any{"path": map[string]any{"type": "PathPrefix", "value": path}}},
				"backendRefs": refs,
			}
			if r.IntN(3) == 0 {
				rule["timeouts"] = map[string]any{"request": fmt.Sprintf("%ds", 5+r.IntN(5))}
			}
			if r.IntN(3) == 0 {
				rule["filters"] = []any{map[string]any{"type": "RequestHeaderModifier", "requestHeaderModifier": map[string]any{
					"set": []any{map[string]any{"name": "x-n", "value": fmt.Sprint(r.IntN(9))}},
				}}}
			}
			rules = append(rules, rule)
		}
		r.Shuffle(len(rules), func(i, j int) { rules[i], rules[j] = rules[j], rules[i] })
		c.objects = append(c.objects, object(gatewayAPI, "HTTPRoute", fmt.Sprintf("tenant-%d", n), map[string]any{
			"parentRefs": []any{map[string]any{"name": "public"}}, "hostnames": []any{host}, "rules": rules,
		}))
	}
	return c
}

func number(s string) (n int64) {
	_, _ = fmt.Sscan(s, &n)
	return n
}

// freePort is one that nobody listens on.
func freePort(t *testing.T) int {
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer lis.Close()
	return lis.Addr().(*net.TCPAddr).Port
}

// TestAnyChangeDropsNothing changes everything at once, again and again: what
// backends have for endpoints, where tenants' routes go and how, listeners.
func TestAnyChangeDropsNothing(t *testing.T) {
	modes(t, func(t *testing.T, sotw bool) {
		w := newWorld(t, fleet.Options{Grace: 20 * time.Millisecond})
		r := rand.New(rand.NewPCG(1, 2))
		var addresses []string
		for n := range backends {
			addresses = append(addresses, backend(t, fmt.Sprint(n)))
		}
		ports := []int{freePort(t), freePort(t)}
		translator := translate.NewTranslator()
		next := func() (configuration, *translate.Snapshot) {
			c := generate(r, ports, addresses)
			result := translator.Translate(c.objects)
			if len(result.Problems) > 0 {
				t.Fatalf("%+v", result.Problems)
			}
			return c, result.Gateways[gateway]
		}
		c, snapshot := next()
		w.apply(snapshot)
		w.start("envoy-1", sotw)
		load := newTenants(t, fmt.Sprintf("http://127.0.0.1:%d", ports[0]), c)
		for range changesUnderLoad {
			to, snapshot := next()
			load.during(c, to)
			w.apply(snapshot)
			load.during(to, to)
			c = to
			load.more(t, 5)
		}
		load.stop()
		if len(load.failures) > 0 {
			t.Errorf("of %d requests some failed: %q", load.requests.Load(), load.failures)
		}
		t.Logf("%d requests during %d changes", load.requests.Load(), changesUnderLoad)
	})
}

// tenantLoad asks for all tenants, and knows who may answer.
type tenantLoad struct {
	load
	now atomic.Pointer[[2]configuration] // in force, or on the way from one to the other
}

func (l *tenantLoad) during(from, to configuration) { l.now.Store(&[2]configuration{from, to}) }

func newTenants(t *testing.T, url string, c configuration) *tenantLoad {
	l := &tenantLoad{}
	l.during(c, c)
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	transport := &http.Transport{MaxIdleConnsPerHost: 16}
	client := &http.Client{Transport: transport}
	for i := range 4 {
		wg.Go(func() {
			tick := time.NewTicker(2 * time.Millisecond)
			defer tick.Stop()
			for n := i; ctx.Err() == nil; n++ {
				host, path := tenants[n%len(tenants)], paths[n/len(tenants)%len(paths)]
				before := l.now.Load()
				status, body := ask(t, client, url+path, host)
				after := l.now.Load()
				ok := status == http.StatusOK && allows(slices.Concat(before[:], after[:]), host+path, body)
				l.requests.Add(1)
				if !ok {
					l.mu.Lock()
					l.failures = append(l.failures, fmt.Sprintf("%s%s: %d %s", host, path, status, body))
					l.mu.Unlock()
				}
				<-tick.C
			}
		})
	}
	l.stop = sync.OnceFunc(func() {
		cancel()
		wg.Wait()
		transport.CloseIdleConnections()
	})
	t.Cleanup(l.stop)
	return l
}
