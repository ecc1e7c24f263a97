package envoy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
)

// admin talks to Envoys on this machine only: no proxy, no connection kept
// for a process that ends.
var admin = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

const (
	adminPoll  = 10 * time.Millisecond
	adminLimit = 256 << 20 // bytes of an answer: a configuration dump can be large
)

// AdminAddress returns the host:port of the admin interface, as soon as Envoy
// listens on it.
func (p *Process) AdminAddress(ctx context.Context) (string, error) {
	var address string
	err := p.poll(ctx, "Envoy has no admin address", func() (bool, error) {
		b, err := os.ReadFile(p.address)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return false, err
		}
		address = strings.TrimSpace(string(b))
		return address != "", nil
	})
	return address, err
}

// Ready waits until Envoy says that it serves: its listeners and clusters are
// there and warm.
func (p *Process) Ready(ctx context.Context) error {
	if _, err := p.AdminAddress(ctx); err != nil {
		return err
	}
	return p.poll(ctx, "Envoy is not ready", func() (bool, error) {
		body, err := p.Admin(ctx, "/ready")
		return strings.TrimSpace(string(body)) == "LIVE", err
	})
}

// poll asks until the answer is yes, the process ends or ctx is done. An error
// is not the end: the process may be about to say more with its own.
func (p *Process) poll(ctx context.Context, what string, ask func() (bool, error)) error {
	ticker := time.NewTicker(adminPoll)
	defer ticker.Stop()
	for {
		ok, err := ask()
		if ok && err == nil {
			return nil
		}
		select {
		case <-p.done:
			if p.err == nil {
				return fmt.Errorf("%s: it was stopped", what)
			}
			return p.err
		case <-ctx.Done():
			return fmt.Errorf("%s: %w", what, errors.Join(ctx.Err(), err))
		case <-ticker.C:
		}
	}
}

// StatusError is an answer of the admin interface that is not 200.
type StatusError struct {
	Path   string
	Status int
	Text   string
}

func (e *StatusError) Error() string {
	return fmt.Sprintf("Envoy's admin interface answered %s with %d: %s", e.Path, e.Status, e.Text)
}

// Admin returns the admin interface's answer to a GET of path, such as
// "/clusters?format=json". A status other than 200 is a *StatusError.
func (p *Process) Admin(ctx context.Context, path string) ([]byte, error) {
	return p.admin(ctx, http.MethodGet, path)
}

// AdminPost is Admin for what changes Envoy: "/drain_listeners?graceful".
func (p *Process) AdminPost(ctx context.Context, path string) ([]byte, error) {
	return p.admin(ctx, http.MethodPost, path)
}

func (p *Process) admin(ctx context.Context, method, path string) ([]byte, error) {
	address, err := p.AdminAddress(ctx)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://"+address+path, nil)
	if err != nil {
		return nil, err
	}
	resp, err := admin.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, adminLimit))
	if err != nil {
		return nil, fmt.Errorf("reading %s of Envoy's admin interface: %w", path, err)
	}
	if resp.StatusCode != http.StatusOK {
		return nil, &StatusError{Path: path, Status: resp.StatusCode, Text: strings.TrimSpace(string(body))}
	}
	return body, nil
}

// Stats returns the counters and gauges whose name matches the regular
// expression filter; all with "".
func (p *Process) Stats(ctx context.Context, filter string) (map[string]uint64, error) {
	path := "/stats"
	if filter != "" {
		path += "?filter=" + url.QueryEscape(filter)
	}
	body, err := p.Admin(ctx, path)
	if err != nil {
		return nil, err
	}
	stats := map[string]uint64{}
	for line := range strings.Lines(string(body)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		if n, err := strconv.ParseUint(value, 10, 64); err == nil {
			stats[name] = n // anything else is a histogram or a text
		}
	}
	return stats, nil
}

// ConfigDump returns what Envoy was configured with, endpoints included, as
// JSON.
func (p *Process) ConfigDump(ctx context.Context) ([]byte, error) {
	return p.Admin(ctx, "/config_dump?include_eds")
}
