package server

import (
	"context"
	"errors"
)

// errBusy and errStopping say why a transaction does not get its turn.
var (
	errBusy     = errors.New("too many transactions are waiting")
	errStopping = errors.New("the server is stopping")
)

// takeTurn waits until no other transaction runs; release ends the turn.
func (s *Server) takeTurn(ctx context.Context, waiting func()) (release func(), err error) {
	give := func() { s.turn <- struct{}{} }
	select {
	case <-s.stopping:
		return nil, errStopping
	case <-s.turn:
		return give, nil
	default:
	}
	waiting()
	select {
	case <-s.stopping:
		return nil, errStopping
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case <-s.turn:
		return give, nil
	}
}
