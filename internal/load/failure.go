package load

import (
	"errors"
	"io"
	"os"
	"syscall"
)

var (
	errConnect     = errors.New("no connection")
	errUnsolicited = errors.New("bytes that answer nothing came over an idle connection")
	errEndless     = errors.New("the answer's body does not end")
)

// transportReason names why a request has no answer, in few enough words to
// count by: addresses and ports are left out.
func transportReason(err error) string {
	var errno syscall.Errno
	switch {
	case errors.Is(err, errConnect) && errors.As(err, &errno):
		return "no connection: " + errno.Error()
	case errors.Is(err, errConnect):
		return "no connection"
	case errors.Is(err, errUnsolicited), errors.Is(err, errEndless):
		return err.Error()
	case errors.Is(err, os.ErrDeadlineExceeded):
		return "no answer in time"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "connection closed before the whole answer"
	case errors.As(err, &errno):
		return "connection broken: " + errno.Error()
	}
	return "an answer that is not HTTP"
}
