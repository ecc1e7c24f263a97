package server

import (
	"context"
	"errors"
	"net/http"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/providers/xds/api"
	"github.com/gwctl/gwctl/providers/xds/fleet"
	"github.com/gwctl/gwctl/providers/xds/rollout"
	"github.com/gwctl/gwctl/providers/xds/store"
	"github.com/gwctl/gwctl/providers/xds/translate"
)

// Phases of a transaction beside the rollout's.
const (
	phaseQueued    = "queued"
	phaseCommitted = "committed"
)

// transact takes one transaction to its end. Until it has its turn it ends
// with ctx; then it goes on to its verdict, whoever still listens.
func (s *Server) transact(ctx context.Context, r *request, report func(api.Progress)) (*api.Verdict, *api.Problem) {
	if !s.outcomes.begin(r.ID) {
		return nil, invalid("a transaction with the id %q was here before: every attempt wants an id of its own", r.ID)
	}
	end := &api.Outcome{State: api.StateDone, Problem: problem(http.StatusInternalServerError, api.ProblemInternal, "The server has a defect", "Its log says more.")}
	defer func() { s.outcomes.done(r.ID, end) }() // also when a defect ends it
	verdict, problem := s.inTurn(ctx, r, report)
	end = &api.Outcome{State: api.StateDone, Problem: problem}
	if verdict != nil {
		short := *verdict
		short.Objects = nil // whoever asks can read them
		end.Verdict = &short
	}
	return verdict, problem
}

func (s *Server) inTurn(ctx context.Context, r *request, report func(api.Progress)) (*api.Verdict, *api.Problem) {
	if p := validate(ctx, r.Writes); p != nil {
		return nil, p
	}
	release, err := s.takeTurn(ctx, func() { report(api.Progress{Phase: phaseQueued}) })
	if err != nil {
		return nil, unavailable("The transaction did not begin", "%v. Nothing was changed.", err)
	}
	defer release()

	c := s.current()
	if p := c.checkOwned(r); p != nil {
		return nil, p
	}
	if p := s.checkFresh(c, r); p != nil {
		return nil, p
	}
	ch := c.apply(r, now())
	if ch.empty() {
		return &api.Verdict{
			Committed: true, Unchanged: true, Revision: c.revision, Objects: c.written(r),
			Detail: "All objects are as wanted: nothing was changed.",
		}, nil
	}
	result := s.translate(ch.objects)
	if p := c.checkTranslated(&result); p != nil {
		return nil, p
	}
	if p := s.readChange(ch); p != nil {
		return nil, p
	}
	ch.moves, ch.touched = plan(c.snapshots, snapshotsOf(&result))
	if p := ch.checkServable(); p != nil {
		return nil, p
	}

	verdict, problem := s.rollOut(r, c, ch, report)
	if problem != nil || !verdict.Committed {
		return verdict, problem
	}
	next := c.next(ch, &result, ch.revision)
	s.committed.Store(next)
	s.materials.Store(ch.materials)
	verdict.Objects = next.written(r)
	report(api.Progress{Phase: phaseCommitted})
	return verdict, nil
}

// translate runs the translator. One that fails half-way may remember what is
// not so: it is not used again.
func (s *Server) translate(objects map[resource.ID]*store.Object) translate.Result {
	translator := s.translator
	s.translator = s.opts.newTranslator()
	result := translator.Translate(inputs(objects))
	s.translator = translator
	return result
}

// rollOut has the Envoys take a change and makes it last, or neither.
func (s *Server) rollOut(r *request, c *committed, ch *change, report func(api.Progress)) (*api.Verdict, *api.Problem) {
	log := s.opts.Log.With("owner", r.Owner.Name, "revision", ch.revision)
	if len(ch.moves) == 0 { // no Envoy is served anything else
		if err := s.commit(r, ch); err != nil {
			return nil, s.unwritable(err)
		}
		log.Info("committed", "gateways", 0)
		return &api.Verdict{Committed: true, Revision: ch.revision}, nil
	}
	if names := s.deserted(r, ch.moves, nil); names != nil {
		return c.refusedDeserted(names), nil
	}
	err := s.store.Begin(store.Pending{Revision: ch.revision, Transaction: r.ID, Owner: r.Owner.Name, At: ch.at, Touched: ch.touched})
	if err != nil {
		return nil, s.unwritable(err)
	}
	outcome := s.run(served(ch.moves, s.materials.Load(), ch.materials), rollout.Options{WaitFor: r.WaitFor, Timeout: r.wait}, report)
	verdict := &api.Verdict{Revision: c.revision, Gateways: gatewaysOf(outcome), Limiters: limitersOf(outcome)}
	switch names := s.deserted(r, ch.moves, outcome); {
	case !outcome.OK():
		verdict.Restored = outcome.Restored
		verdict.Refusals = refusals(outcome, r.wait, c, ch)
		verdict.Detail = s.stillServed(c.revision, ch.moves)
		log.Warn("refused", "refusals", len(outcome.Refusals), "late", len(outcome.Late), "restored", outcome.Restored)
	case names != nil:
		s.back(ch, report)
		verdict = c.refusedDeserted(names)
		log.Warn("all Envoys left", "gateways", names)
	default:
		err := s.commit(r, ch)
		if err == nil {
			verdict.Committed, verdict.Revision = true, ch.revision
			log.Info("committed", "gateways", len(ch.moves))
			return verdict, nil
		}
		s.back(ch, report)
		return nil, s.unwritable(errors.Join(err, s.store.Abort()))
	}
	if err := s.store.Abort(); err != nil {
		// The mark only says what a restart is not to trust.
		log.Error("cannot take the mark of the pending transaction away", "error", err)
	}
	return verdict, nil
}

func (s *Server) run(moves []rollout.Change, opts rollout.Options, report func(api.Progress)) *rollout.Outcome {
	return rollout.Run(s.work, s.fleet, moves, opts, func(p rollout.Progress) {
		progress := api.Progress{Phase: p.Phase, Acked: p.Acked, Connected: p.Connected, ElapsedMS: p.Elapsed.Milliseconds()}
		if progress.Limiters = p.Gateway == fleet.Limiters; !progress.Limiters {
			progress.Gateway = p.Gateway
		}
		report(progress)
	})
}

// back undoes a rollout that went well but must not stand.
func (s *Server) back(ch *change, report func(api.Progress)) {
	for _, m := range ch.moves {
		if m.To == nil {
			s.fleet.MarkKnown(m.Gateway) // that it is gone made it unknown
		}
	}
	s.run(reversed(served(ch.moves, s.materials.Load(), ch.materials)), rollout.Options{}, report)
}

func (s *Server) commit(r *request, ch *change) error {
	c := store.Commit{
		Revision: ch.revision, Transaction: r.ID, Owner: r.Owner.Name, At: ch.at,
		Puts: ch.puts, Deletes: ch.deletes, Gateways: map[string]bool{},
	}
	to := map[string]*translate.Snapshot{}
	for _, m := range ch.moves {
		to[m.Gateway] = m.To
		if m.From == nil || m.To == nil || m.Gateway == fleet.Limiters {
			c.Gateways[m.Gateway] = m.To != nil
		}
	}
	for _, key := range ch.touched {
		r := to[key.Gateway].Of(translate.Type(key.Type))[key.Name]
		if r == nil {
			c.Removed = append(c.Removed, key)
			continue
		}
		kept, err := encodeResource(key.Gateway, r)
		if err != nil {
			return err
		}
		c.Resources = append(c.Resources, kept)
	}
	return s.store.Commit(c)
}

func (s *Server) unwritable(err error) *api.Problem {
	s.opts.Log.Error("the store cannot be written", "error", err)
	return unavailable("The store cannot be written", "%v. Nothing was changed.", err)
}

// written lists what a request wrote as it is now, in the request's order.
func (c *committed) written(r *request) []api.Object {
	list := make([]api.Object, 0, len(r.Writes))
	for _, w := range r.Writes {
		list = append(list, apiObject(c.objects[resource.IDOf(w.Object)]))
	}
	return list
}

func apiObject(o *store.Object) api.Object {
	return api.Object{Object: o.Object, Revision: o.Revision, Created: o.Created}
}
