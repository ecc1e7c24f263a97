package e2e

import (
	"context"
	"fmt"
	"net"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// ordersByCalls are two servers of gRPC calls, of which each knows its own name
// alone.
func ordersByCalls(w *world) (variables []string, check func()) {
	variables = []string{
		fmt.Sprintf("orders=[%q]", w.calls("orders")),
		fmt.Sprintf("orders_v2=[%q]", w.calls("orders-v2")),
	}
	return variables, func() {
		w.Helper()
		client := grpc_health_v1.NewHealthClient(w.dial("orders.example.com"))
		for _, tt := range []struct {
			version, name string
			code          codes.Code
		}{
			{"1", "orders", codes.OK},
			{"2", "orders-v2", codes.OK},
			{"2", "orders", codes.NotFound},
		} {
			ctx := metadata.AppendToOutgoingContext(w.Context(), "x-version", tt.version)
			_, err := client.Check(ctx, &grpc_health_v1.HealthCheckRequest{Service: tt.name})
			if status.Code(err) != tt.code {
				w.Errorf("version %s answers for %s: %v, want %s", tt.version, tt.name, err, tt.code)
			}
		}
		// Of another method than Check the new version is not asked.
		ctx, cancel := context.WithCancel(metadata.AppendToOutgoingContext(w.Context(), "x-version", "2"))
		defer cancel()
		watch, err := client.Watch(ctx, &grpc_health_v1.HealthCheckRequest{Service: "orders"})
		if err != nil {
			w.Fatal(err)
		}
		if answer, err := watch.Recv(); err != nil || answer.Status != grpc_health_v1.HealthCheckResponse_SERVING {
			w.Errorf("watching orders: %v, %v", answer, err)
		}
		err = w.dial("orders.example.com").Invoke(w.Context(), "/shop.v1.Orders/Place", &grpc_health_v1.HealthCheckRequest{}, &grpc_health_v1.HealthCheckResponse{})
		if status.Code(err) != codes.Unimplemented {
			w.Errorf("a service that no rule is for: %v", err)
		}
	}
}

// calls returns the address of a server of gRPC calls that knows one name.
func (w *world) calls(name string) string {
	w.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.Fatal(err)
	}
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
	return listener.Addr().String()
}

// dial connects to Envoy for a host.
func (w *world) dial(host string) *grpc.ClientConn {
	w.Helper()
	conn, err := grpc.NewClient("passthrough:///"+local(w.port("http")), grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithAuthority(host))
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { _ = conn.Close() })
	return conn
}
