package xds_test

import (
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gwctl/gwctl/internal/certificate/certificatetest"
	"github.com/gwctl/gwctl/internal/envoy"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/providers/xds"
)

// secureWorld is a server with an Envoy, and backends that speak TLS. Whatever
// else is sent to one of them is noted.
type secureWorld struct {
	server   *xdsServer
	provider *xds.Provider
	envoy    *envoy.Process
	port     int
	dir      string
	corp     *certificatetest.Authority

	mu    sync.Mutex
	plain []string // what was sent in the clear, and to whom
}

func newSecureWorld(t *testing.T) *secureWorld {
	t.Helper()
	w := &secureWorld{server: startServer(t), port: freePort(t), dir: t.TempDir(), corp: certificatetest.NewAuthority(t)}
	w.provider = w.server.provider(t)
	w.envoy = startEnvoy(t, w.server, w.provider, "envoy-1")
	w.write(t, "corp.crt", w.corp.PEM)
	w.corp.Issue(t, "proxy.example.com").Write(t, w.dir, "proxy")
	t.Cleanup(func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if len(w.plain) > 0 {
			t.Errorf("in the clear came %q", w.plain)
		}
	})
	return w
}

func (w *secureWorld) write(t *testing.T, name string, content []byte) {
	t.Helper()
	next := filepath.Join(w.dir, name+".next")
	if err := os.WriteFile(next, content, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(next, filepath.Join(w.dir, name)); err != nil {
		t.Fatal(err)
	}
}

// backend starts one, and returns the Backend that leads there. It answers with
// its name, its protocol and who the client says that it is, and wants a new
// connection for each request.
func (w *secureWorld) backend(t *testing.T, name string, config *tls.Config) *resource.Object {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{
		TLSConfig: config, ErrorLog: log.New(io.Discard, "", 0),
		Handler: http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
			client := "nobody"
			if len(r.TLS.PeerCertificates) > 0 {
				client = r.TLS.PeerCertificates[0].Subject.CommonName
			}
			fmt.Fprintf(out, "%s asked for %s over %s (%q) by %s", name, r.TLS.ServerName, r.Proto, r.TLS.NegotiatedProtocol, client)
		}),
	}
	if len(config.NextProtos) == 0 {
		server.SetKeepAlivesEnabled(false)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.ServeTLS(heard{l, func(text string) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.plain = append(w.plain, name+": "+text)
		}}, "", "") // ends with Close
	}()
	t.Cleanup(func() {
		server.Close()
		<-done
	})
	return backend(name, l.Addr().String())
}

// heard tells of connections that do not begin with a handshake of TLS.
type heard struct {
	net.Listener
	tell func(string)
}

func (h heard) Accept() (net.Conn, error) {
	conn, err := h.Listener.Accept()
	return &heardConn{Conn: conn, tell: h.tell}, err
}

type heardConn struct {
	net.Conn
	tell  func(string)
	known bool
}

func (c *heardConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	const handshake = 22
	if n > 0 && !c.known {
		if c.known = true; b[0] != handshake {
			c.tell(string(b[:n]))
		}
	}
	return n, err
}

func (w *secureWorld) shows(t *testing.T, pair certificatetest.Pair) *tls.Config {
	t.Helper()
	loaded, err := tls.X509KeyPair(pair.Certificate, pair.Key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{loaded}}
}

func (w *secureWorld) authority(name, file string) *resource.Object {
	o := object("{apiVersion: v1, kind: ConfigMap, metadata: {name: %s, namespace: default}}", name)
	annotations := o.GetAnnotations()
	annotations[resource.AnnotationCAFile] = filepath.Join(w.dir, file)
	o.SetAnnotations(annotations)
	return o
}

func (w *secureWorld) gateway() *resource.Object {
	return object(`
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: public, namespace: default}
spec:
  gatewayClassName: gwctl
  tls: {backend: {clientCertificateRef: {name: proxy}}}
  listeners:
  - {name: http, port: %d, protocol: HTTP}
`, w.port)
}

func (w *secureWorld) proxyCertificate() *resource.Object {
	o := object("{apiVersion: v1, kind: Secret, metadata: {name: proxy, namespace: default}, type: kubernetes.io/tls}")
	annotations := o.GetAnnotations()
	annotations[resource.AnnotationCertFile] = filepath.Join(w.dir, "proxy.crt")
	annotations[resource.AnnotationKeyFile] = filepath.Join(w.dir, "proxy.key")
	o.SetAnnotations(annotations)
	return o
}

// tlsPolicy is for the Backend of its name.
func tlsPolicy(name, validation string) *resource.Object {
	return object(`
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: {name: %s, namespace: default}
spec:
  targetRefs: [{group: gateway.envoyproxy.io, kind: Backend, name: %s}]
  validation: {%s}
`, name, name, validation)
}

const (
	byCorp = `caCertificateRefs: [{group: "", kind: ConfigMap, name: corp}], hostname: right.internal`
	bySAN  = byCorp + `, subjectAltNames: [{type: URI, uri: "spiffe://corp/orders"}, {type: Hostname, hostname: orders.internal}]`
)

// TestTLSToBackends holds a real Envoy to whom it takes for a backend.
func TestTLSToBackends(t *testing.T) {
	w := newSecureWorld(t)
	now := time.Now()
	strangers := certificatetest.NewAuthority(t)
	right := w.corp.Issue(t, "right.internal")
	asksBack := w.shows(t, right)
	asksBack.ClientAuth, asksBack.ClientCAs = tls.RequireAndVerifyClientCert, w.corp.Pool()
	http2 := w.shows(t, right)
	http2.NextProtos = []string{"h2"}
	old := w.shows(t, right)
	old.MaxVersion = tls.VersionTLS12
	modern := w.shows(t, right)
	modern.MinVersion = tls.VersionTLS13

	const (
		refused = "503"
		taken   = ` asked for right.internal over HTTP/1.1 ("http/1.1") by nobody`
	)
	objects := []*resource.Object{w.gateway(), w.proxyCertificate(), w.authority("corp", "corp.crt")}
	var rules []string
	want := map[string]string{}
	for _, tt := range []struct {
		name       string
		config     *tls.Config
		validation string
		want       string
	}{
		{"right", w.shows(t, right), byCorp, "right" + taken},
		{"wildcard", w.shows(t, w.corp.Issue(t, "*.internal")), byCorp, "wildcard" + taken},
		{"old", old, byCorp, "old" + taken},
		{"modern", modern, byCorp, "modern" + taken},
		{"asks-back", asksBack, byCorp, `asks-back asked for right.internal over HTTP/1.1 ("http/1.1") by proxy.example.com`},
		{"of-strangers", w.shows(t, strangers.Issue(t, "right.internal")), byCorp, refused},
		{"of-another-name", w.shows(t, w.corp.Issue(t, "other.internal")), byCorp, refused},
		{"expired", w.shows(t, w.corp.IssueFor(t, now.Add(-2*time.Hour), now.Add(-time.Hour), "right.internal")), byCorp, refused},
		{"by-uri", w.shows(t, w.corp.Issue(t, "spiffe://corp/orders")), bySAN, "by-uri" + taken},
		{"by-other-name", w.shows(t, w.corp.Issue(t, "orders.internal")), bySAN, "by-other-name" + taken},
		{"by-hostname-alone", w.shows(t, right), bySAN, refused},
		{"of-the-system", w.shows(t, right), "wellKnownCACertificates: System, hostname: right.internal", refused},
		{"without-authority", w.shows(t, right), strings.ReplaceAll(byCorp, "corp", "gone"), refused},
		{"http2", http2, byCorp, `http2 asked for right.internal over HTTP/2.0 ("h2") by nobody`},
	} {
		b := w.backend(t, tt.name, tt.config)
		if tt.name == "http2" {
			b.Object["spec"].(map[string]any)["appProtocols"] = []any{"gateway.envoyproxy.io/h2c"}
		}
		objects = append(objects, b, tlsPolicy(tt.name, tt.validation))
		rules = append(rules, rule("Exact", "/"+tt.name, tt.name))
		want[tt.name] = tt.want
	}
	apply(t, w.provider, append(objects, route("orders", rules...))...)
	for name, want := range want {
		t.Run(name, func(t *testing.T) {
			if got := ask(t, w.port, "/"+name); !strings.HasPrefix(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

// load asks for a path until it is told to stop, and fails the test where
// an answer is not by the backend of the name.
func (w *secureWorld) load(t *testing.T, path, want string) (stop func()) {
	t.Helper()
	done := make(chan struct{})
	var wg sync.WaitGroup
	var asked atomic.Int64
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				asked.Add(1)
				if got := ask(t, w.port, path); !strings.HasPrefix(got, want+" ") {
					t.Errorf("request %d got %q", asked.Load(), got)
					return
				}
			}
		})
	}
	return func() {
		close(done)
		wg.Wait()
		t.Logf("%d requests", asked.Load())
	}
}

// TestConnectionsToBackendsThatSpeakTLS sends them there as TCP, inside of the
// proxy's own TLS, and as TLS that the client has with the backend itself.
func TestConnectionsToBackendsThatSpeakTLS(t *testing.T) {
	w := newSecureWorld(t)
	gateway := w.gateway()
	tcp, through := freePort(t), freePort(t)
	gateway.Object["spec"].(map[string]any)["listeners"] = []any{
		map[string]any{"name": "tcp", "port": int64(tcp), "protocol": "TCP"},
		map[string]any{"name": "through", "port": int64(through), "protocol": "TLS", "tls": map[string]any{"mode": "Passthrough"}},
	}
	connections := func(kind, listener, hostnames string) *resource.Object {
		return object(`
apiVersion: gateway.networking.k8s.io/v1
kind: %s
metadata: {name: connections, namespace: default}
spec:
  parentRefs: [{name: public, sectionName: %s}]
  %s
  rules: [{backendRefs: [{group: gateway.envoyproxy.io, kind: Backend, name: orders}]}]
`, kind, listener, hostnames)
	}
	apply(t, w.provider, gateway, w.proxyCertificate(), w.authority("corp", "corp.crt"),
		w.backend(t, "orders", w.shows(t, w.corp.Issue(t, "right.internal"))), tlsPolicy("orders", byCorp),
		connections("TCPRoute", "tcp", ""), connections("TLSRoute", "through", "hostnames: [right.internal]"))
	if got, want := ask(t, tcp, "/"), `orders asked for right.internal over HTTP/1.1 ("") by nobody`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	conn, err := tls.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", through), &tls.Config{RootCAs: w.corp.Pool(), ServerName: "right.internal"})
	if err != nil {
		t.Fatalf("the backend's own certificate is not what the client is shown: %v", err)
	}
	conn.Close()
}

// TestAuthorityRotates replaces it and the backend's certificate under load,
// each request over a new connection.
func TestAuthorityRotates(t *testing.T) {
	w := newSecureWorld(t)
	next := certificatetest.NewAuthority(t)
	var shown atomic.Pointer[tls.Certificate]
	show := func(a *certificatetest.Authority) {
		shown.Store(&w.shows(t, a.Issue(t, "right.internal")).Certificates[0])
	}
	show(w.corp)
	orders := &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return shown.Load(), nil }}
	apply(t, w.provider, w.gateway(), w.proxyCertificate(), w.authority("corp", "corp.crt"),
		w.backend(t, "orders", orders), tlsPolicy("orders", byCorp),
		w.backend(t, "first", w.shows(t, w.corp.Issue(t, "right.internal"))), tlsPolicy("first", byCorp),
		w.backend(t, "last", w.shows(t, next.Issue(t, "right.internal"))), tlsPolicy("last", byCorp),
		route("orders", rule("Exact", "/", "orders"), rule("Exact", "/first", "first"), rule("Exact", "/last", "last")))
	stop := w.load(t, "/", "orders")
	w.write(t, "corp.crt", append(append([]byte{}, w.corp.PEM...), next.PEM...))
	eventually(t, "both authorities are trusted", func() bool { return strings.HasPrefix(ask(t, w.port, "/last"), "last") })
	show(next)
	w.write(t, "corp.crt", next.PEM)
	eventually(t, "the old authority is trusted no more", func() bool { return ask(t, w.port, "/first")[:3] == "503" })
	stop()
}

// TestPoliciesChangeUnderLoad gives a backend other policies: each makes another
// cluster, which asks for a secret that Envoy does not have yet.
func TestPoliciesChangeUnderLoad(t *testing.T) {
	w := newSecureWorld(t)
	policy := func(n int) []*resource.Object {
		name := fmt.Sprintf("corp-%d", n)
		return []*resource.Object{w.authority(name, "corp.crt"), tlsPolicy("orders", strings.ReplaceAll(byCorp, "corp", name))}
	}
	apply(t, w.provider, append(policy(0), w.gateway(), w.proxyCertificate(),
		w.backend(t, "orders", w.shows(t, w.corp.Issue(t, "right.internal"))), route("orders", rule("PathPrefix", "/", "orders")))...)
	stop := w.load(t, "/", "orders")
	for n := range 10 {
		apply(t, w.provider, policy(n+1)...)
	}
	stop()
}

// TestFileThatIsGoneHoldsUpNobodyElse starts an Envoy at a server that has lost
// an authority: the other backends are served.
func TestFileThatIsGoneHoldsUpNobodyElse(t *testing.T) {
	w := newSecureWorld(t)
	apply(t, w.provider, w.gateway(), w.proxyCertificate(), w.authority("corp", "corp.crt"),
		w.backend(t, "orders", w.shows(t, w.corp.Issue(t, "right.internal"))), tlsPolicy("orders", byCorp),
		backend("blue", answering(t, "blue")), route("orders", rule("Exact", "/", "orders"), rule("Exact", "/blue", "blue")))
	w.envoy.Kill()
	w.server.kill()
	if err := os.Remove(filepath.Join(w.dir, "corp.crt")); err != nil {
		t.Fatal(err)
	}
	w.server.start(t)
	startEnvoy(t, w.server, w.provider, "envoy-2")
	eventually(t, "blue answers", func() bool { return ask(t, w.port, "/blue") == "blue" })
	if got := ask(t, w.port, "/"); !strings.HasPrefix(got, "503") {
		t.Errorf("orders: %q", got)
	}
	w.write(t, "corp.crt", w.corp.PEM)
	eventually(t, "orders answers", func() bool { return strings.HasPrefix(ask(t, w.port, "/"), "orders ") })
}
