package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/gwctl/gwctl/internal/load"
)

// traffic is a steady load on one port.
type traffic struct {
	*load.Generator
	w     *world
	rate  int
	pulse *pulse
}

// load puts a port under load.
func (w *world) load(port string, rate int, rule load.Rule, requests ...load.Request) *traffic {
	w.Helper()
	return w.loadBy(load.Options{Address: local(w.port(port)), Rate: float64(rate), Requests: requests, Rule: rule})
}

func (w *world) loadBy(options load.Options) *traffic {
	w.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(w.Context()))
	g, err := load.Start(ctx, options)
	if err != nil {
		w.Fatal(err)
	}
	t := &traffic{g, w, int(options.Rate), newPulse()}
	w.Cleanup(func() {
		cancel()
		g.Stop()
		t.pulse.stop()
	})
	return t
}

// more waits until so many more requests have ended.
func (t *traffic) more(n int) {
	t.w.Helper()
	want := t.Snapshot().Requests + uint64(n)
	t.w.until("more requests are answered", func() bool { return t.Snapshot().Requests >= want }, func() any { return t.Snapshot() })
}

// clean ends the load, of which no request may have failed or been left out.
func (t *traffic) clean() load.Snapshot {
	t.w.Helper()
	s := t.Stop()
	stood := t.pulse.stop()
	// Nothing can be sent while the whole machine stands still.
	excused := uint64(stood.Seconds() * float64(t.rate))
	if s.Failed > 0 || s.Missed > excused || s.Aborted > 0 || s.Requests == 0 {
		t.w.Errorf("of %d requests %d failed, %d were not sent in time (the machine stood still for %v), %d were given up: %v",
			s.Requests, s.Failed, s.Missed, stood, s.Aborted, s.Failures)
		for _, e := range s.Examples[:min(len(s.Examples), 5)] {
			t.w.Logf("%s %s: %v", e.At.Format("15:04:05.000"), e.Request, e.Err)
		}
	}
	return s
}

// transition judges answers while one configuration replaces another, and
// notes which of the two it was that answered.
type transition struct {
	before, after load.Rule
	old           atomic.Uint64 // answers that only the configuration before allows
	lastOld       atomic.Int64
	firstNew      atomic.Int64
}

func (x *transition) rule(a load.Answer) error {
	before, after := x.before(a), x.after(a)
	switch {
	case before != nil && after != nil:
		return after
	case before != nil:
		x.firstNew.CompareAndSwap(0, time.Now().UnixNano())
	case after != nil:
		x.old.Add(1)
		x.lastOld.Store(time.Now().UnixNano())
	}
	return nil
}

// change does something that replaces one configuration by another, and
// returns when the new one alone answers, and alone is allowed to.
func (t *traffic) change(before, after load.Rule, do func()) *transition {
	t.w.Helper()
	x := &transition{before: before, after: after}
	t.Allow(x.rule)
	do()
	t.settle(x)
	t.Allow(after)
	return x
}

// settle waits until the configuration before answers no more.
func (t *traffic) settle(x *transition) {
	t.w.Helper()
	for range 50 {
		old := x.old.Load()
		t.more(max(t.rate/10, 50))
		if x.old.Load() == old {
			return
		}
	}
	t.w.Fatalf("the configuration before still answers: %d times up to now", x.old.Load())
}

// answer is what came back for one request.
type answer struct {
	status  int
	backend string // "" when Envoy answered itself
	header  http.Header
	echo    load.Echo // what the backend was asked
}

func (a answer) String() string {
	return fmt.Sprintf("status %d from %q, header %v, asked %+v", a.status, a.backend, a.header, a.echo)
}

// client follows no redirect and keeps no connection.
var client = &http.Client{
	Timeout:       10 * time.Second,
	Transport:     &http.Transport{DisableKeepAlives: true},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// ask sends one request to a port.
func (w *world) ask(port string, r load.Request) (answer, error) {
	return w.askBy(client, "http", port, r)
}

func (w *world) askBy(client *http.Client, scheme, port string, r load.Request) (answer, error) {
	req, err := http.NewRequestWithContext(w.Context(), r.Method, scheme+"://"+local(w.port(port))+r.Path, nil)
	if err != nil {
		return answer{}, err
	}
	if r.Header != nil {
		req.Header = r.Header.Clone()
	}
	req.Host = r.Host
	resp, err := client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return answer{}, err
	}
	a := answer{status: resp.StatusCode, backend: resp.Header.Get(load.BackendHeader), header: resp.Header}
	if a.backend != "" {
		if err := json.NewDecoder(bytes.NewReader(body)).Decode(&a.echo); err != nil {
			return a, fmt.Errorf("the backend's answer: %w", err)
		}
	}
	return a, nil
}

// served waits until a backend answers.
func (w *world) served(port, host, path, backend string) {
	w.Helper()
	var last answer
	var err error
	w.until(fmt.Sprintf("%s answers %s%s", backend, host, path), func() bool {
		last, err = w.ask(port, load.Request{Host: host, Path: path})
		return err == nil && last.status == http.StatusOK && last.backend == backend
	}, func() any { return fmt.Sprint(last, err) })
}

// closed waits until nobody listens on a port.
func (w *world) closed(port string) {
	w.Helper()
	w.until("nobody listens on the port of "+port, func() bool {
		_, err := w.ask(port, load.Request{Path: "/"})
		return err != nil
	})
}
