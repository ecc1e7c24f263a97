package kubernetestest

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apiserver/pkg/endpoints/request"
	"k8s.io/client-go/rest"
)

// Proxy stands in front of the API server: it counts what a client asks, and
// disturbs it.
type Proxy struct {
	kubeconfig string
	url        string
	server     *http.Server
	transport  http.RoundTripper
	done       chan error // how the server ended

	mu       sync.Mutex
	requests []Request
	disturb  func(Request) Disturbance
}

// Request is what a client asked, in the API server's words. A server-side
// apply has the verb "apply".
type Request struct {
	Verb      string // "get", "list", "watch", "create", "update", "patch", "apply", "delete", "deletecollection"
	Resource  string // "httproutes.gateway.networking.k8s.io", "secrets", "namespaces/finalize"; or a path: "/openapi/v3"
	Namespace string
	Name      string
	DryRun    bool
	Agent     string // the client's user agent
}

// String returns "apply httproutes.gateway.networking.k8s.io shop/orders (dry run)".
func (r Request) String() string {
	text := r.Verb + " " + r.Resource
	if name := strings.Trim(r.Namespace+"/"+r.Name, "/"); name != "" {
		text += " " + name
	}
	if r.DryRun {
		text += " (dry run)"
	}
	return text
}

// Disturbance is what goes wrong with one request. The zero value is nothing.
type Disturbance struct {
	Status     int             // answered in place of the API server, 429 for one
	RetryAfter int             // seconds, with the status
	Hold       <-chan struct{} // closed by the test: until then the request waits
	Cut        Cut
}

// Cut is when the connection breaks.
type Cut int

const (
	CutNever  Cut = iota
	CutBefore     // the API server never sees the request
	CutAfter      // the API server has done it, and the client does not learn that
)

// Proxy starts a proxy that asks the API server as an account, whatever its
// client says to be. It ends with the test.
func (c *ControlPlane) Proxy(t testing.TB, a Account) *Proxy {
	t.Helper()
	p, err := c.RunProxy(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Stop(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// RunProxy runs a proxy until Stop.
func (c *ControlPlane) RunProxy(ctx context.Context, a Account) (*Proxy, error) {
	kubeconfig, err := c.account(ctx, a)
	if err != nil {
		return nil, err
	}
	config, raw, err := loadKubeconfig(kubeconfig)
	if err != nil {
		return nil, err
	}
	transport, err := rest.TransportFor(config)
	if err != nil {
		return nil, err
	}
	certificate, err := c.authority.server()
	if err != nil {
		return nil, err
	}
	keyPair, err := tls.X509KeyPair(certificate.certificate, certificate.key)
	if err != nil {
		return nil, err
	}
	target, err := url.Parse(c.URL())
	if err != nil {
		return nil, err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Proxy{url: "https://" + listener.Addr().String(), transport: transport, done: make(chan error, 1)}
	quiet := log.New(io.Discard, "", 0) // connections that break are meant to
	forward := &httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(target); r.Out.Header.Del("Authorization") },
		Transport: transport, FlushInterval: -1, ErrorLog: quiet,
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	}
	p.server = &http.Server{
		Handler: p.handler(forward), ErrorLog: quiet,
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{keyPair}},
		ConnContext: func(ctx context.Context, conn net.Conn) context.Context {
			return context.WithValue(ctx, connKey{}, conn)
		},
	}
	go func() { p.done <- p.server.ServeTLS(listener, "", "") }()
	raw.Clusters[contextName].Server = p.url
	if p.kubeconfig, err = c.writeKubeconfig("proxy", raw); err != nil {
		return nil, errors.Join(err, p.Stop())
	}
	return p, nil
}

// Stop ends the proxy.
func (p *Proxy) Stop() error {
	_ = p.server.Close()
	err := <-p.done
	closeIdle(p.transport)
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("the proxy ended: %w", err)
}

// connKey is the context key of a request's connection.
type connKey struct{}

var infos = &request.RequestInfoFactory{APIPrefixes: sets.NewString("api", "apis"), GrouplessAPIPrefixes: sets.NewString("api")}

func (p *Proxy) handler(forward http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d := p.note(requestOf(r))
		if d.Hold != nil {
			select {
			case <-d.Hold:
			case <-r.Context().Done():
				return
			}
		}
		switch {
		case d.Cut == CutBefore:
			cut(r)
		case d.Status != 0:
			if d.RetryAfter > 0 {
				w.Header().Set("Retry-After", strconv.Itoa(d.RetryAfter))
			}
			http.Error(w, "disturbed by the test", d.Status)
		case d.Cut == CutAfter:
			forward.ServeHTTP(discard{http.Header{}}, r)
			cut(r)
		default:
			forward.ServeHTTP(w, r)
		}
	})
}

// cut breaks the connection of a request, with all others on it.
func cut(r *http.Request) {
	if conn, ok := r.Context().Value(connKey{}).(net.Conn); ok {
		_ = conn.Close()
	}
	panic(http.ErrAbortHandler)
}

// discard takes an answer that nobody is to see.
type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(b []byte) (int, error) { return len(b), nil }
func (d discard) WriteHeader(int)             {}

// note counts a request and asks what is to go wrong with it.
func (p *Proxy) note(r Request) Disturbance {
	p.mu.Lock()
	p.requests = append(p.requests, r)
	disturb := p.disturb
	p.mu.Unlock()
	if disturb == nil {
		return Disturbance{}
	}
	return disturb(r)
}

func requestOf(r *http.Request) Request {
	out := Request{Verb: strings.ToLower(r.Method), Resource: r.URL.Path, Agent: r.UserAgent(), DryRun: isDryRun(r)}
	info, err := infos.NewRequestInfo(r)
	if err != nil || !info.IsResourceRequest {
		return out
	}
	out.Verb, out.Namespace, out.Name, out.Resource = info.Verb, info.Namespace, info.Name, info.Resource
	if info.APIGroup != "" {
		out.Resource += "." + info.APIGroup
	}
	if info.Subresource != "" {
		out.Resource += "/" + info.Subresource
	}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/apply-patch") {
		out.Verb = "apply"
	}
	return out
}

// isDryRun looks where the API server looks: deletes say it in their body.
func isDryRun(r *http.Request) bool {
	if r.URL.Query().Has("dryRun") {
		return true
	}
	if r.Method != http.MethodDelete {
		return false
	}
	body, err := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	return err == nil && bytes.Contains(body, []byte(`dryRun`))
}

// Kubeconfig returns the path of the kubeconfig whose API server is the proxy.
func (p *Proxy) Kubeconfig() string { return p.kubeconfig }

// URL returns the address of the proxy.
func (p *Proxy) URL() string { return p.url }

// Requests returns what was asked since the last Reset.
func (p *Proxy) Requests() []Request {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.requests)
}

// Count counts the requests whose String begins with one of some texts: "apply
// httproutes", "list".
func (p *Proxy) Count(begins ...string) int {
	n := 0
	for _, r := range p.Requests() {
		if slices.ContainsFunc(begins, func(text string) bool {
			return strings.HasPrefix(r.String()+" ", text+" ") || strings.HasPrefix(r.String(), text+".")
		}) {
			n++
		}
	}
	return n
}

// Reset forgets what was asked.
func (p *Proxy) Reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.requests = nil
}

// Disturb asks for each request what is to go wrong with it, at once for
// several; nil ends that.
func (p *Proxy) Disturb(with func(Request) Disturbance) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.disturb = with
}
