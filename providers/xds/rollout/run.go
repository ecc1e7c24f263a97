package rollout

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/gwctl/gwctl/providers/xds/fleet"
	"github.com/gwctl/gwctl/providers/xds/translate"
)

const (
	defaultTimeout        = 30 * time.Second
	defaultRestoreTimeout = 10 * time.Second
)

// Run moves all gateways of the changes, phase by phase and in lock step: a
// phase begins when every connected Envoy of every gateway has answered for the
// one before. On a refusal, when an answer is late and when ctx ends, all
// gateways go back to From (but see Options.Lenient). An Envoy that leaves is not waited for; one that
// connects meanwhile is served the phase as it is, and waited for like the
// others. Only one rollout may run for a gateway at a time.
//
// Clusters that nothing names any more are taken from each Envoy by the fleet,
// after its grace: there is nothing to do when Run returns, and what a next
// rollout wants again is kept.
//
// The calls of report are one at a time.
func Run(ctx context.Context, f *fleet.Fleet, changes []Change, opts Options, report func(Progress)) *Outcome {
	opts.Timeout = cmp.Or(opts.Timeout, defaultTimeout)
	opts.RestoreTimeout = cmp.Or(opts.RestoreTimeout, defaultRestoreTimeout)
	r := &run{fleet: f, start: time.Now(), opts: opts, report: report, outcome: &Outcome{}}
	for _, c := range changes {
		m := &move{change: c, stages: stages(c)}
		if slices.ContainsFunc(m.stages, func(s stage) bool { return !s.empty() }) {
			r.moves = append(r.moves, m)
		} else {
			r.still = append(r.still, c.Gateway)
		}
	}
	r.forward(ctx)
	r.count()
	r.forget()
	return r.outcome
}

// run is one rollout on its way.
type run struct {
	fleet   *fleet.Fleet
	start   time.Time
	opts    Options
	report  func(Progress)
	moves   []*move
	still   []string // gateways for which nothing changes
	late    []Late   // of the stage that took too long
	outcome *Outcome
}

// move is the change of one gateway.
type move struct {
	change  Change
	stages  []stage
	routed  bool // the stage that can name new clusters was reached
	shown   fleet.Standing
	told    bool
	elapsed time.Duration
}

func (r *run) observe() *fleet.Observer {
	names := make([]string, len(r.moves))
	for i, m := range r.moves {
		names[i] = m.change.Gateway
	}
	return r.fleet.Observe(names...)
}

// forward goes through the phases, and back where one of them fails.
func (r *run) forward(ctx context.Context) {
	observer := r.observe()
	defer observer.Close()
	wait, cancel := context.WithTimeout(ctx, r.opts.Timeout)
	defer cancel()
	for i := range len(stages(Change{})) {
		active := false
		for _, m := range r.moves {
			if s := &m.stages[i]; !s.empty() {
				active = true
				m.routed = m.routed || s.phase != PhaseClusters
				r.fleet.Edit(m.change.Gateway, s.edit)
			}
		}
		if !active || r.opts.WaitFor == WaitForNone {
			continue
		}
		if !r.await(wait, observer, i) {
			if r.opts.Lenient && ctx.Err() == nil && len(r.refusals(observer)) == 0 {
				continue
			}
			r.fail(ctx, observer)
			r.restore(context.WithoutCancel(ctx))
			return
		}
	}
}

// forget makes gateways unknown that are no more, or never came to be.
func (r *run) forget() {
	for _, m := range r.moves {
		left := m.change.To
		if !r.outcome.OK() {
			left = m.change.From
		}
		if left == nil {
			r.fleet.Forget(m.change.Gateway)
		}
	}
}

// await waits until all Envoys have answered for stage i, and reports whether
// they did, without a refusal and in time.
func (r *run) await(ctx context.Context, observer *fleet.Observer, i int) bool {
	for _, m := range r.moves {
		m.told = false
	}
	for {
		done := true
		standings := make([]fleet.Standing, len(r.moves))
		for n, m := range r.moves {
			standings[n] = r.fleet.Standing(m.change.Gateway, m.stages[i].warm)
			done = done && len(standings[n].Behind) == 0
		}
		// Before anything is told: who refused has answered too, and is not to
		// be shown among those that took it.
		if len(r.refusals(observer)) > 0 {
			return false
		}
		for n, m := range r.moves {
			if s := &m.stages[i]; !s.empty() {
				r.tell(m, s.phase, standings[n])
			}
		}
		if done {
			return true
		}
		select {
		case <-observer.C:
		case <-ctx.Done():
			r.late = r.behind(standings)
			return false
		}
	}
}

// behind names the Envoys that did not answer.
func (r *run) behind(standings []fleet.Standing) []Late {
	var late []Late
	for n, m := range r.moves {
		for _, b := range standings[n].Behind {
			late = append(late, Late{Gateway: m.change.Gateway, Node: b.Node, Type: b.Type})
		}
	}
	return late
}

// tell reports progress where there is some.
func (r *run) tell(m *move, phase string, st fleet.Standing) {
	if m.told && m.shown.Current == st.Current && m.shown.Connected == st.Connected {
		return
	}
	m.told, m.shown, m.elapsed = true, st, time.Since(r.start)
	if r.report != nil {
		r.report(Progress{
			Gateway: m.change.Gateway, Phase: phase,
			Acked: st.Current, Connected: st.Connected, Elapsed: m.elapsed,
		})
	}
}

// refusals returns those of resources that the rollout touches.
func (r *run) refusals(observer *fleet.Observer) []Refusal {
	var all []Refusal
	for _, refused := range observer.Refusals() {
		at := slices.IndexFunc(r.moves, func(m *move) bool { return m.change.Gateway == refused.Gateway })
		names := slices.DeleteFunc(slices.Clone(refused.Resources), func(name string) bool {
			return !r.moves[at].touches(refused.Type, name)
		})
		if len(names) > 0 {
			all = append(all, Refusal{
				Gateway: refused.Gateway, Node: refused.Node, Type: refused.Type,
				Resources: names, Text: refused.Text,
			})
		}
	}
	return all
}

// touches reports whether the change has another version of the resource.
func (m *move) touches(typ translate.Type, name string) bool {
	from, to := m.change.From.Of(typ)[name], m.change.To.Of(typ)[name]
	return (from == nil) != (to == nil) || from != nil && from.Version != to.Version
}

// fail notes why a stage was not passed.
func (r *run) fail(ctx context.Context, observer *fleet.Observer) {
	if r.outcome.Refusals = r.refusals(observer); len(r.outcome.Refusals) > 0 {
		return
	}
	if r.outcome.Err = context.Cause(ctx); r.outcome.Err == nil {
		r.outcome.Late = r.late
	}
}

// restore brings all gateways back to From, and waits for the answers.
func (r *run) restore(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, r.opts.RestoreTimeout)
	defer cancel()
	observer := r.observe()
	defer observer.Close()
	for _, m := range r.moves {
		r.fleet.Edit(m.change.Gateway, undo(m.change, m.routed))
		m.told = false
	}
	for {
		done := true
		for _, m := range r.moves {
			st := r.fleet.Standing(m.change.Gateway, nil)
			r.tell(m, PhaseRestoring, st)
			done = done && len(st.Behind) == 0
		}
		if len(r.refusals(observer)) > 0 {
			return
		}
		if done {
			r.outcome.Restored = true
			return
		}
		select {
		case <-observer.C:
		case <-ctx.Done():
			return
		}
	}
}

// count fills in how many Envoys took the change.
func (r *run) count() {
	for _, m := range r.moves {
		r.counted(m.change.Gateway, m.elapsed)
	}
	for _, name := range r.still {
		r.counted(name, 0)
	}
	slices.SortFunc(r.outcome.Gateways, func(a, b GatewayOutcome) int { return cmp.Compare(a.Gateway, b.Gateway) })
}

func (r *run) counted(name string, elapsed time.Duration) {
	st := r.fleet.Standing(name, nil)
	r.outcome.Gateways = append(r.outcome.Gateways, GatewayOutcome{
		Gateway: name, Acked: st.Current, Connected: st.Connected,
		EverConnected: st.EverConnected, Elapsed: elapsed,
	})
}
