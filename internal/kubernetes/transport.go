package kubernetes

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"
)

// timeout bounds one request, its answer included; watches end with their
// context.
const timeout = 30 * time.Second

// sentError is an error of a request that was on its way: what fails before has
// to do with this account's credentials.
type sentError struct{ err error }

func (e *sentError) Error() string { return e.err.Error() }
func (e *sentError) Unwrap() error { return e.err }

// wrapTransport bounds the requests that client-go sends.
func wrapTransport(below http.RoundTripper) http.RoundTripper { return &bounded{below, timeout} }

// bounded sends requests below all that client-go adds to them.
type bounded struct {
	below http.RoundTripper
	limit time.Duration
}

func (t *bounded) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, cancel := req.Context(), context.CancelFunc(func() {})
	if req.URL.Query().Get("watch") != "true" {
		ctx, cancel = context.WithTimeoutCause(ctx, t.limit, fmt.Errorf("there was no complete answer within %s", t.limit))
	}
	resp, err := t.below.RoundTrip(req.WithContext(ctx))
	if err != nil {
		err = sent(req.Context(), ctx, err)
		cancel()
		return nil, err
	}
	resp.Body = &body{ReadCloser: resp.Body, asked: req.Context(), bounded: ctx, cancel: cancel}
	return resp, nil
}

// sent marks an error, and says that the limit was its cause where it was.
func sent(asked, bounded context.Context, err error) error {
	if asked.Err() == nil && bounded.Err() != nil {
		err = context.Cause(bounded)
	}
	return &sentError{err}
}

// WrappedRoundTripper lets client-go find the transport to close its idle
// connections.
func (t *bounded) WrappedRoundTripper() http.RoundTripper { return t.below }

// body is an answer that is read within the request's limit.
type body struct {
	io.ReadCloser
	asked, bounded context.Context
	cancel         context.CancelFunc
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		err = sent(b.asked, b.bounded, err)
	}
	return n, err
}

func (b *body) Close() error {
	defer b.cancel()
	return b.ReadCloser.Close()
}
