package xds

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"

	"github.com/gwctl/gwctl/providers"
	"github.com/gwctl/gwctl/providers/xds/api"
)

// UnknownVerdictError says that an apply's answer was lost: the change is live
// as a whole or not at all, and nobody could be asked which.
type UnknownVerdictError struct {
	Server string
	Err    error // why the answer was lost
	Left   bool  // nobody waited for it any more
}

func (e *UnknownVerdictError) Error() string {
	if e.Left {
		return fmt.Sprintf("you left before the verdict of %s, which goes on to it without you. The change is live as a whole or not at all, and gwctl plan shows which; gwctl xds status shows the Envoys that it waits for", e.Server)
	}
	return fmt.Sprintf("%s was lost before it gave its verdict: %v. The change is live as a whole or not at all; the next plan shows which", e.Server, e.Err)
}

func (e *UnknownVerdictError) Unwrap() error { return e.Err }

// notSent reports whether a request failed before any of it was sent.
func notSent(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "dial"
}

// recover asks for the verdict of a transaction whose answer was lost because
// of cause: the server goes on without its client, and a server that was killed
// knows when it is back what it had committed.
func (p *Provider) recover(ctx context.Context, tx *api.Transaction, cause error) (*api.Verdict, error) {
	if urlError, ok := errors.AsType[*url.Error](cause); ok {
		cause = urlError.Err
	}
	caller := ctx
	if err := caller.Err(); err != nil {
		return nil, &UnknownVerdictError{Server: p.server(), Err: err, Left: true}
	}
	unknown := &UnknownVerdictError{Server: p.server(), Err: cause}
	ctx, cancel := context.WithTimeout(ctx, p.opts.Recovery)
	defer cancel()
	missing := 0
	for {
		var outcome api.Outcome
		err := p.get(ctx, api.PathTransactions+"/"+tx.ID, url.Values{"owner": {tx.Owner.Name}}, &outcome)
		problem, isProblem := errors.AsType[*api.Problem](err)
		switch {
		case err == nil && outcome.Verdict != nil:
			return outcome.Verdict, nil
		case err == nil && outcome.Problem != nil:
			return nil, p.explain(outcome.Problem)
		case isProblem && problem.Type == api.ProblemNotFound:
			// Twice, in case the server was still reading what it got.
			if missing++; missing > 1 {
				return nil, &providers.RefusedError{
					Restored: true,
					Detail:   fmt.Sprintf("The connection to %s broke before the change began (%v). Nothing was changed.", p.server(), cause),
				}
			}
		case isProblem && problem.Type != api.ProblemUnavailable:
			return nil, unknown
		}
		select {
		case <-ctx.Done():
			unknown.Left = caller.Err() != nil
			return nil, unknown
		case <-time.After(250 * time.Millisecond):
		}
	}
}
