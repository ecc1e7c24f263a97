package translate_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/providers/xds/translate"
)

// seen is what a backend was sent; it says so in its answer.
type seen struct {
	Backend, Host, URI string
	HTTP2              bool
	Header             http.Header
}

// backends are servers that behave as their names say.
type backends struct {
	stop    chan struct{}
	shadows chan seen // what the backends named shadow-... were sent

	mu       sync.Mutex
	attempts map[string]int // of one request at the backend named flaky
}

func newBackends(t *testing.T) *backends {
	b := &backends{stop: make(chan struct{}), shadows: make(chan seen, 4096), attempts: map[string]int{}}
	t.Cleanup(func() { close(b.stop) })
	return b
}

// start runs a server, or two of them for the name pair, and returns the Backend
// that leads there.
func (b *backends) start(t *testing.T, namespace, name string) translate.Object {
	t.Helper()
	var endpoints []any
	names := []string{name}
	switch name {
	case "pair":
		names = []string{"left", "right"}
	case "no-endpoints":
		names = nil
	}
	for _, name := range names {
		server := httptest.NewUnstartedServer(b.handler(name))
		server.Config.Protocols = &http.Protocols{}
		server.Config.Protocols.SetHTTP1(true)
		server.Config.Protocols.SetUnencryptedHTTP2(true)
		server.Start()
		t.Cleanup(server.Close)
		address := server.Listener.Addr().(*net.TCPAddr)
		endpoint := map[string]any{"ip": map[string]any{"address": address.IP.String(), "port": int64(address.Port)}}
		if name == "by-name" {
			endpoint = map[string]any{"fqdn": map[string]any{"hostname": "localhost", "port": int64(address.Port)}}
		}
		endpoints = append(endpoints, endpoint)
	}
	spec := map[string]any{}
	if endpoints != nil {
		spec["endpoints"] = endpoints
	}
	if name == "over-http2" {
		spec["appProtocols"] = []any{"gateway.envoyproxy.io/h2c"}
	}
	return translate.Object{Object: &resource.Object{Object: map[string]any{
		"apiVersion": "gateway.envoyproxy.io/v1alpha1", "kind": "Backend",
		"metadata": map[string]any{"name": name, "namespace": namespace}, "spec": spec,
	}}}
}

func (b *backends) handler(name string) http.HandlerFunc {
	if name == "grpc-judge" {
		return judgeOverGRPC()
	}
	return func(w http.ResponseWriter, r *http.Request) {
		asked := seen{name, r.Host, r.RequestURI, r.ProtoMajor == 2, r.Header}
		switch {
		case name == "stuck":
			b.hang(r)
			return
		case strings.HasPrefix(name, "shadow-"):
			b.shadows <- asked
			if name == "shadow-judge" {
				judge(w, r)
				return
			}
		case name == "flaky" && b.fails(w, r):
			return
		}
		w.Header().Set("x-secret", "s")
		w.Header().Set("x-backend-header", "own")
		w.Header().Set("server", "backend")
		if isGRPC(r.Header) {
			w.Header().Set("content-type", "application/grpc")
			w.Header().Set("grpc-status", "0")
		}
		if r.Header.Get("upgrade") != "" {
			if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
				defer conn.Close()
				_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n")
			}
			return
		}
		_ = json.NewEncoder(w).Encode(asked)
	}
}

// copied waits for a request at one of the backends named shadow-....
func (b *backends) copied(t *testing.T) seen {
	t.Helper()
	select {
	case s := <-b.shadows:
		return s
	case <-time.After(20 * time.Second):
		t.Fatal("a copy did not come")
		return seen{}
	}
}

func (b *backends) hang(r *http.Request) {
	select {
	case <-b.stop:
	case <-r.Context().Done():
	}
}

// fails fails as often as x-failures says, by x-failure: a code, stuck or reset.
func (b *backends) fails(w http.ResponseWriter, r *http.Request) bool {
	b.mu.Lock()
	b.attempts[r.Header.Get("x-id")]++
	attempt := b.attempts[r.Header.Get("x-id")]
	b.mu.Unlock()
	w.Header().Set("x-attempts", fmt.Sprint(attempt))
	var failures, code int
	_, _ = fmt.Sscan(r.Header.Get("x-failures"), &failures)
	if attempt > failures {
		return false
	}
	switch failure := r.Header.Get("x-failure"); failure {
	case "stuck":
		b.hang(r)
	case "reset":
		if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
			_ = conn.Close()
		}
	default:
		_, _ = fmt.Sscan(failure, &code)
		w.WriteHeader(code)
	}
	return true
}
