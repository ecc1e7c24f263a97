package e2e

import (
	"crypto/tls"
	"net/http"

	"github.com/gwctl/gwctl/internal/certificate/certificatetest"
)

// partnersAlone checks who is let in: those whom the authority knows, and to the
// health checks everybody.
func partnersAlone(w *world) (variables []string, check func()) {
	return nil, func() {
		w.Helper()
		partner := w.client(w.authority)
		if got, err := w.askTLS("http", ask("api.example.com", "/orders"), partner); err != nil || got.backend != "api" {
			w.Errorf("a partner: %v, %v", got, err)
		}
		for who, has := range map[string][]tls.Certificate{
			"a client without a certificate":        nil,
			"a client that another authority knows": {w.client(certificatetest.NewAuthority(w))},
		} {
			if got, err := w.askTLS("http", ask("api.example.com", "/orders"), has...); err == nil {
				w.Errorf("%s is answered %s", who, got)
			}
		}
		if got, err := w.askTLS("health", ask("api.example.com", "/healthz")); err != nil || got.status != http.StatusOK {
			w.Errorf("a health check: %v, %v", got, err)
		}
	}
}

// client returns the certificate of a client that an authority knows.
func (w *world) client(of *certificatetest.Authority) tls.Certificate {
	w.Helper()
	pair := of.Issue(w, "partner.example.org")
	certificate, err := tls.X509KeyPair(pair.Certificate, pair.Key)
	if err != nil {
		w.Fatal(err)
	}
	return certificate
}
