package envoygateway

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"testing"

	"github.com/gwctl/gwctl/internal/kubernetes/kubernetestest/sandbox"
)

// Listener listens on an address that Envoy Gateway takes as a backend's, which
// no loopback address is. Whoever serves it closes it.
func (c *Cluster) Listener(t testing.TB) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", net.JoinHostPort(sandbox.Address, "0"))
	if err != nil {
		t.Fatal(err)
	}
	return listener
}

// PacketConn receives datagrams on such an address, until the test ends.
func (c *Cluster) PacketConn(t testing.TB) net.PacketConn {
	t.Helper()
	conn, err := net.ListenPacket("udp", net.JoinHostPort(sandbox.Address, "0"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// Listen serves HTTP on such an address until the test ends.
func (c *Cluster) Listen(t testing.TB, handler http.Handler) (host, port string) {
	t.Helper()
	listener := c.Listener(t)
	server := &http.Server{Handler: handler}
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	t.Cleanup(func() {
		_ = server.Close()
		if err := <-done; !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("the backend ended: %v", err)
		}
	})
	host, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return host, port
}

// Service makes a Service whose one endpoint is the address that Listen
// returned, as a Pod's would be.
func (c *Cluster) Service(t testing.TB, namespace, name string, servicePort int, host, port string) {
	t.Helper()
	c.ServiceOf(t, "TCP", namespace, name, servicePort, host, port)
}

// ServiceOf makes one of a protocol, TCP or UDP.
func (c *Cluster) ServiceOf(t testing.TB, protocol, namespace, name string, servicePort int, host, port string) {
	t.Helper()
	c.Apply(t, "kubernetestest", fmt.Sprintf(`
apiVersion: v1
kind: Service
metadata: {name: %[2]s, namespace: %[1]s}
spec:
  ports: [{name: main, port: %[3]d, targetPort: %[5]s, protocol: %[6]s}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: %[2]s, namespace: %[1]s, labels: {kubernetes.io/service-name: %[2]s}}
addressType: IPv4
ports: [{name: main, port: %[5]s, protocol: %[6]s}]
endpoints: [{addresses: [%[4]s], conditions: {ready: true}}]
`, namespace, name, servicePort, host, port, protocol))
}
