package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"github.com/gwctl/gwctl/internal/envoy"
	"github.com/gwctl/gwctl/internal/load"
	"github.com/gwctl/gwctl/providers/xds/api"
)

const visibleTarget = 50 * time.Millisecond

// measureVisible moves one of 1,000 routes from a backend to another and back,
// and takes the time until Envoy's answers tell.
func measureVisible(ctx context.Context, b *bench) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	v1, err := load.StartBackend(ctx, "v1")
	if err != nil {
		return err
	}
	defer v1.Close()
	v2, err := load.StartBackend(ctx, "v2")
	if err != nil {
		return err
	}
	defer v2.Close()

	dir := filepath.Join(b.dir, "visible")
	s, err := startServer(ctx, b.gwctl, filepath.Join(dir, "xds"))
	if err != nil {
		return err
	}
	defer s.stop()
	gate, err := newGate(s.admin)
	if err != nil {
		return err
	}
	defer gate.Close()
	f, err := newFleet(dir, routes, false)
	if err != nil {
		return err
	}
	f.server, f.v1, f.v2 = gate.url(), v1.Address(), v2.Address()
	if f.port, err = freePort(ctx); err != nil {
		return err
	}
	moved := routes / 2
	f.weight[moved] = 0
	if _, err := b.apply(ctx, f); err != nil {
		return err
	}
	proxy, err := startEnvoy(ctx, b.gwctl, s)
	if err != nil {
		return err
	}
	defer proxy.Stop()

	w := &watch{url: fmt.Sprintf("http://127.0.0.1:%d%s", f.port, f.path(moved)), host: f.host(moved), header: f.header(moved)}
	if _, err := w.until(ctx, "v1"); err != nil {
		return err
	}
	var visible []time.Duration
	var whole samples
	for i := range b.changes {
		f.weight[moved] = 100 - f.weight[moved]
		to := []string{"v2", "v1"}[i%2]
		seen := make(chan error, 1)
		var at time.Time
		go func() {
			var err error
			at, err = w.until(ctx, to)
			seen <- err
		}()
		one, err := b.apply(ctx, f)
		if err != nil {
			return err
		}
		if err := <-seen; err != nil {
			return err
		}
		whole, visible = append(whole, one), append(visible, at.Sub(gate.posted()))
	}
	b.table.add(row{
		figure:   "one weight of 1,000 routes: from the server's having it to the first answer",
		target:   "< " + short(visibleTarget) + " (median)",
		measured: short(median(visible)),
		peer:     fmt.Sprintf("of %d changes, from %s to %s", len(visible), short(slices.Min(visible)), short(slices.Max(visible))),
		met:      meets(median(visible) < visibleTarget),
	})
	b.table.add(row{
		figure:   "the same: the whole `gwctl apply`, acknowledged by Envoy",
		measured: whole.typical().String(),
	})
	return nil
}

// apply applies the fleet as it is now.
func (b *bench) apply(ctx context.Context, f *fleet) (sample, error) {
	if err := f.write(); err != nil {
		return sample{}, err
	}
	return measure(ctx, f.dir, b.gwctl, "apply", "-auto-approve", "-no-color")
}

// startEnvoy returns when an Envoy serves what the server has.
func startEnvoy(ctx context.Context, gwctl string, s *server) (*envoy.Process, error) {
	bootstrap, err := measure(ctx, ".", gwctl, "xds", "bootstrap", "public", "-server", s.ads, "-node-id", "envoy-1")
	if err != nil {
		return nil, err
	}
	proxy, err := envoy.Start(ctx, envoy.Options{Bootstrap: []byte(bootstrap.stdout)})
	if err != nil {
		return nil, err
	}
	if err := proxy.Ready(ctx); err != nil {
		return nil, errors.Join(err, proxy.Stop())
	}
	return proxy, nil
}

// gate is what gwctl talks to instead of the server: it hands everything on,
// and knows when the last transaction came.
type gate struct {
	*http.Server
	address string
	at      atomic.Int64
}

func newGate(server string) (*gate, error) {
	target, err := url.Parse(server)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	g := &gate{address: listener.Addr().String()}
	hand := httputil.NewSingleHostReverseProxy(target)
	hand.FlushInterval = -1 // events come one by one
	g.Server = &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && r.URL.Path == api.PathTransactions {
			g.at.Store(time.Now().UnixNano())
		}
		hand.ServeHTTP(w, r)
	})}
	go func() { _ = g.Serve(listener) }() // ends with Close
	return g, nil
}

func (g *gate) url() string { return "http://" + g.address }

func (g *gate) posted() time.Time { return time.Unix(0, g.at.Load()) }

// watch asks one path, again and again, on a connection that is kept.
type watch struct {
	url    string
	host   string
	header http.Header
	client http.Client
}

// patience is how long an answer may take to be as it should.
const patience = time.Minute

// until returns when the first answer came from a backend.
func (w *watch) until(ctx context.Context, backend string) (time.Time, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("%s never answered %s", backend, w.url))
	defer cancel()
	for {
		name, err := w.ask(ctx)
		now := time.Now()
		switch {
		case ctx.Err() != nil:
			return now, context.Cause(ctx)
		case err == nil && name == backend:
			return now, nil
		}
		select {
		case <-ctx.Done():
		case <-time.After(200 * time.Microsecond):
		}
	}
}

func (w *watch) ask(ctx context.Context) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.url, nil)
	if err != nil {
		return "", err
	}
	req.Host, req.Header = w.host, w.header
	resp, err := w.client.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20))
	return resp.Header.Get(load.BackendHeader), err
}

// freePort returns a port that nobody uses now.
func freePort(ctx context.Context) (int, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
