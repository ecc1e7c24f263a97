package load

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"time"
)

const (
	headSize = 512      // bytes of a body that rules see
	bodyMax  = 16 << 20 // bytes of a body at all
)

// connection is one keep-alive connection that is opened again when it has to
// be. Only one goroutine uses it.
type connection struct {
	address string
	timeout time.Duration
	tls     *tls.Config // nil: plain text

	conn   *net.TCPConn // nil: to be opened
	stream net.Conn     // of requests and answers: conn, or TLS over it
	unbind func() bool  // from the context that closes it
	reader *bufio.Reader
	buffer [4 << 10]byte
	head   []byte
	events connectionEvents
}

// connectionEvents are what happened to a connection beside requests.
type connectionEvents struct{ connects, announced, idleClosed uint64 }

func (e connectionEvents) addTo(s *Snapshot) {
	s.Connects += e.connects
	s.Announced += e.announced
	s.IdleClosed += e.idleClosed
}

func newConnection(address string, timeout time.Duration) *connection {
	return &connection{address: address, timeout: timeout, reader: bufio.NewReader(nil)}
}

func (c *connection) takeEvents() connectionEvents {
	e := c.events
	c.events = connectionEvents{}
	return e
}

func (c *connection) close() {
	if c.conn != nil {
		c.unbind()
		c.conn.Close()
		c.conn = nil
	}
}

// exchange sends a request and reads its answer. When the peer had closed the
// connection before, another is opened: nothing was lost. Once the request is
// being written, whatever keeps the answer away is an error.
func (c *connection) exchange(ctx context.Context, m *message) (Answer, error) {
	deadline := time.Now().Add(c.timeout)
	if c.conn != nil {
		switch err := c.checkIdle(deadline); {
		case errors.Is(err, io.EOF):
			c.events.idleClosed++
			c.close()
		case err != nil:
			c.close()
			return Answer{}, err
		}
	}
	if c.conn == nil {
		if err := c.open(ctx, deadline); err != nil {
			return Answer{}, errors.Join(errConnect, err)
		}
	}
	answer, last, err := c.roundTrip(m)
	if err == nil && last {
		c.events.announced++
	}
	if err != nil || last {
		c.close()
	}
	return answer, err
}

func (c *connection) open(ctx context.Context, deadline time.Time) error {
	conn, err := (&net.Dialer{Deadline: deadline}).DialContext(ctx, "tcp", c.address)
	if err != nil {
		return err
	}
	c.events.connects++
	c.conn, c.stream = conn.(*net.TCPConn), conn // as "tcp" says
	c.unbind = context.AfterFunc(ctx, func() { conn.Close() })
	err = conn.SetDeadline(deadline)
	if err == nil && c.tls != nil {
		secure := tls.Client(conn, c.tls)
		c.stream, err = secure, secure.HandshakeContext(ctx)
	}
	if err != nil {
		c.close()
		return err
	}
	c.reader.Reset(c.stream)
	return nil
}

// roundTrip also says whether the answer was announced as the connection's
// last.
func (c *connection) roundTrip(m *message) (_ Answer, last bool, _ error) {
	if _, err := c.stream.Write(m.wire); err != nil {
		return Answer{}, false, err
	}
	resp, err := http.ReadResponse(c.reader, m.proto)
	if err != nil {
		return Answer{}, false, err
	}
	defer resp.Body.Close()
	err = c.readBody(resp.Body)
	return Answer{
		Request: m.name,
		Status:  resp.StatusCode,
		Backend: resp.Header.Get(BackendHeader),
		Header:  resp.Header,
		Body:    c.head,
	}, resp.Close, err
}

// readBody reads a body to its end and keeps its beginning.
func (c *connection) readBody(body io.Reader) error {
	c.head = c.head[:0]
	for size := 0; size <= bodyMax; {
		n, err := body.Read(c.buffer[:])
		c.head = append(c.head, c.buffer[:min(n, headSize-len(c.head))]...)
		size += n
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return errEndless
}
