package e2e

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/gwctl/gwctl/internal/load"
)

// companyAlone starts two backends that the company's authority has signed for,
// and lets in who shows its certificate for the proxies.
func companyAlone(w *world) (variables []string, check func()) {
	w.issue("tls/proxy", "proxy.example.com")
	variables = []string{
		fmt.Sprintf("orders=[%q]", w.secured("orders", "orders.internal")),
		fmt.Sprintf("billing=[%q]", w.secured("billing", "spiffe://corp/billing")),
	}
	return variables, func() {
		w.served("http", "shop.example.com", "/", "orders")
		w.served("http", "shop.example.com", "/billing/1", "billing")
	}
}

// secured returns the address of a backend that shows a certificate with this
// name, and answers to nobody but to proxy.example.com.
func (w *world) secured(name, certified string) string {
	w.Helper()
	pair := w.authority.Issue(w, certified)
	shown, err := tls.X509KeyPair(pair.Certificate, pair.Key)
	if err != nil {
		w.Fatal(err)
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		out.Header().Set(load.BackendHeader, name)
		_ = json.NewEncoder(out).Encode(load.Echo{})
	}))
	server.TLS = &tls.Config{
		Certificates: []tls.Certificate{shown}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: w.authority.Pool(),
		VerifyPeerCertificate: func(_ [][]byte, chains [][]*x509.Certificate) error {
			return chains[0][0].VerifyHostname("proxy.example.com")
		},
	}
	server.StartTLS()
	w.Cleanup(server.Close)
	return server.Listener.Addr().String()
}
