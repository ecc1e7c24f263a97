package kubernetes

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"
)

// timeout bounds one request, its answer included; watches end with their
// context.
const timeout = 30 * time.Second

// errTimeout is the cause of a request that took too long.
var errTimeout = errors.New("there was no complete answer within " + timeout.String())

// sentError is an error of a request that was on its way: what fails before has
// to do with this account's credentials.
type sentError struct{ err error }

func (e *sentError) Error() string { return e.err.Error() }
func (e *sentError) Unwrap() error { return e.err }

// wrapTransport bounds the requests that client-go sends.
func wrapTransport(below http.RoundTripper) http.RoundTripper { return &bounded{below} }

// bounded sends requests below all that client-go adds to them.
type bounded struct{ below http.RoundTripper }

func (t *bounded) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, cancel := req.Context(), context.CancelFunc(func() {})
	if req.URL.Query().Get("watch") != "true" {
		ctx, cancel = context.WithTimeoutCause(ctx, timeout, errTimeout)
	}
	resp, err := t.below.RoundTrip(req.WithContext(ctx))
	if err != nil {
		if req.Context().Err() == nil && ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		cancel()
		return nil, &sentError{err}
	}
	resp.Body = &bodyUntil{ReadCloser: resp.Body, cancel: cancel}
	return resp, nil
}

// WrappedRoundTripper lets client-go find the transport to close its idle
// connections.
func (t *bounded) WrappedRoundTripper() http.RoundTripper { return t.below }

// bodyUntil ends the request's time when the answer was read.
type bodyUntil struct {
	io.ReadCloser
	cancel context.CancelFunc
}

func (b *bodyUntil) Close() error {
	defer b.cancel()
	return b.ReadCloser.Close()
}
