package load

import (
	"context"
	"testing"
	"time"
)

// BenchmarkExchange is what one request costs, the backend in the same process
// included.
func BenchmarkExchange(b *testing.B) {
	server, err := StartBackend(b.Context(), "orders")
	if err != nil {
		b.Fatal(err)
	}
	defer server.Close()
	plan, err := messages(server.Address(), nil)
	if err != nil {
		b.Fatal(err)
	}
	c := newConnection(server.Address(), time.Minute)
	defer c.close()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.exchange(context.Background(), &plan[0]); err != nil {
			b.Fatal(err)
		}
	}
}
