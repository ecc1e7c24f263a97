package rollout_test

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
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
	"google.golang.org/grpc"

	"github.com/gwctl/gwctl/internal/envoy"
	"github.com/gwctl/gwctl/providers/xds/bootstrap"
	"github.com/gwctl/gwctl/providers/xds/fleet"
	"github.com/gwctl/gwctl/providers/xds/rollout"
	"github.com/gwctl/gwctl/providers/xds/translate"
)

const gateway = "default/public"

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is an xDS server with real Envoys.
type world struct {
	t       *testing.T
	address string
	fleet   *fleet.Fleet
	server  *grpc.Server
	served  *translate.Snapshot // by gateway, as committed
}

func newWorld(t *testing.T, opts fleet.Options) *world {
	w := &world{t: t, address: "127.0.0.1:0"}
	w.serve(opts)
	t.Cleanup(func() { w.server.Stop() })
	return w
}

// serve starts the server, again on the address that it had.
func (w *world) serve(opts fleet.Options) {
	w.fleet = fleet.New(opts)
	if w.served != nil {
		w.fleet.Set(gateway, w.served)
	}
	w.serveAgain()
}

// serveAgain has the fleet as it is served.
func (w *world) serveAgain() {
	var lis net.Listener
	for {
		var err error
		if lis, err = net.Listen("tcp", w.address); err == nil {
			break
		}
		if w.t.Context().Err() != nil || w.address == "127.0.0.1:0" {
			w.t.Fatal(err)
		}
	}
	w.address = lis.Addr().String()
	w.server = grpc.NewServer()
	w.fleet.Register(w.server)
	go func() { _ = w.server.Serve(lis) }() // until Stop
}

// mode runs a test with both protocols.
func modes(t *testing.T, f func(t *testing.T, sotw bool)) {
	t.Run("delta", func(t *testing.T) { f(t, false) })
	t.Run("state of the world", func(t *testing.T) { f(t, true) })
}

// connect starts an Envoy, which need not be ready.
func (w *world) connect(gateway, id string, sotw bool) *envoy.Process {
	w.t.Helper()
	config, err := bootstrap.Bootstrap(bootstrap.Options{
		Gateway: gateway, NodeID: id, Server: w.address, StateOfTheWorld: sotw,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	var log bytes.Buffer
	level := os.Getenv("ENVOY_LOG_LEVEL")
	p, err := envoy.Start(context.WithoutCancel(w.t.Context()), envoy.Options{
		Bootstrap: config, Log: &log, LogLevel: level, DrainTime: time.Second, StopTimeout: 100 * time.Millisecond,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		_ = p.Stop()
		if w.t.Failed() {
			w.t.Logf("%s:\n%s", id, log.String())
		}
	})
	return p
}

// start starts an Envoy and waits until it serves all it should.
func (w *world) start(id string, sotw bool) *envoy.Process {
	w.t.Helper()
	return w.startFor(gateway, id, sotw)
}

func (w *world) startFor(gateway, id string, sotw bool) *envoy.Process {
	w.t.Helper()
	p := w.connect(gateway, id, sotw)
	if err := p.Ready(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	w.current(gateway)
	return p
}

// current waits until all Envoys have all there is.
func (w *world) current(gateway string) {
	w.t.Helper()
	w.until("all Envoys are up to date", func() bool {
		st := w.fleet.Standing(gateway, nil)
		return st.Connected > 0 && len(st.Behind) == 0
	})
}

// until waits for something to be so.
func (w *world) until(what string, ok func() bool) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), time.Minute)
	defer cancel()
	for !ok() {
		select {
		case <-ctx.Done():
			w.t.Fatalf("it never came to be that %s: %+v", what, w.fleet.Status())
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// run rolls out a new snapshot.
func (w *world) run(to *translate.Snapshot, opts rollout.Options) *rollout.Outcome {
	w.t.Helper()
	out := rollout.Run(w.t.Context(), w.fleet, []rollout.Change{{Gateway: gateway, From: w.served, To: to}}, opts, nil)
	if out.OK() {
		w.served = to
	}
	return out
}

// apply is run for what must succeed.
func (w *world) apply(to *translate.Snapshot) *rollout.Outcome {
	w.t.Helper()
	out := w.run(to, rollout.Options{})
	if !out.OK() {
		w.t.Fatalf("the rollout failed: %+v", out)
	}
	return out
}

// listenerAddress returns where an Envoy listens.
func listenerAddress(t *testing.T, p *envoy.Process, name string) string {
	t.Helper()
	body, err := p.Admin(t.Context(), "/listeners?format=json")
	if err != nil {
		t.Fatal(err)
	}
	var answer struct {
		Statuses []struct {
			Name  string `json:"name"`
			Local struct {
				Socket struct {
					Address string `json:"address"`
					Port    int    `json:"port_value"`
				} `json:"socket_address"`
			} `json:"local_address"`
		} `json:"listener_statuses"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		t.Fatal(err)
	}
	for _, l := range answer.Statuses {
		if l.Name == name {
			return fmt.Sprintf("%s:%d", l.Local.Socket.Address, l.Local.Socket.Port)
		}
	}
	return ""
}

// backend is an HTTP server that says its name.
func backend(t *testing.T, name string) string {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, name) }))
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

// get returns the status and the body of an answer.
func get(t *testing.T, client *http.Client, url string) (int, string) {
	t.Helper()
	return ask(t, client, url, "")
}

// ask is get with a Host.
func ask(t *testing.T, client *http.Client, url, host string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		return 0, err.Error()
	}
	req.Host = host
	resp, err := client.Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, err.Error()
	}
	return resp.StatusCode, string(body)
}

func once(t *testing.T, url string) string {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	status, body := get(t, client, url)
	if status != http.StatusOK {
		return fmt.Sprintf("%d %s", status, body)
	}
	return body
}

// load is a steady stream of requests over connections that are kept.
type load struct {
	requests atomic.Int64
	mu       sync.Mutex
	failures []string
	answers  map[string]int
	stop     func()
}

func newLoad(t *testing.T, urls ...string) *load {
	l := &load{answers: map[string]int{}}
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	transport := &http.Transport{MaxIdleConnsPerHost: 16}
	client := &http.Client{Transport: transport}
	for i := range 4 {
		wg.Go(func() {
			tick := time.NewTicker(2 * time.Millisecond)
			defer tick.Stop()
			for n := i; ctx.Err() == nil; n++ {
				status, body := get(t, client, urls[n%len(urls)])
				l.requests.Add(1)
				l.mu.Lock()
				if status != http.StatusOK && len(l.failures) < 20 {
					l.failures = append(l.failures, fmt.Sprintf("%d %s", status, body))
				}
				l.answers[body]++
				l.mu.Unlock()
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

// more waits until n more requests were answered.
func (l *load) more(t *testing.T, n int64) {
	for end := l.requests.Load() + n; l.requests.Load() < end; {
		select {
		case <-t.Context().Done():
			return
		case <-time.After(time.Millisecond):
		}
	}
}

// clean ends the load, and fails the test if a request failed or was answered
// by somebody else.
func (l *load) clean(t *testing.T, allowed ...string) {
	t.Helper()
	l.stop()
	if len(l.failures) > 0 {
		t.Errorf("of %d requests some failed: %q", l.requests.Load(), l.failures)
	}
	for who, n := range l.answers {
		if !slices.Contains(allowed, who) {
			t.Errorf("%d answers by %q, allowed are %q", n, who, allowed)
		}
	}
}
