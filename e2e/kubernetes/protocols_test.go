package kubernetes

import (
	"context"
	"crypto/tls"
	"net"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
)

// Calls, TLS connections, TCP connections and datagrams reach the backends that
// their routes say, also through a listener that a team has added.
func everyProtocol(w *world) {
	shop, vaults := w.Namespace(w), w.Namespace(w)
	w.calls(shop, "orders")
	w.calls(shop, "orders-v2")
	vault := w.secured(vaults, "vault")
	host, port := w.listen("postgres")
	w.Service(w, shop, "postgres", 5432, host, port)
	w.datagrams(shop, "dns")

	all := w.example("kubernetes-protocols", "-var=namespace="+shop, "-var=vaults="+vaults).destroyed()
	all.ok("validate")
	all.ok("fmt", "-check")
	all.ok("apply", "-auto-approve").says(w, "taken by their controllers", "orders.example.com:80 grpc grpc.health.v1.Health/* ", "tcp port 5432", "vault.example.com:8443 tls", "udp port 5353")
	all.inSync()

	address := func(port int) string { return strings.TrimPrefix(w.URL(w, shop, "edge", port), "http://") }
	w.called(address(80), "orders")
	w.called(address(80), "orders-v2", "x-version", "2")
	w.shown(address(8443), "vault.example.com", vault.Certificate().Raw)
	w.served(w.URL(w, shop, "edge", 5432), "any.example.com", "/", "postgres")
	w.served(w.URL(w, shop, "edge", 9000), "any.example.com", "/", "postgres")
	w.echoed(w.UDPAddress(w, shop, "edge", 5353))
}

// calls makes a Service whose Pods answer gRPC calls, and know the name alone.
func (w *world) calls(namespace, name string) {
	w.Helper()
	listener := w.Listener(w)
	server, state := grpc.NewServer(), health.NewServer()
	state.SetServingStatus(name, grpc_health_v1.HealthCheckResponse_SERVING)
	grpc_health_v1.RegisterHealthServer(server, state)
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	w.Cleanup(func() {
		server.Stop()
		if err := <-done; err != nil {
			w.Errorf("the backend ended: %v", err)
		}
	})
	host, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		w.Fatal(err)
	}
	w.Service(w, namespace, name, 50051, host, port)
}

// called waits until the gRPC backend of a name answers.
func (w *world) called(address, name string, header ...string) {
	w.Helper()
	conn, err := grpc.NewClient("passthrough:///"+address, grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithAuthority("orders.example.com"))
	if err != nil {
		w.Fatal(err)
	}
	defer conn.Close()
	client := grpc_health_v1.NewHealthClient(conn)
	var last error
	w.until(name+" answers the call", func() bool {
		ctx, cancel := context.WithTimeout(metadata.AppendToOutgoingContext(w.Context(), header...), patience)
		defer cancel()
		_, last = client.Check(ctx, &grpc_health_v1.HealthCheckRequest{Service: name})
		return last == nil
	}, func() any { return last })
}

// shown waits until whoever asks for a host is shown this certificate.
func (w *world) shown(address, host string, certificate []byte) {
	w.Helper()
	var last error
	w.until(host+" shows its own certificate", func() bool {
		dialer := &tls.Dialer{Config: &tls.Config{ServerName: host, InsecureSkipVerify: true}} // which one it is, is looked at
		conn, err := dialer.DialContext(w.Context(), "tcp", address)
		if last = err; err != nil {
			return false
		}
		defer conn.Close()
		shown := conn.(*tls.Conn).ConnectionState().PeerCertificates
		return len(shown) > 0 && string(shown[0].Raw) == string(certificate)
	}, func() any { return last })
}

// datagrams makes a Service whose Pods send back what they get.
func (w *world) datagrams(namespace, name string) {
	w.Helper()
	conn := w.PacketConn(w)
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
	host, port, err := net.SplitHostPort(conn.LocalAddr().String())
	if err != nil {
		w.Fatal(err)
	}
	w.ServiceOf(w, "UDP", namespace, name, 5353, host, port)
}

// echoed waits until a datagram comes back.
func (w *world) echoed(address string) {
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
