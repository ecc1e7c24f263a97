package load

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// BackendHeader is the response header in which backends say who they are.
const BackendHeader = "X-Backend"

// Echo is the body of a backend's answer, as JSON: what it was asked.
type Echo struct {
	Backend string      `json:"backend"`
	Method  string      `json:"method"`
	Host    string      `json:"host"`
	Path    string      `json:"path"` // with the query
	Header  http.Header `json:"header"`
}

// Backend is an HTTP server that answers with its name and what it was asked.
type Backend struct {
	name     string
	listener net.Listener
	server   *http.Server
	served   chan struct{} // closed when the server has ended
	unbind   func() bool

	requests atomic.Uint64
	delay    atomic.Int64
	status   atomic.Int64
}

// StartBackend serves on a free port of 127.0.0.1 until Close, or until ctx is
// done.
func StartBackend(ctx context.Context, name string) (*Backend, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("starting the backend %s: %w", name, err)
	}
	b := &Backend{name: name, listener: listener, served: make(chan struct{})}
	b.status.Store(http.StatusOK)
	b.server = &http.Server{Handler: b}
	go func() {
		defer close(b.served)
		// It ends with Close alone: accepting is retried by the server.
		_ = b.server.Serve(listener)
	}()
	b.unbind = context.AfterFunc(ctx, func() { _ = b.server.Close() })
	return b, nil
}

// Name returns what the backend calls itself.
func (b *Backend) Name() string { return b.name }

// Address returns the host:port that it listens on.
func (b *Backend) Address() string { return b.listener.Addr().String() }

// Requests returns how many requests have reached the backend.
func (b *Backend) Requests() uint64 { return b.requests.Load() }

// SetDelay makes the backend wait before it answers.
func (b *Backend) SetDelay(d time.Duration) { b.delay.Store(int64(d)) }

// SetStatus makes the backend answer with a status other than 200.
func (b *Backend) SetStatus(code int) { b.status.Store(int64(code)) }

// Close ends the server and its connections, and waits for it.
func (b *Backend) Close() error {
	b.unbind()
	err := b.server.Close()
	<-b.served
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

func (b *Backend) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.requests.Add(1)
	if d := time.Duration(b.delay.Load()); d > 0 {
		select {
		case <-time.After(d):
		case <-r.Context().Done():
			return
		}
	}
	body, err := json.Marshal(Echo{Backend: b.name, Method: r.Method, Host: r.Host, Path: r.URL.RequestURI(), Header: r.Header})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set(BackendHeader, b.name)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(int(b.status.Load()))
	_, _ = w.Write(append(body, '\n')) // whoever asked may be gone
}
