package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gwctl/gwctl/internal/certificate/certificatetest"
	"github.com/gwctl/gwctl/internal/envoy"
	"github.com/gwctl/gwctl/internal/load"
	"github.com/gwctl/gwctl/providers/xds/api"
)

// patience is how long anything may take that has no time of its own.
const patience = time.Minute

// world is an xDS server with its Envoys, backends and configurations, seen
// from one test or a part of it.
type world struct {
	testing.TB
	*parts
}

// parts are what a world consists of. They end with the test that made it.
type parts struct {
	dir      string
	server   *server
	backends map[string]*load.Backend
	ports    map[string]int
	envoys   map[string]*envoy.Process
	// authority signs certificates; nil until one is wanted.
	authority *certificatetest.Authority
}

// newWorld starts an xDS server; flags are for `gwctl xds serve`.
func newWorld(tb testing.TB, flags ...string) *world {
	tb.Helper()
	seeSources(tb)
	w := &world{tb, &parts{
		dir:      tb.TempDir(),
		backends: map[string]*load.Backend{},
		ports:    map[string]int{},
		envoys:   map[string]*envoy.Process{},
	}}
	w.server = newServer(w, flags)
	return w
}

// in is the same world for a subtest.
func (w *world) in(tb testing.TB) *world { return &world{tb, w.parts} }

// lifetime is a context for processes: they end before the test binary does,
// also when its time is up.
func lifetime(tb testing.TB) (context.Context, context.CancelFunc) {
	ctx := context.WithoutCancel(tb.Context())
	if t, ok := tb.(*testing.T); ok {
		if deadline, ok := t.Deadline(); ok {
			return context.WithDeadline(ctx, deadline.Add(-10*time.Second))
		}
	}
	return context.WithCancel(ctx)
}

// port returns the free port of this name.
func (w *world) port(name string) int {
	if w.ports[name] == 0 {
		w.ports[name] = freePort(w)
	}
	return w.ports[name]
}

// backend returns the address of the backend of this name.
func (w *world) backend(name string) string {
	w.Helper()
	if w.backends[name] == nil {
		b, err := load.StartBackend(context.WithoutCancel(w.Context()), name)
		if err != nil {
			w.Fatal(err)
		}
		w.backends[name] = b
		w.Cleanup(func() {
			delete(w.backends, name)
			_ = b.Close()
		})
	}
	return w.backends[name].Address()
}

// connect starts an Envoy of the gateway "public", ready or not.
func (w *world) connect(node string) *envoy.Process {
	w.Helper()
	return w.connectTo("public", node, 1)
}

func (w *world) connectTo(gateway, node string, workers int) *envoy.Process {
	w.Helper()
	bootstrap := w.folder("envoys").ok("xds", "bootstrap", gateway, "-server", w.server.ads, "-node-id", node)
	ctx, cancel := lifetime(w)
	var log log
	p, err := envoy.Start(ctx, envoy.Options{
		Bootstrap: []byte(bootstrap.stdout), Concurrency: workers, Log: &log, DrainTime: time.Second,
	})
	if err != nil {
		w.Fatal(err)
	}
	w.envoys[node] = p
	w.Cleanup(func() {
		p.Kill()
		cancel()
		if w.Failed() {
			w.Logf("%s:\n%s", node, log.end())
		}
	})
	return p
}

// envoy starts an Envoy of the gateway "public" and waits until it serves.
func (w *world) envoy(node string) *envoy.Process {
	w.Helper()
	p := w.connect(node)
	w.ready(p)
	w.connected(node)
	return p
}

func (w *world) ready(p *envoy.Process) {
	w.Helper()
	ctx, cancel := context.WithTimeout(w.Context(), patience)
	defer cancel()
	if err := p.Ready(ctx); err != nil {
		w.Fatal(err)
	}
}

// status is what `gwctl xds status` shows of the gateway "public".
func (w *world) status() api.GatewayStatus {
	w.Helper()
	r := w.folder("status").ok("xds", "status", "-json")
	var status api.Status
	if err := json.Unmarshal([]byte(r.stdout), &status); err != nil {
		w.Fatalf("status -json: %v:\n%s", err, r.stdout)
	}
	for _, g := range status.Gateways {
		if g.Name == "default/public" {
			return g
		}
	}
	return api.GatewayStatus{}
}

// connected waits until just these Envoys are connected, and have all there is.
func (w *world) connected(nodes ...string) {
	w.Helper()
	var last api.GatewayStatus
	w.until("these Envoys are connected and up to date: "+strings.Join(nodes, ", "), func() bool {
		last = w.status()
		return upToDate(last, nodes)
	}, func() any { return last })
}

func upToDate(status api.GatewayStatus, nodes []string) bool {
	if len(status.Envoys) != len(nodes) {
		return false
	}
	for _, e := range status.Envoys {
		found := false
		for _, node := range nodes {
			found = found || node == e.Node
		}
		if !found || len(e.Types) == 0 {
			return false
		}
		for _, typ := range e.Types {
			if typ.Sent != typ.Acknowledged {
				return false
			}
		}
	}
	return true
}

// until waits for something to be so; details say what was seen instead.
func (w *world) until(what string, ok func() bool, details ...func() any) {
	w.Helper()
	deadline := time.Now().Add(patience)
	for !ok() {
		if time.Now().After(deadline) {
			for _, d := range details {
				w.Logf("last seen: %+v", d())
			}
			w.Fatalf("it never came to be that %s", what)
		}
		select {
		case <-w.Context().Done():
			w.Fatal(w.Context().Err())
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// folder is where a configuration lies; its name is the owner's.
func (w *world) folder(owner string) *folder {
	w.Helper()
	return newFolder(w, filepath.Join(w.dir, owner))
}

// log keeps what a process says.
type log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// end is the last part.
func (l *log) end() string {
	text := l.String()
	return text[max(len(text)-8<<10, 0):]
}
