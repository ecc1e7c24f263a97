package xds

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/planner"
	"github.com/gwctl/gwctl/providers"
	"github.com/gwctl/gwctl/providers/xds/api"
)

// Rehearse asks about the files that written objects name, which are on the
// server's machine, and whether there is a limiter for their global rate limits.
// All else can be told without the server.
func (p *Provider) Rehearse(ctx context.Context, plan *planner.Plan, _ int) ([]providers.Doubt, error) {
	if err := p.rehearseLimits(ctx, plan); err != nil {
		return nil, err
	}
	return p.rehearseFiles(ctx, plan)
}

// rehearseLimits refuses global limits that nobody would count.
func (p *Provider) rehearseLimits(ctx context.Context, plan *planner.Plan) error {
	refused := &providers.RefusedError{Restored: true, Detail: "Nothing was changed."}
	for i := range plan.Objects {
		o := &plan.Objects[i]
		if o.Provider != p.opts.Key || o.After == nil || o.Action != planner.Create && o.Action != planner.Update {
			continue
		}
		if _, limits, _ := unstructured.NestedMap(o.After.Object, "spec", "rateLimit", "global"); limits {
			refused.Refusals = append(refused.Refusals, providers.Refusal{
				By: "the xDS server", What: o.ID.String() + " spec.rateLimit.global",
				Text:   "it knows no limiter, which counts for all Envoys: start it with -ratelimit HOST:PORT, or make the limit a local one",
				Fields: []providers.Field{{ID: o.ID, Path: "spec.rateLimit.global"}},
			})
		}
	}
	if refused.Refusals == nil {
		return nil
	}
	var identity api.Identity
	if err := p.get(ctx, api.PathIdentity, nil, &identity); err != nil || identity.RateLimit != "" {
		return err
	}
	return refused
}

// rehearseFiles asks about files.
func (p *Provider) rehearseFiles(ctx context.Context, plan *planner.Plan) ([]providers.Doubt, error) {
	var files api.Files
	for i := range plan.Objects {
		o := &plan.Objects[i]
		if o.Provider == p.opts.Key && o.After != nil && (o.Action == planner.Create || o.Action == planner.Update) && resource.NamesFiles(o.After) {
			files.Objects = append(files.Objects, o.After)
		}
	}
	if files.Objects == nil {
		return nil, nil
	}
	report, err := p.askForFiles(ctx, files)
	if err != nil {
		return nil, err
	}
	return doubts(plan, p.opts.Key, files.Objects, report.Files), nil
}

func (p *Provider) askForFiles(ctx context.Context, files api.Files) (*api.FileReport, error) {
	body, err := json.Marshal(files)
	if err != nil {
		return nil, fmt.Errorf("encode what names files: %w", err)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, p.opts.Timeout, fmt.Errorf("no answer within %v", p.opts.Timeout))
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url(api.PathFiles, nil), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", api.TypeJSON)
	response, err := p.client.Do(request)
	if err != nil {
		return nil, p.unreachable(ctx, err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, p.explain(p.problem(response))
	}
	var report api.FileReport
	err = json.NewDecoder(io.LimitReader(response.Body, maxAnswer)).Decode(&report)
	if err != nil || len(report.Files) != len(files.Objects) {
		return nil, p.unreachable(ctx, fmt.Errorf("its answer broke off: %v", err))
	}
	return &report, nil
}
