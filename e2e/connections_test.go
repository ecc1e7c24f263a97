package e2e

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"time"

	"github.com/gwctl/gwctl/internal/certificate/certificatetest"
)

// vaultsAndNames are two servers that end TLS themselves, and one that sends
// datagrams back.
func vaultsAndNames(w *world) (variables []string, check func()) {
	hosts := []string{"vault.example.com", "keys.example.com"}
	variables = []string{
		fmt.Sprintf("tls_port=%d", w.port("tls")),
		fmt.Sprintf("udp_port=%d", w.port("udp")),
		fmt.Sprintf("vaults={ %q = [%q], %q = [%q] }", hosts[0], w.vault(hosts[0]), hosts[1], w.vault(hosts[1])),
		fmt.Sprintf("resolvers=[%q]", w.datagrams()),
	}
	return variables, func() {
		w.Helper()
		for _, host := range hosts {
			if got := w.shown("tls", host); got != host {
				w.Errorf("who asks for %s is shown %s", host, got)
			}
		}
		if got := w.shown("tls", "other.example.com"); slices.Contains(hosts, got) {
			w.Errorf("who asks for a host that no route is for is shown %s", got)
		}
		w.echoes(local(w.port("udp")))
	}
}

// vault returns the address of a server that ends TLS for a host.
func (w *world) vault(host string) string {
	w.Helper()
	if w.authority == nil {
		w.authority = certificatetest.NewAuthority(w)
	}
	pair := w.authority.Issue(w, host)
	certificate, err := tls.X509KeyPair(pair.Certificate, pair.Key)
	if err != nil {
		w.Fatal(err)
	}
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
	server.StartTLS()
	w.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

// datagrams returns the address of a server that sends back what it gets.
func (w *world) datagrams() string {
	w.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { _ = conn.Close() })
	go func() {
		buffer := make([]byte, 512)
		for {
			n, from, err := conn.ReadFrom(buffer)
			if err != nil {
				return // closed
			}
			_, _ = conn.WriteTo(buffer[:n], from)
		}
	}()
	return conn.LocalAddr().String()
}

// echoes waits until a datagram comes back, since any may be lost.
func (w *world) echoes(address string) {
	w.Helper()
	conn, err := net.Dial("udp", address)
	if err != nil {
		w.Fatal(err)
	}
	defer conn.Close()
	var last error
	w.until("a datagram comes back", func() bool {
		if _, last = conn.Write([]byte("ping")); last != nil {
			return false
		}
		if last = conn.SetReadDeadline(time.Now().Add(time.Second)); last != nil {
			return false
		}
		buffer := make([]byte, 512)
		n, err := conn.Read(buffer)
		last = err
		return err == nil && string(buffer[:n]) == "ping"
	}, func() any { return last })
}
