package load

import (
	"bufio"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"
)

const okAnswer = "HTTP/1.1 200 OK\r\nX-Backend: peer\r\nContent-Length: 2\r\n\r\nok"

// peer is a server that treats each connection as the test says.
func peer(t *testing.T, serve func(conn *net.TCPConn, request func() error)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			serving.Go(func() {
				defer conn.Close()
				reader := bufio.NewReader(conn)
				serve(conn.(*net.TCPConn), func() error {
					_, err := http.ReadRequest(reader)
					return err
				})
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		serving.Wait()
	})
	return l.Addr().String()
}

func say(conn net.Conn, text string) { _, _ = conn.Write([]byte(text)) } // the other side may be gone

func TestEveryWayToLoseAnAnswerIsCounted(t *testing.T) {
	tests := []struct {
		name    string
		serve   func(conn *net.TCPConn, request func() error)
		failure string
	}{
		{"closed at once", func(_ *net.TCPConn, request func() error) {
			_ = request()
		}, "connection closed before the whole answer"},
		{"closed at the second request, which net/http would hide", func(conn *net.TCPConn, request func() error) {
			if request() == nil {
				say(conn, okAnswer)
				_ = request()
			}
		}, "connection closed before the whole answer"},
		{"reset", func(conn *net.TCPConn, request func() error) {
			if request() == nil {
				_ = conn.SetLinger(0)
			}
		}, "connection broken: connection reset by peer"},
		{"body cut short", func(conn *net.TCPConn, request func() error) {
			if request() == nil {
				say(conn, "HTTP/1.1 200 OK\r\nX-Backend: peer\r\nContent-Length: 20\r\n\r\nok")
			}
		}, "connection closed before the whole answer"},
		{"chunks cut short", func(conn *net.TCPConn, request func() error) {
			if request() == nil {
				say(conn, "HTTP/1.1 200 OK\r\nX-Backend: peer\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n")
			}
		}, "connection closed before the whole answer"},
		{"no HTTP", func(conn *net.TCPConn, request func() error) {
			if request() == nil {
				say(conn, "SSH-2.0-OpenSSH\r\n\r\n")
			}
		}, "an answer that is not HTTP"},
		{"two answers for one request", func(conn *net.TCPConn, request func() error) {
			if request() == nil {
				say(conn, okAnswer+okAnswer)
				_ = request()
			}
		}, errUnsolicited.Error()},
		{"an answer while nothing was asked", func(conn *net.TCPConn, request func() error) {
			if request() == nil {
				say(conn, okAnswer)
				time.Sleep(time.Millisecond)
				say(conn, "HTTP/1.1 408 Request Timeout\r\n\r\n")
				_ = request()
			}
		}, errUnsolicited.Error()},
		{"silence", func(_ *net.TCPConn, request func() error) {
			if request() == nil {
				_ = request() // until the other side gives up
			}
		}, "no answer in time"},
		{"a body without end", func(conn *net.TCPConn, request func() error) {
			if request() == nil {
				say(conn, "HTTP/1.1 200 OK\r\nX-Backend: peer\r\n\r\n")
				for _, err := conn.Write(make([]byte, 1<<16)); err == nil; {
					_, err = conn.Write(make([]byte, 1<<16))
				}
			}
		}, errEndless.Error()},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			timeout := 5 * time.Second
			if tt.name == "silence" {
				timeout = 20 * time.Millisecond
			}
			g := start(t, Options{Address: peer(t, tt.serve), Rate: 50, Connections: 1, Timeout: timeout})
			s := until(t, g, tt.failure, func(s Snapshot) bool { return s.Failed > 0 })
			if s.Failures[tt.failure] == 0 {
				t.Errorf("failures %v, want %q; first %v", s.Failures, tt.failure, s.Examples[0].Err)
			}
		})
	}
}

func TestConnectionsClosedBetweenRequestsLoseNothing(t *testing.T) {
	tests := []struct {
		name    string
		answer  string
		counted func(Snapshot) uint64
	}{
		{"announced", "HTTP/1.1 200 OK\r\nX-Backend: peer\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", func(s Snapshot) uint64 { return s.Announced }},
		{"without a length", "HTTP/1.1 200 OK\r\nX-Backend: peer\r\n\r\nok", func(s Snapshot) uint64 { return s.Announced }},
		{"unannounced", okAnswer, func(s Snapshot) uint64 { return s.IdleClosed }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			address := peer(t, func(conn *net.TCPConn, request func() error) {
				if request() == nil {
					say(conn, tt.answer)
				}
			})
			g := start(t, Options{Address: address, Rate: 20, Connections: 1})
			until(t, g, "3 closed connections", func(s Snapshot) bool { return tt.counted(s) >= 3 })
			s := g.Stop()
			if s.Failed != 0 {
				t.Errorf("failures %v", s.Failures)
			}
			if s.Connects < 3 {
				t.Errorf("%d connections", s.Connects)
			}
		})
	}
}

func TestAnIdleConnectionOutlivesItsLastDeadline(t *testing.T) {
	b := backend(t, "orders")
	g := start(t, Options{Address: b.Address(), Rate: 20, Connections: 1, Timeout: 25 * time.Millisecond})
	until(t, g, "3 requests", requests(3))
	if s := g.Stop(); s.IdleClosed != 0 || s.Connects != 1+s.Failed {
		t.Errorf("%d connects, %d idle closes, failures %v", s.Connects, s.IdleClosed, s.Failures)
	}
}
