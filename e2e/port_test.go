package e2e

import (
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
	"testing"
)

// Ports below those that the system gives to outgoing connections: a server
// that is killed finds its port free when it comes back.
const (
	firstPort = 15_000
	lastPort  = 30_000
)

var ports = struct {
	sync.Mutex
	next int
}{next: firstPort + rand.IntN(lastPort-firstPort)}

// freePort returns a port that nobody uses and that is handed out once.
func freePort(tb testing.TB) int {
	tb.Helper()
	ports.Lock()
	defer ports.Unlock()
	for range lastPort - firstPort {
		if ports.next++; ports.next >= lastPort {
			ports.next = firstPort
		}
		l, err := net.Listen("tcp", local(ports.next))
		if err != nil {
			continue
		}
		l.Close()
		return ports.next
	}
	tb.Fatalf("no port from %d to %d is free", firstPort, lastPort)
	return 0
}

// local is the address of a port of this machine.
func local(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }
