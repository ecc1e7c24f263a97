package kubernetes

import (
	"encoding/pem"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/gwctl/gwctl/internal/load"
)

// A backend that speaks TLS is sent requests as long as its certificate has the
// name that the policy says, and none with another.
func backendsWithTLS(w *world) {
	namespace := w.Namespace(w)
	orders := w.secured(namespace, "orders")
	w.trust(namespace, "corp-ca", orders)

	all := w.example("kubernetes-backend-tls", "-var=namespace="+namespace, "-var=hostname=example.com").destroyed()
	all.ok("validate")
	all.ok("fmt", "-check")
	all.ok("apply", "-auto-approve").says(w, "taken by their controllers")
	all.inSync()
	url := w.URL(w, namespace, "public", 80)
	w.served(url, "shop.example.com", "/", "orders")

	all.ok("apply", "-auto-approve", "-var=hostname=elsewhere.internal")
	w.until("a backend of another name is sent nothing", func() bool {
		return w.sample(url, "shop.example.com", "/", 1).Backends("")["orders"] == 0
	})
	all.ok("apply", "-auto-approve")
	w.served(url, "shop.example.com", "/", "orders")
}

// secured makes a Service whose Pods end TLS themselves, and answer with its
// name. The certificate is httptest's, for example.com, and its own authority.
func (w *world) secured(namespace, name string) *httptest.Server {
	w.Helper()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set(load.BackendHeader, name)
	}))
	_ = server.Listener.Close()
	server.Listener = w.Listener(w)
	server.StartTLS()
	w.Cleanup(server.Close)
	host, port, err := net.SplitHostPort(server.Listener.Addr().String())
	if err != nil {
		w.Fatal(err)
	}
	w.Service(w, namespace, name, 8443, host, port)
	return server
}

// trust makes a ConfigMap with the authority of a server.
func (w *world) trust(namespace, name string, server *httptest.Server) {
	w.Helper()
	text := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
	w.Create(w, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "+name+", namespace: "+namespace+"}\ndata:\n  ca.crt: |\n    "+strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n    ")+"\n")
}
