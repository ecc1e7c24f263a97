package xds_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gwctl/gwctl/internal/certificate/certificatetest"
	"github.com/gwctl/gwctl/internal/envoy"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/providers"
	"github.com/gwctl/gwctl/providers/xds"
	"github.com/gwctl/gwctl/providers/xds/bootstrap"
)

// httpsWorld is a server with an Envoy, which ends TLS for shop.example.com.
type httpsWorld struct {
	server    *xdsServer
	provider  *xds.Provider
	envoy     *envoy.Process
	port      int
	dir       string // of shop.crt and shop.key
	authority *certificatetest.Authority
}

func newHTTPSWorld(t testing.TB, stateOfTheWorld bool) *httpsWorld {
	t.Helper()
	w := &httpsWorld{server: startServer(t), port: freePort(t), dir: t.TempDir(), authority: certificatetest.NewAuthority(t)}
	w.provider = w.server.provider(t)
	config, err := bootstrap.Bootstrap(bootstrap.Options{Gateway: "default/public", NodeID: "envoy-1", Server: w.server.ads, StateOfTheWorld: stateOfTheWorld})
	if err != nil {
		t.Fatal(err)
	}
	w.envoy, err = envoy.Start(context.Background(), envoy.Options{Bootstrap: config, Dir: t.TempDir(), DrainTime: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.envoy.Kill)
	eventually(t, "the Envoy is connected", func() bool { return connected(t, w.provider, "envoy-1") })
	w.issue(t).Write(t, w.dir, "shop")
	apply(t, w.provider, httpsGateway(w.port), w.certificate("shop"),
		backend("blue", answering(t, "blue")), backend("green", answering(t, "green")),
		route("orders", rule("PathPrefix", "/", "blue")))
	return w
}

func (w *httpsWorld) issue(t testing.TB) certificatetest.Pair {
	t.Helper()
	return w.authority.Issue(t, "shop.example.com", "admin.example.com")
}

// certificate names NAME.crt and NAME.key.
func (w *httpsWorld) certificate(name string) *resource.Object {
	o := object("{apiVersion: v1, kind: Secret, metadata: {name: %s, namespace: default}, type: kubernetes.io/tls}", name)
	annotations := o.GetAnnotations()
	annotations[resource.AnnotationCertFile] = filepath.Join(w.dir, name+".crt")
	annotations[resource.AnnotationKeyFile] = filepath.Join(w.dir, name+".key")
	o.SetAnnotations(annotations)
	return o
}

func httpsGateway(port int) *resource.Object {
	return object(`
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: public, namespace: default}
spec:
  gatewayClassName: gwctl
  listeners:
  - {name: shop, port: %d, protocol: HTTPS, hostname: shop.example.com, tls: {certificateRefs: [{name: shop}]}}
`, port)
}

// client returns one that asks this world for any host, with connections of its
// own.
func (w *httpsWorld) client(t testing.TB) *http.Client {
	t.Helper()
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: w.authority.Pool()}, ForceAttemptHTTP2: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", fmt.Sprintf("127.0.0.1:%d", w.port))
		},
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: 10 * time.Second}
}

func fetch(c *http.Client, url string) string {
	response, err := c.Get(url)
	if err != nil {
		return err.Error()
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err.Error()
	}
	if response.StatusCode != http.StatusOK {
		return response.Status
	}
	return response.Proto + " " + string(body)
}

// shown returns the serial number of the certificate that new connections see.
func (w *httpsWorld) shown(t testing.TB) *big.Int {
	t.Helper()
	conn, err := tls.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", w.port), &tls.Config{RootCAs: w.authority.Pool(), ServerName: "shop.example.com"})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	return conn.ConnectionState().PeerCertificates[0].SerialNumber
}

func serial(t testing.TB, pair certificatetest.Pair) *big.Int {
	t.Helper()
	loaded, err := tls.X509KeyPair(pair.Certificate, pair.Key)
	if err != nil {
		t.Fatal(err)
	}
	return loaded.Leaf.SerialNumber
}

func problemOf(t testing.TB, p *xds.Provider) string {
	t.Helper()
	status, err := p.Status(t.Context())
	if err != nil || len(status.Certificates) != 1 {
		t.Fatalf("status: %+v, %v", status, err)
	}
	return status.Certificates[0].Problem
}

func TestHTTPS(t *testing.T) {
	for name, stateOfTheWorld := range map[string]bool{"delta": false, "state of the world": true} {
		t.Run(name, func(t *testing.T) {
			w := newHTTPSWorld(t, stateOfTheWorld)
			// The apply waited until the listener had its certificate.
			stats, err := w.envoy.Stats(t.Context(), "listener_manager.total_listeners_(active|warming)")
			want := map[string]uint64{"listener_manager.total_listeners_active": 1, "listener_manager.total_listeners_warming": 0}
			if diff := cmp.Diff(want, stats); err != nil || diff != "" {
				t.Errorf("after the apply: %v, %v", diff, err)
			}
			client := w.client(t)
			eventually(t, "blue answers", func() bool { return fetch(client, "https://shop.example.com/") == "HTTP/2.0 blue" })
			t.Run("rotation", func(t *testing.T) { rotate(t, w) })
			t.Run("restart", func(t *testing.T) { restart(t, w) })
		})
	}
}

// rotate changes the files under load: no request fails, no connection ends, and
// new ones see the new certificate.
func rotate(t *testing.T, w *httpsWorld) {
	stop := make(chan struct{})
	var wg sync.WaitGroup
	var answered atomic.Int64
	failed := make(chan string, 1)
	for range 4 {
		client := w.client(t)
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if got := fetch(client, "https://shop.example.com/"); got != "HTTP/2.0 blue" {
					select {
					case failed <- got:
					default:
					}
				}
				answered.Add(1)
			}
		})
	}
	old := w.connect(t)
	for range 3 {
		next := w.issue(t)
		next.Write(t, w.dir, "shop")
		eventually(t, "the new certificate is shown", func() bool { return w.shown(t).Cmp(serial(t, next)) == 0 })
		if got := old.ask(t); got != "blue" {
			t.Errorf("over the connection from before, %s answers", got)
		}
	}
	close(stop)
	wg.Wait()
	select {
	case got := <-failed:
		t.Errorf("a request failed: %s", got)
	default:
		t.Logf("%d requests", answered.Load())
	}

	// Files that cannot be used change nothing, but are told of.
	good := w.shown(t)
	mixed := w.issue(t)
	mixed.Key = w.issue(t).Key
	mixed.Write(t, w.dir, "shop")
	eventually(t, "the status tells of the key", func() bool {
		return strings.Contains(problemOf(t, w.provider), "shop.key: it does not belong to the certificate")
	})
	// Envoy's own word counts as well.
	w.authority.IssueWeak(t, "shop.example.com").Write(t, w.dir, "shop")
	eventually(t, "the status tells of the refusal", func() bool {
		return strings.Contains(problemOf(t, w.provider), "envoy-1 of gateway public refused it: ")
	})
	if got := w.shown(t); got.Cmp(good) != 0 {
		t.Errorf("the certificate is another: %v, not %v", got, good)
	}
	// Other changes go on meanwhile.
	apply(t, w.provider, route("orders", rule("PathPrefix", "/", "green")))
	client := w.client(t)
	eventually(t, "green answers", func() bool { return fetch(client, "https://shop.example.com/") == "HTTP/2.0 green" })

	mended := w.issue(t)
	mended.Write(t, w.dir, "shop")
	eventually(t, "the mended certificate is shown", func() bool { return w.shown(t).Cmp(serial(t, mended)) == 0 })
	eventually(t, "nothing is wrong any more", func() bool { return problemOf(t, w.provider) == "" })
}

// restart kills the server: Envoys notice nothing, and a new one is served as
// well.
func restart(t *testing.T, w *httpsWorld) {
	before := w.shown(t)
	old := w.connect(t)
	w.server.kill()
	w.server.start(t)
	eventually(t, "the Envoy is back", func() bool { return connected(t, w.provider, "envoy-1") })
	if got := old.ask(t); got != "green" {
		t.Errorf("over the connection from before, %s answers", got)
	}
	if got := w.shown(t); got.Cmp(before) != 0 {
		t.Errorf("the certificate is another: %v, not %v", got, before)
	}
	next := w.issue(t)
	next.Write(t, w.dir, "shop")
	eventually(t, "the new certificate is shown", func() bool { return w.shown(t).Cmp(serial(t, next)) == 0 })

	w.envoy.Kill()
	eventually(t, "the Envoy is gone", func() bool { return !connected(t, w.provider, "envoy-1") })
	w.envoy = startEnvoy(t, w.server, w.provider, "envoy-2")
	client := w.client(t)
	eventually(t, "the new Envoy answers", func() bool { return fetch(client, "https://shop.example.com/") == "HTTP/2.0 green" })

	w.server.kill()
	line := strings.Split(string(next.Key), "\n")[1]
	raw, err := base64.StdEncoding.DecodeString(line)
	if err != nil {
		t.Fatal(err)
	}
	if log := w.server.log.String(); !strings.Contains(log, "shop.key") || strings.Contains(log, line) {
		t.Errorf("the log has the key, or no word about it: %s", log)
	}
	stored, err := os.ReadFile(filepath.Join(w.server.data, "gwctl.db"))
	if err != nil || strings.Contains(string(stored), line) || strings.Contains(string(stored), string(raw)) {
		t.Errorf("the store has the key, or cannot be read: %v", err)
	}
}

// connection is one of HTTP/1.1 that is used again and again.
type connection struct {
	conn   net.Conn
	reader *bufio.Reader
}

func (w *httpsWorld) connect(t testing.TB) *connection {
	t.Helper()
	conn, err := tls.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", w.port), &tls.Config{RootCAs: w.authority.Pool(), ServerName: "shop.example.com"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &connection{conn, bufio.NewReader(conn)}
}

func (c *connection) ask(t testing.TB) string {
	t.Helper()
	if _, err := io.WriteString(c.conn, "GET / HTTP/1.1\r\nHost: shop.example.com\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(c.reader, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.Close {
		t.Fatalf("%s, close %v, %v", body, response.Close, err)
	}
	return string(body)
}

// TestRefusedCertificateLeadsToItsFiles has Envoy itself refuse one.
func TestRefusedCertificateLeadsToItsFiles(t *testing.T) {
	w := newHTTPSWorld(t, false)
	w.authority.IssueWeak(t, "shop.example.com").Write(t, w.dir, "weak")
	shown := w.shown(t)
	elsewhere := httpsGateway(w.port)
	if err := setCertificate(elsewhere, "weak"); err != nil {
		t.Fatal(err)
	}
	changed := w.certificate("weak")
	changed.SetName("shop")
	for _, test := range []struct {
		name   string
		writes []*resource.Object
	}{
		{"one in use", []*resource.Object{changed}},
		{"one that takes its place", []*resource.Object{w.certificate("weak"), changed, elsewhere}},
		{"the same again", []*resource.Object{w.certificate("weak"), elsewhere}},
		{"the one in use again", []*resource.Object{changed}},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := w.provider.Apply(t.Context(), changes(t, w.provider, test.writes...), providers.ApplyOptions{}, nil)
			refused, ok := errors.AsType[*providers.RefusedError](err)
			if !ok || len(refused.Refusals) == 0 || !refused.Restored {
				t.Fatalf("got %v", err)
			}
			for _, path := range []string{"metadata.annotations[" + resource.AnnotationCertFile + "]", "metadata.annotations[" + resource.AnnotationKeyFile + "]"} {
				field := providers.Field{ID: resource.IDOf(test.writes[0]), Path: path}
				if !slices.Contains(refused.Refusals[0].Fields, field) {
					t.Errorf("%+v is not in %+v", field, refused.Refusals)
				}
			}
			if now := w.shown(t); now.Cmp(shown) != 0 || fetch(w.client(t), "https://shop.example.com/") != "HTTP/2.0 blue" {
				t.Error("traffic is not as before")
			}
		})
	}
}

func setCertificate(gateway *resource.Object, name string) error {
	listeners, ok := gateway.Object["spec"].(map[string]any)["listeners"].([]any)
	if !ok {
		return errors.New("the gateway has no listeners")
	}
	listeners[0].(map[string]any)["tls"] = map[string]any{"certificateRefs": []any{map[string]any{"name": name}}}
	return nil
}

// TestEachClientIsShownTheCertificateThatFits has two at one listener.
func TestEachClientIsShownTheCertificateThatFits(t *testing.T) {
	w := newHTTPSWorld(t, false)
	w.authority.Issue(t, "shop.example.com").Write(t, w.dir, "only-shop")
	w.authority.Issue(t, "admin.example.com").Write(t, w.dir, "only-admin")
	gateway := object(`
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: public, namespace: default}
spec:
  gatewayClassName: gwctl
  listeners:
  - {name: all, port: %d, protocol: HTTPS, hostname: "*.example.com", tls: {certificateRefs: [{name: only-shop}, {name: only-admin}]}}
`, w.port)
	apply(t, w.provider, gateway, w.certificate("only-shop"), w.certificate("only-admin"))
	client := w.client(t)
	for _, host := range []string{"shop.example.com", "admin.example.com"} {
		eventually(t, host+" answers with its own certificate", func() bool { return fetch(client, "https://"+host+"/") == "HTTP/2.0 blue" })
	}
}
