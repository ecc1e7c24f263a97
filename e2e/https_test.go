package e2e

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gwctl/gwctl/internal/certificate/certificatetest"
	"github.com/gwctl/gwctl/internal/load"
)

// issue writes NAME.crt and NAME.key for hosts, in the server's folder, with
// the authority's own certificate beside them.
func (w *world) issue(name string, hosts ...string) {
	w.Helper()
	if w.authority == nil {
		w.authority = certificatetest.NewAuthority(w)
	}
	dir, base := filepath.Split(filepath.Join(w.dir, name))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		w.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "ca.crt"), w.authority.PEM, 0o600); err != nil {
		w.Fatal(err)
	}
	w.authority.Issue(w, hosts...).Write(w, dir, base)
}

// clientFor returns a client with these certificates whose connections ask for a
// name in TLS, or speak plain text for "", and the scheme of its URLs.
func (w *world) clientFor(name string, has ...tls.Certificate) (_ *http.Client, scheme string) {
	if name == "" {
		return client, "http"
	}
	secure := *client
	secure.Transport = &http.Transport{
		DisableKeepAlives: true, ForceAttemptHTTP2: true,
		TLSClientConfig: &tls.Config{RootCAs: w.authority.Pool(), ServerName: name, Certificates: has},
	}
	return &secure, "https"
}

// askTLS is ask over a connection for the host of the request, by a client that
// has these certificates.
func (w *world) askTLS(port string, r load.Request, has ...tls.Certificate) (answer, error) {
	secure, scheme := w.clientFor(r.Host, has...)
	return w.askBy(secure, scheme, port, r)
}

// shown lists the hosts of the certificate that new connections see.
func (w *world) shown(port, host string) string {
	conn, err := tls.Dial("tcp", local(w.port(port)), &tls.Config{RootCAs: w.authority.Pool(), ServerName: host})
	if err != nil {
		return err.Error()
	}
	defer conn.Close()
	return strings.Join(conn.ConnectionState().PeerCertificates[0].DNSNames, " ")
}

const httpsConfiguration = `
provider "xds" {}

gateway "public" {
  addresses = ["127.0.0.1"]

  listener "https" {
    port     = %d
    protocol = "HTTPS"
    hostname = "shop.example.com"
    tls { certificates = [certificate.shop] }
  }
%s}

certificate "shop" {
  cert_file = "tls/shop.crt"
  key_file  = "tls/shop.key"
}

backend "v1" { endpoints = [%q] }

http_route "shop" {
  gateway = gateway.public

  rule "all" {
    forward { to = backend.v1 }
  }
}
`

const adminListener = `
  listener "admin" {
    port     = %d
    protocol = "HTTPS"
    hostname = "admin.example.com"
    tls { certificates = [{ name = "shop" }] }
  }
`

// A certificate is rotated by its files alone, and a listener joins others on
// its port: under load no request fails, no connection ends, and new ones see
// what is new.
func TestHTTPSUnderLoad(t *testing.T) {
	w := newWorld(t)
	w.issue("tls/shop", "shop.example.com")
	shop := w.folder("shop")
	w.connect("envoy-1")
	w.connected("envoy-1")
	port := w.port("https")
	shop.apply(fmt.Sprintf(httpsConfiguration, port, "", w.backend("v1")))
	w.until("the listener answers", func() bool { return w.shown("https", "shop.example.com") == "shop.example.com" })

	const connections = 32
	traffic := w.loadBy(load.Options{
		Address: local(w.port("https")), Rate: 500, Connections: connections, Rule: load.From("v1"),
		Requests: []load.Request{{Host: "shop.example.com"}},
		TLS:      &tls.Config{RootCAs: w.authority.Pool(), ServerName: "shop.example.com"},
	})
	traffic.more(500)
	for i := range 3 {
		next := fmt.Sprintf("rotation-%d.example.com", i)
		w.issue("tls/shop", "shop.example.com", "admin.example.com", next)
		w.until("the new certificate is shown", func() bool {
			return w.shown("https", "shop.example.com") == "shop.example.com admin.example.com "+next
		})
		traffic.more(500)
	}
	shop.apply(fmt.Sprintf(httpsConfiguration, port, fmt.Sprintf(adminListener, port), w.backend("v1")))
	w.until("the other listener answers", func() bool { return strings.HasPrefix(w.shown("https", "admin.example.com"), "shop.example.com admin") })
	traffic.more(500)
	shop.apply(fmt.Sprintf(httpsConfiguration, port, "", w.backend("v1")))
	traffic.more(500)
	s := traffic.clean()
	if s.Connects > connections || s.Announced+s.IdleClosed > 0 {
		t.Errorf("%d connections were opened for %d, %d were closed after an answer, %d without a word", s.Connects, connections, s.Announced, s.IdleClosed)
	}
	t.Logf("%d requests over %d connections", s.Requests, s.Connects)
	shop.inSync()
}
