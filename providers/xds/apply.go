package xds

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/google/uuid"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/planner"
	"github.com/gwctl/gwctl/providers"
	"github.com/gwctl/gwctl/providers/xds/api"
)

// Apply makes the plan's changes in one transaction: all of them or none. When
// ctx ends it stops waiting; the server goes on to its verdict all the same.
// A verdict that did not come back is an *UnknownVerdictError.
func (p *Provider) Apply(ctx context.Context, plan *planner.Plan, opts providers.ApplyOptions, events func(providers.Event)) (*providers.Result, error) {
	tx, err := p.transaction(plan, opts)
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(tx)
	if err != nil {
		return nil, fmt.Errorf("encode the transaction: %w", err)
	}
	if len(body) > api.MaxBody {
		return nil, fmt.Errorf("the change has %d MiB, and %s takes %d MiB at a time: apply in several steps, with -target", len(body)>>20, p.server(), api.MaxBody>>20)
	}
	reporter := &reporter{plan: plan, key: p.opts.Key, events: events}
	verdict, err := p.post(ctx, tx, body, reporter)
	if err != nil {
		return nil, err
	}
	if !verdict.Committed {
		return nil, refused(verdict)
	}
	result, err := p.result(ctx, tx, verdict)
	if err != nil {
		return nil, err
	}
	reporter.end()
	return result, nil
}

// transaction collects what the plan has for this provider.
func (p *Provider) transaction(plan *planner.Plan, opts providers.ApplyOptions) (*api.Transaction, error) {
	tx := &api.Transaction{
		ID:      uuid.NewString(),
		Owner:   api.Owner(plan.Owner),
		Adopt:   opts.Adopt,
		WaitFor: opts.WaitFor,
	}
	if opts.WaitTimeout > 0 {
		tx.WaitTimeout = opts.WaitTimeout.String()
	}
	for i := range plan.Objects {
		ch := &plan.Objects[i]
		if ch.Provider != p.opts.Key {
			continue
		}
		expect := api.Expect{ID: ch.ID}
		if ch.Revision != "" {
			revision, err := strconv.ParseUint(ch.Revision, 10, 64)
			if err != nil {
				return nil, fmt.Errorf("the plan has %s at revision %q, which is none of an xDS server: make a new plan", ch.ID, ch.Revision)
			}
			expect.IfMatch = revision
		}
		switch ch.Action {
		case planner.Create, planner.Update:
			if ch.After == nil {
				return nil, fmt.Errorf("the plan writes %s and does not say what: make a new plan", ch.ID)
			}
			tx.Writes = append(tx.Writes, api.Write{Object: ch.After, IfMatch: expect.IfMatch})
		case planner.Delete:
			tx.Deletes = append(tx.Deletes, expect)
		case planner.NoOp:
			tx.Reads = append(tx.Reads, expect)
		default:
			return nil, fmt.Errorf("the plan has action %q for %s, which no object can have: make a new plan", ch.Action, ch.ID)
		}
	}
	if len(tx.Writes)+len(tx.Deletes) == 0 {
		return nil, fmt.Errorf("the plan changes nothing for provider %s", p.opts.Key)
	}
	return tx, nil
}

// post sends a transaction and follows it to its verdict.
func (p *Provider) post(ctx context.Context, tx *api.Transaction, body []byte, reporter *reporter) (*api.Verdict, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url(api.PathTransactions, nil), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	// Without this the client would send again by itself what it cannot know
	// to have arrived.
	request.GetBody = nil
	// A connection that the server gave up meanwhile would lose the answer.
	p.client.CloseIdleConnections()
	request.Header.Set("Content-Type", api.TypeJSON)
	response, err := p.client.Do(request)
	if err != nil {
		if notSent(err) {
			return nil, p.unreachable(ctx, err)
		}
		return p.recover(ctx, tx, err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, p.explain(p.problem(response))
	}
	if !isMedia(response, api.TypeStream) {
		return nil, p.stranger(response)
	}
	decoder := json.NewDecoder(io.LimitReader(response.Body, maxAnswer))
	for {
		var event api.Event
		if err := decoder.Decode(&event); err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return p.recover(ctx, tx, err)
		}
		switch {
		case event.Verdict != nil:
			return event.Verdict, nil
		case event.Problem != nil:
			return nil, p.explain(event.Problem)
		case event.Progress != nil:
			reporter.progress(event.Progress)
		}
	}
}

// result is what a committed transaction did.
func (p *Provider) result(ctx context.Context, tx *api.Transaction, verdict *api.Verdict) (*providers.Result, error) {
	result := &providers.Result{Revision: strconv.FormatUint(verdict.Revision, 10)}
	var ids []resource.ID
	for _, w := range tx.Writes {
		ids = append(ids, resource.IDOf(w.Object))
	}
	result.Done = append(result.Done, ids...)
	for _, d := range tx.Deletes {
		result.Done = append(result.Done, d.ID)
	}
	switch {
	case verdict.Unchanged:
		result.Summary = append(result.Summary, verdict.Detail)
	case len(verdict.Gateways) == 0 && verdict.Limiters == nil:
		result.Summary = append(result.Summary, fmt.Sprintf("revision %d: nothing changes for any Envoy", verdict.Revision))
	}
	for _, g := range verdict.Gateways {
		result.Summary = append(result.Summary, summary(verdict.Revision, g, tx.WaitFor))
	}
	if verdict.Limiters != nil {
		result.Summary = append(result.Summary, limitsSummary(verdict.Revision, verdict.Limiters, tx.WaitFor))
	}
	for _, o := range verdict.Objects {
		if o.Object != nil {
			result.Live = append(result.Live, liveOf(o))
		}
	}
	if len(result.Live) == 0 && len(ids) > 0 { // the verdict was asked for again
		live, err := p.read(ctx, "", ids)
		if err != nil {
			return result, fmt.Errorf("the change is live as revision %d, but reading it back failed: %w", verdict.Revision, err)
		}
		result.Live = live
	}
	return result, nil
}
