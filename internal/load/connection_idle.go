//go:build unix

package load

import (
	"errors"
	"io"
	"syscall"
	"time"
)

// checkIdle looks, without waiting, at what has come since the last answer:
// nothing is nil, the end of the connection io.EOF. It sets the deadline of the
// next request, since the last one's may have passed.
func (c *connection) checkIdle(deadline time.Time) error {
	if c.reader.Buffered() > 0 {
		return errUnsolicited
	}
	if err := c.conn.SetDeadline(deadline); err != nil {
		return err
	}
	raw, err := c.conn.SyscallConn()
	if err != nil {
		return err
	}
	var n int
	var peekErr error
	err = raw.Read(func(fd uintptr) bool {
		n, _, peekErr = syscall.Recvfrom(int(fd), c.buffer[:1], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		return true
	})
	switch {
	case err != nil:
		return err
	case errors.Is(peekErr, syscall.EAGAIN), errors.Is(peekErr, syscall.EINTR):
		return nil
	case errors.Is(peekErr, syscall.ECONNRESET), peekErr == nil && n == 0:
		return io.EOF // nothing of ours was on its way
	case peekErr != nil:
		return peekErr
	}
	return errUnsolicited
}
