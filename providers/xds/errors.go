package xds

import (
	"errors"
	"strconv"

	"github.com/gwctl/gwctl/providers"
	"github.com/gwctl/gwctl/providers/xds/api"
)

// explain turns the server's problem with a transaction into what callers act
// on.
func (p *Provider) explain(err error) error {
	problem, ok := errors.AsType[*api.Problem](err)
	if !ok {
		return err
	}
	switch {
	case problem.Type == api.ProblemStale:
		return stale(problem)
	case problem.Type == api.ProblemOwned, problem.Type == api.ProblemInvalid && len(problem.Fields) > 0:
		return rejected(problem)
	case problem.Type == api.ProblemUnavailable:
		return &providers.UnreachableError{Target: p.server(), Err: problem}
	}
	return problem
}

func stale(problem *api.Problem) error {
	e := &providers.StaleError{}
	for _, m := range problem.Moved {
		moved := providers.Moved{ID: m.ID, Fields: m.Fields, By: m.Owner}
		if m.Expected != 0 {
			moved.Planned = strconv.FormatUint(m.Expected, 10)
		}
		if m.Revision != 0 {
			moved.Live = strconv.FormatUint(m.Revision, 10)
		}
		e.Moved = append(e.Moved, moved)
	}
	return e
}

// rejected is a change that the server itself does not take.
func rejected(problem *api.Problem) error {
	e := &providers.RefusedError{Restored: true, Detail: problem.Detail}
	for _, f := range problem.Fields {
		what := f.ID.String()
		if f.Path != "" {
			what += " " + f.Path
		}
		e.Refusals = append(e.Refusals, providers.Refusal{
			By: "the xDS server", What: what, Text: f.Message,
			Fields: []providers.Field{{ID: f.ID, Path: f.Path}},
		})
	}
	return e
}

// refused is a change that Envoys did not take.
func refused(verdict *api.Verdict) error {
	e := &providers.RefusedError{Restored: verdict.Restored, Detail: verdict.Detail}
	for _, r := range verdict.Refusals {
		refusal := providers.Refusal{By: r.By, What: r.What, Text: r.Text, Silent: r.Silent}
		for _, f := range r.Fields {
			refusal.Fields = append(refusal.Fields, providers.Field(f))
		}
		e.Refusals = append(e.Refusals, refusal)
	}
	return e
}
