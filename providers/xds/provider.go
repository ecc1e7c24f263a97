// Package xds is the provider for gwctl's own xDS server: the client of its
// admin API.
package xds

import (
	"cmp"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gwctl/gwctl/providers"
)

// DefaultKey is the provider block's key where it has no alias.
const DefaultKey = "xds"

// Provider talks to one xDS server.
type Provider struct {
	base   *url.URL
	client *http.Client
	opts   Options
}

var (
	_ providers.Provider  = (*Provider)(nil)
	_ providers.Historian = (*Provider)(nil)
	_ providers.Rehearser = (*Provider)(nil)
)

// Options set what differs from the defaults.
type Options struct {
	// Key is the provider block's: "xds" or, with an alias, "xds.eu". Of a
	// plan, the objects with this key are applied.
	Key string
	// Timeout bounds a read, and how long a server may keep silent about
	// whether it is there.
	Timeout time.Duration
	// Recovery bounds how long an apply whose answer was lost asks for its
	// verdict.
	Recovery time.Duration
}

// Option changes one of the Options.
type Option func(*Options)

// WithKey sets the provider block's key.
func WithKey(key string) Option { return func(o *Options) { o.Key = key } }

// WithTimeout bounds a read.
func WithTimeout(d time.Duration) Option { return func(o *Options) { o.Timeout = d } }

// WithRecovery bounds how long a lost verdict is asked for.
func WithRecovery(d time.Duration) Option { return func(o *Options) { o.Recovery = d } }

// New returns the provider for the server whose admin API has this URL. It does
// not connect.
func New(server string, options ...Option) (*Provider, error) {
	base, err := parseServer(server)
	if err != nil {
		return nil, err
	}
	var opts Options
	for _, o := range options {
		o(&opts)
	}
	opts.Key = cmp.Or(opts.Key, DefaultKey)
	opts.Timeout = cmp.Or(opts.Timeout, time.Minute)
	opts.Recovery = cmp.Or(opts.Recovery, 15*time.Second)
	dialer := &net.Dialer{Timeout: 5 * time.Second, KeepAlive: 15 * time.Second}
	return &Provider{base: base, opts: opts, client: &http.Client{
		Transport: &http.Transport{
			Proxy:                 proxyFor(base),
			DialContext:           dialer.DialContext,
			MaxIdleConnsPerHost:   4,
			IdleConnTimeout:       30 * time.Second,
			TLSHandshakeTimeout:   10 * time.Second,
			ExpectContinueTimeout: time.Second,
			ForceAttemptHTTP2:     true,
		},
		// The admin API never redirects: who does is somebody else.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// parseServer reads the URL of an admin API.
func parseServer(server string) (*url.URL, error) {
	shown := server
	if i := strings.LastIndexByte(server, '@'); i >= 0 {
		shown = "..." + server[i:] // before it may be a password
	}
	fail := func(why string) (*url.URL, error) {
		return nil, fmt.Errorf("%q is no address of an xDS server: %s; it wants a URL such as http://127.0.0.1:18001, where `gwctl xds serve` has its admin API", shown, why)
	}
	u, err := url.Parse(server)
	switch {
	case err != nil:
		return fail("it is no URL")
	case u.Scheme != "http" && u.Scheme != "https":
		return fail("it does not begin with http:// or https://")
	case u.Hostname() == "":
		return fail("it names no host")
	case u.User != nil:
		return fail("the admin API takes no user and password")
	case u.RawQuery != "" || u.Fragment != "":
		return fail("there is something behind the path")
	}
	u.Path = strings.TrimRight(u.Path, "/")
	return u, nil
}

// proxyFor keeps requests to this machine on it.
func proxyFor(base *url.URL) func(*http.Request) (*url.URL, error) {
	if ip := net.ParseIP(base.Hostname()); base.Hostname() == "localhost" || ip != nil && ip.IsLoopback() {
		return nil
	}
	return http.ProxyFromEnvironment
}

// Close gives idle connections up.
func (p *Provider) Close() { p.client.CloseIdleConnections() }

// server names the target in messages.
func (p *Provider) server() string { return "the xDS server at " + p.base.String() }
